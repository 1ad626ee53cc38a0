import type { Connection } from "mysql2/promise";
import { wait } from "../../shared/db/retry";
import { startWorld, type World } from "../support/world";

/** Replicas are read from where they have seen what the reader has written, and whatever becomes of them, every query is answered. */
let world: World;
let replica: Connection;
beforeAll(async () => {
  world = await startWorld({ topology: "embedded", replica: true });
  replica = await world.db.replicas[0].admin();
});
afterAll(async () => {
  await replica.end().catch(() => undefined);
  await world.close();
});
beforeEach(() => untilInUse(true));

let written = 0;
/** Writes a warehouse; gives its query, with which header it is asked, and what it then answers. */
async function write() {
  const code = `W${++written}`;
  const saved = await world.gql(
    `mutation { saveWarehouse(input: { code: "${code}", name: "New", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { code } } }`,
  );
  expect(saved.body.data.saveWarehouse.userErrors).toEqual([]);
  const position = saved.headers["x-strata-position"] as string;
  const ask = (headers: Record<string, string>) =>
    world.gql(`{ warehouse(code: "${code}") { name } }`, {}, { headers }).then(({ body }) => {
      expect(body.errors).toBeUndefined();
      return (body.data.warehouse as { name: string } | null)?.name ?? null;
    });
  return { code, withPosition: () => ask({ "x-strata-position": position }), without: () => ask({}) };
}

const onReplica = async (code: string) =>
  ((await replica.query("SELECT name FROM strata_warehouse.warehouse WHERE code = ?", [code])) as unknown as [{ name: string }[]])[0]
    .length;

const replicas = () => world.layers.warehouse!.db.replicas;
async function untilInUse(wanted: boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Boolean(await replicas().choose()) !== wanted; await wait(10))
    if (Date.now() > end) throw new Error(`the replica is ${wanted ? "not " : ""}in use after 20 s`);
}

test("a replica that only just stands still is still read; with the position of a write its reader sees the write", async () => {
  await replica.query("FLUSH TABLES WITH READ LOCK"); // Its applier waits for the lock, and counts as running.
  try {
    const made = await write();
    expect(await made.without()).toBeNull();
    expect(await made.withPosition()).toBe("New");
  } finally {
    await replica.query("UNLOCK TABLES");
  }
});

test("a replica whose SQL thread is stopped: the position sees the write at once, and soon every query does", async () => {
  await replica.query("STOP REPLICA SQL_THREAD");
  try {
    const made = await write();
    expect(await made.withPosition()).toBe("New");
    await untilInUse(false);
    expect(await made.without()).toBe("New");
    expect(await onReplica(made.code)).toBe(0);
  } finally {
    await replica.query("START REPLICA SQL_THREAD");
  }
  await untilInUse(true);
  expect(await (await write()).withPosition()).toBe("New");
});

test("a replica that is killed while it is read: no query fails; it is taken back when it is there again", async () => {
  const { code, withPosition } = await write();
  const answers: (string | null)[] = [];
  let going = true;
  const readers = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (going) answers.push(await withPosition());
    }),
  );
  await wait(200);
  await world.db.replicas[0].killServer("SIGKILL");
  await untilInUse(false);
  await wait(200);
  going = false;
  await readers;
  expect(new Set(answers)).toEqual(new Set(["New"]));
  await world.db.replicas[0].startServer();
  await untilInUse(true);
  replica = await world.db.replicas[0].admin();
  for (const end = Date.now() + 20_000; (await onReplica(code)) === 0 && Date.now() < end;) await wait(20);
  expect(await withPosition()).toBe("New");
});
