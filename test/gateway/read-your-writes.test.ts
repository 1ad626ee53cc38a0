import { createConnection, type Connection } from "mysql2/promise";
import { wait } from "../../shared/db/retry";
import { startWorld, type World } from "../support/world";

/** A replica that stands still while the primary goes on: what a client has written it sees, by its position. */
let world: World;
let replica: Connection;
beforeAll(async () => {
  world = await startWorld({ topology: "embedded", replica: true });
  replica = await createConnection({ uri: world.db.replicas[0].adminUrl });
});
afterAll(async () => {
  await replica.end();
  await world.close();
});

const ASK = '{ warehouse(code: "NEW") { name } }';

test("a query reads the replica, with a position of its own write it sees the write", async () => {
  // The replica is read once it was found well; then it is held: its applier waits for the lock.
  const before = await readsReplica();
  expect(before).toBe(true);
  await replica.query("FLUSH TABLES WITH READ LOCK");
  try {
    const saved = await world.gql(
      'mutation { saveWarehouse(input: { code: "NEW", name: "New", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { code } } }',
    );
    const position = saved.headers["x-strata-position"] as string;
    expect((await world.gql(ASK)).body.data.warehouse?.name ?? null).toBeNull();
    expect((await world.gql(ASK, {}, { headers: { "x-strata-position": position } })).body.data.warehouse).toEqual({ name: "New" });
  } finally {
    await replica.query("UNLOCK TABLES");
  }
});

async function readsReplica(): Promise<boolean> {
  const { replicas } = world.layers.warehouse!.db;
  for (let tries = 0; tries < 1_000; tries++) {
    if (await replicas.choose()) return true;
    await wait(10);
  }
  return false;
}
