import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
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
import { testDatabase, type TestDatabase } from "./database";
import { ADMIN_KEY, ended, IDENTITY_SECRET } from "./world";

/** A whole Strata in a process of its own, so that it can be killed; and a database that keeps what it acknowledged. */
export interface KillableStrata {
  db: TestDatabase;
  /** Where it answers, whichever process serves. */
  url: string;
  /** The process that serves now. */
  process(): ChildProcess;
  /** Kills it, if it lives, and starts another. */
  restart(): Promise<void>;
  ask: Ask;
  /** As a client does it: no answer, or one that says when to ask again, is asked again with the same input. */
  insist(mutation: string, inputType: string, fields: string, input: object): Promise<Insisted>;
  /** Items with so many units each, listed. */
  stock(skus: string[], quantity: number): Promise<void>;
  close(): Promise<void>;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Ask = (query: string, variables?: object) => Promise<{ data?: any; errors?: { extensions: { code?: string } }[] }>;

export interface Insisted {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  payload: any;
  /** Some call was cut off or put off before. */
  cut: boolean;
}

export async function killableStrata({ preload = [], shop = true }: { preload?: string[]; shop?: boolean } = {}): Promise<KillableStrata> {
  const db = await testDatabase({
    replica: false,
    durable: true,
    migrate: async ({ migrationUrl, primaryUrl }) => {
      for (const layer of LAYERS) await migrateLayer(migrationUrl, primaryUrl, layerModule(layer).migrations);
    },
  });
  const dataDir = mkdtempSync(join(tmpdir(), "strata-kill-"));
  const port = await freePort();
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 256, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const start = () => startProcess({ db, dataDir, port, preload });
  let child = await start();
  const ask: Ask = async (query, variables = {}) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}`, "x-strata-settle": "true" };
    const { body } = await pool.request({ method: "POST", path: "/graphql", headers, body: JSON.stringify({ query, variables }) });
    return JSON.parse(await body.text());
  };
  if (shop) await makeShop(ask);
  return {
    db,
    url: `http://127.0.0.1:${port}/graphql`,
    process: () => child,
    restart: async () => {
      await ended(child, "SIGKILL");
      child = await start();
    },
    ask,
    insist: (mutation, inputType, fields, input) =>
      insist(
        ask,
        `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { ${fields} userErrors { code message retryAfterMs } } }`,
        input,
      ),
    stock: (skus, quantity) => stock(ask, skus, quantity),
    close: async () => {
      await pool.destroy();
      await ended(child, "SIGKILL");
      await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function insist(ask: Ask, query: string, input: object): Promise<Insisted> {
  let cut = false;
  for (const end = Date.now() + 60_000; ; await wait(20 + Math.random() * 60)) {
    const answer = await ask(query, { input }).catch((error: Error) => ({ cutBy: error.message, data: undefined, errors: undefined }));
    const payload = answer.data && Object.values(answer.data)[0];
    if (payload && !payload.userErrors.some(({ retryAfterMs }: { retryAfterMs?: number }) => retryAfterMs)) return { payload, cut };
    const mayHelp = "cutBy" in answer || payload || TRANSIENT.has(answer.errors?.[0].extensions.code ?? "");
    if (!mayHelp || Date.now() > end) throw new Error(JSON.stringify(answer));
    cut = true;
  }
}

interface Start {
  db: TestDatabase;
  dataDir: string;
  port: number;
  preload: string[];
}

async function startProcess({ db, dataDir, port, preload }: Start): Promise<ChildProcess> {
  const child = fork(join(projectRoot, "gateway/main.ts"), {
    cwd: projectRoot,
    execArgv: [join(projectRoot, "test/support/typescript.cjs"), ...preload].flatMap((path) => ["-r", path]),
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

/** A call of the set-up, which nothing may refuse. */
async function must(ask: Ask, query: string, variables?: object): Promise<void> {
  const { data, errors } = await ask(query, variables);
  const refused = Object.values((data ?? {}) as Record<string, { userErrors?: unknown[] } | null>).flatMap((one) => one?.userErrors ?? []);
  if (errors || refused.length > 0) throw new Error(JSON.stringify(errors ?? refused));
}

export async function makeShop(ask: Ask): Promise<void> {
  await must(
    ask,
    'mutation { saveWarehouse(input: { code: "W1", name: "One", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { message } } }',
  );
  await must(ask, "{ channels { code } }");
  await must(ask, 'mutation { saveStockPool(input: { code: "EU", name: "EU", warehouses: ["W1"] }) { userErrors { message } } }');
  await must(ask, 'mutation { saveChannel(input: { code: "web", name: "Web", pool: "EU" }) { userErrors { message } } }');
}

export async function stock(ask: Ask, skus: string[], quantity: number): Promise<void> {
  for (const sku of skus)
    await must(ask, "mutation ($input: SaveInventoryItemInput!) { saveInventoryItem(input: $input) { userErrors { message } } }", {
      input: { sku, name: sku },
    });
  const lines = skus.map((sku) => ({ sku, quantity, unitCost: "1.00" }));
  await must(ask, "mutation ($input: PostMovementInput!) { postMovement(input: $input) { userErrors { message } } }", {
    input: { idempotencyKey: `receive-${skus[0]}`, type: "PURCHASE_RECEIPT", warehouse: "W1", lines },
  });
  await must(ask, "{ channels { code } }");
  for (const sku of skus)
    await must(ask, "mutation ($input: SaveListingInput!) { saveListing(input: $input) { userErrors { message } } }", {
      input: { channel: "web", sku, status: "LISTED" },
    });
  await must(ask, "{ channels { code } }");
}
