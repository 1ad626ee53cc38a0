import { fork, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { TRANSIENT } from "../../cli/demo/client";
import { layerModule } from "../../gateway/layers";
import { LAYERS } from "../../shared/db/database";
import { migrateLayer } from "../../shared/db/migrate";
import { wait } from "../../shared/db/retry";
import { freePort } from "../../shared/mysqld/instance";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import { testDatabase, type TestDatabase } from "../support/database";
import { ADMIN_KEY, ended, IDENTITY_SECRET } from "../support/world";

/** A whole Strata in a process of its own, so that it can be killed; and a database that keeps what it acknowledged. */
let db: TestDatabase;
let dataDir: string;
let port: number;
let strata: ChildProcess;
let pool: Pool;

const BUYERS = 600;
const UNITS = 100;
const ANSWERS_BEFORE_THE_KILL = 30;
const AT_ONCE_BEFORE_THE_KILL = 60;

beforeAll(async () => {
  db = await testDatabase({
    replica: false,
    durable: true,
    migrate: async ({ migrationUrl, primaryUrl }) => {
      for (const layer of LAYERS) await migrateLayer(migrationUrl, primaryUrl, layerModule(layer).migrations);
    },
  });
  dataDir = mkdtempSync(join(tmpdir(), "strata-kill-"));
  port = await freePort();
  pool = new Pool(`http://127.0.0.1:${port}`, { connections: 256, headersTimeout: 30_000, bodyTimeout: 30_000 });
  strata = await startStrata();
  await makeShop();
});
afterAll(async () => {
  await pool.destroy();
  await ended(strata, "SIGKILL");
  await db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a hundred units, six hundred buyers, Strata killed in the middle: a hundred holds, each key once or not at all", async () => {
  const kill = async () => {
    await ended(strata, "SIGKILL");
    strata = await startStrata();
  };
  expect(await sellOut("KILLED-STRATA", kill)).toBeGreaterThan(0);
}, 120_000);

test("the same with the database server killed in the middle, and Strata left running", async () => {
  const { pid } = strata;
  let heldByThen = 0;
  const kill = async () => {
    await db.primary.killServer("SIGKILL");
    // Strata stands still for as long as it takes to see what the killed server had kept.
    strata.kill("SIGSTOP");
    await db.primary.startServer();
    heldByThen = (await holdsOf("KILLED-DATABASE")).length;
    strata.kill("SIGCONT");
  };
  await sellOut("KILLED-DATABASE", kill);
  expect(heldByThen).toBeLessThan(UNITS);
  expect({ pid: strata.pid, code: strata.exitCode, signal: strata.signalCode }).toEqual({ pid, code: null, signal: null });
}, 120_000);

interface Bought {
  key: string;
  id: string | null;
  cut: boolean;
}

/** Returns how many calls were cut and asked again. */
async function sellOut(sku: string, kill: () => Promise<void>): Promise<number> {
  await stock(sku, UNITS);
  // Every third buyer repeats an earlier key.
  const keys = Array.from({ length: BUYERS }, (_, i) => `${sku}-${i % 3 === 2 ? i - 2 : i}`);
  // Until the kill a few at a time, so that there is a middle: one batch could sell everything. From the kill on all at once.
  const queue = new EventEmitter().setMaxListeners(BUYERS);
  const called = keys.map((_, i) => (i < AT_ONCE_BEFORE_THE_KILL ? undefined : once(queue, `call ${i}`)));
  const call = (i: number) => queue.emit(`call ${i}`);
  let answered = 0;
  let killing: Promise<void> | undefined;
  const answers = await Promise.all(
    keys.map(async (key, i) => {
      await called[i];
      const bought = await buy(key, sku);
      answered++;
      if (answered < ANSWERS_BEFORE_THE_KILL) call(AT_ONCE_BEFORE_THE_KILL + answered - 1);
      if (answered === ANSWERS_BEFORE_THE_KILL) {
        killing = kill();
        keys.forEach((_, other) => call(other));
      }
      return bought;
    }),
  );
  await killing;

  const held = await holdsOf(sku);
  expect(held).toHaveLength(UNITS);
  expect(held.every(({ status }) => status === "HELD")).toBe(true);
  // What was promised is there, under the same id, and nothing else is.
  const promised = new Map(answers.filter(({ id }) => id !== null).map(({ key, id }) => [`order-${key}`, id]));
  expect(Object.fromEntries(promised)).toEqual(Object.fromEntries(held.map(({ orderRef, id }) => [orderRef, id])));
  for (const { key, id } of answers) expect(id).toBe(promised.get(`order-${key}`) ?? null);
  // Asked once more, every key that took effect says the same again.
  const again = await Promise.all(held.map(({ orderRef }) => buy(orderRef.slice("order-".length), sku)));
  expect(again.map(({ id }) => id)).toEqual(held.map(({ id }) => id));
  expect(await holdsOf(sku)).toHaveLength(UNITS);
  expect(await driftsOf({ db })).toEqual([]);
  return answers.filter(({ cut }) => cut).length;
}

const RESERVE = `mutation ($input: ReserveStockInput!) { reserveStock(input: $input) {
  reservation { id status } userErrors { code message retryAfterMs } } }`;

/** As a client does it: a call without an answer, or one that says when to ask again, is asked again with the same key. */
async function buy(key: string, sku: string): Promise<Bought> {
  const input = { idempotencyKey: key, orderRef: `order-${key}`, channel: "web", lines: [{ sku, quantity: 1 }] };
  let cut = false;
  for (const end = Date.now() + 60_000; ; await wait(20 + Math.random() * 60)) {
    const answer = await ask(RESERVE, { input }).catch((error: Error) => ({ cutBy: error.message, data: undefined, errors: undefined }));
    const payload = answer.data?.reserveStock;
    const [refused] = payload?.userErrors ?? [];
    if (payload && !refused) return { key, id: payload.reservation.id, cut };
    if (refused?.code === "INSUFFICIENT_STOCK") return { key, id: null, cut };
    const mayHelp = "cutBy" in answer || refused?.retryAfterMs || TRANSIENT.has(answer.errors?.[0].extensions.code ?? "");
    if (!mayHelp || Date.now() > end) throw new Error(JSON.stringify(answer));
    cut = true;
  }
}

interface Hold {
  id: string;
  status: string;
  orderRef: string;
}

async function holdsOf(sku: string): Promise<Hold[]> {
  const admin = await db.primary.admin();
  const [rows] = await admin.query(
    "SELECT id, status, order_ref AS orderRef FROM strata_sales.reservation WHERE order_ref LIKE ? ORDER BY id",
    [`order-${sku}-%`],
  );
  await admin.end();
  return rows as Hold[];
}

async function startStrata(): Promise<ChildProcess> {
  const child = fork(join(projectRoot, "gateway/main.ts"), {
    cwd: projectRoot,
    execArgv: ["-r", join(projectRoot, "test/support/typescript.cjs")],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      ...process.env,
      STRATA_ROLE: "embedded",
      STRATA_PORT: String(port),
      STRATA_DATA_DIR: dataDir,
      STRATA_SAMPLE_DATA: "none",
      STRATA_ADMIN_KEY: ADMIN_KEY,
      STRATA_IDENTITY_SECRET: IDENTITY_SECRET,
      STRATA_PRIMARY_URL: db.primaryUrl,
      STRATA_MIGRATION_URL: db.migrationUrl,
      STRATA_LOG_LEVEL: "fatal",
    },
  });
  let output = "";
  child.stderr!.on("data", (chunk: Buffer) => (output += String(chunk)));
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on("data", (chunk: Buffer) => {
      output += String(chunk);
      if (/^ready in \d+ ms$/m.test(output)) resolve();
    });
    void once(child, "exit").then(([code]) => reject(new Error(`Strata ended with ${code}:\n${output}`)));
  });
  return child;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function ask(query: string, variables: object = {}): Promise<{ data?: any; errors?: { extensions: { code: string } }[] }> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}`, "x-strata-settle": "true" };
  const { body } = await pool.request({ method: "POST", path: "/graphql", headers, body: JSON.stringify({ query, variables }) });
  return JSON.parse(await body.text());
}

/** A call of the set-up, which nothing may refuse. */
async function must(query: string, variables?: object): Promise<void> {
  const { data, errors } = await ask(query, variables);
  const refused = Object.values((data ?? {}) as Record<string, { userErrors?: unknown[] } | null>).flatMap((one) => one?.userErrors ?? []);
  if (errors || refused.length > 0) throw new Error(JSON.stringify(errors ?? refused));
}

async function makeShop(): Promise<void> {
  await must(
    'mutation { saveWarehouse(input: { code: "W1", name: "One", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { message } } }',
  );
  await must("{ channels { code } }");
  await must('mutation { saveStockPool(input: { code: "EU", name: "EU", warehouses: ["W1"] }) { userErrors { message } } }');
  await must('mutation { saveChannel(input: { code: "web", name: "Web", pool: "EU" }) { userErrors { message } } }');
}

async function stock(sku: string, quantity: number): Promise<void> {
  await must("mutation ($input: SaveInventoryItemInput!) { saveInventoryItem(input: $input) { userErrors { message } } }", {
    input: { sku, name: sku },
  });
  const input = {
    idempotencyKey: `receive-${sku}`,
    type: "PURCHASE_RECEIPT",
    warehouse: "W1",
    lines: [{ sku, quantity, unitCost: "1.00" }],
  };
  await must("mutation ($input: PostMovementInput!) { postMovement(input: $input) { userErrors { message } } }", { input });
  await must("{ channels { code } }");
  await must("mutation ($input: SaveListingInput!) { saveListing(input: $input) { userErrors { message } } }", {
    input: { channel: "web", sku, status: "LISTED" },
  });
  await must("{ channels { code } }");
}
