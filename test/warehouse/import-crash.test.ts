import { createConnection } from "mysql2/promise";
import { inTransaction } from "../../shared/db/transaction";
import { fromText } from "../../services/warehouse/import/import-batch";
import { importMovements } from "../../services/warehouse/import/import-movements";
import { finishAbandoned } from "../../services/warehouse/import/import-worker";
import { runBatch, type Write } from "../../services/warehouse/import/run-batch";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { handIn, IMPORT, issue, onHand, receipt, type Batch } from "./import-support";
import { pause } from "../../shared/mysqld/processes";
import { SAVE_ITEM, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  for (const sku of ["A", "B", "C"]) await world.must(SAVE_ITEM, { sku, name: sku });
  // The worker stands aside until it is its turn.
  await world.db.query(
    "INSERT INTO lease (name, owner, epoch, expires_at) VALUES ('import', 'test', 9, '2999-01-01') ON DUPLICATE KEY UPDATE owner = 'test', epoch = 9, expires_at = '2999-01-01'",
  );
});
afterAll(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

class Killed extends Error {}

/** Nothing runs after so many transactions, as if the process had been killed. */
function dying(after: number): Write {
  let left = after;
  return (work) => (left-- > 0 ? inTransaction(world.db, work) : Promise.reject(new Killed()));
}

const batchOf = async (id: string): Promise<Batch> =>
  (await world.ask("query ($id: ID!) { importBatch(id: $id) { id status total posted failed } }", { id })).data.importBatch;

/** A batch as it is left behind when its process dies before the first row is posted. */
async function stored(batchRef: string, rows: object[]): Promise<string> {
  const input = { source: "crash", batchRef, rows: rows.map((row) => fromText(JSON.stringify(row))) };
  const caller = { client: "floor", scopes: new Set(["warehouse:write"] as const) };
  await expect(importMovements(dying(1), caller, input)).rejects.toBeInstanceOf(Killed);
  const [{ id }] = await world.db.query<{ id: string }>("SELECT id FROM import_batch WHERE batch_ref = ?", [batchRef]);
  return id;
}

test("a batch that dies between two parts goes on exactly where it was, by the same call", async () => {
  const rows = Array.from({ length: 2_500 }, (_, i) => (i % 100 === 7 ? issue(`k${i}`, "Z", 1) : receipt(`k${i}`, "A", 1)));
  const id = await stored("killed", rows);
  expect(await batchOf(id)).toMatchObject({ status: "PENDING", total: 2_500, posted: 0, failed: 0 });
  await expect(runBatch(dying(1), id)).rejects.toBeInstanceOf(Killed);
  expect(await batchOf(id)).toMatchObject({ status: "RUNNING", posted: 990, failed: 10 });
  expect(await onHand(world, "A")).toBe(990);
  const { batch } = await world.must(IMPORT, { source: "crash", batchRef: "killed", rows });
  expect(batch).toMatchObject({ id, status: "COMPLETED", posted: 2_475, failed: 25 });
  expect(await onHand(world, "A")).toBe(2_475);
  const [{ n }] = await world.db.query<{ n: number }>("SELECT COUNT(*) AS n FROM movement_line WHERE sku = 'A'");
  expect(Number(n)).toBe(2_475);
});

test("a batch whose caller has gone is finished without it", async () => {
  const rows = Array.from({ length: 1_200 }, (_, i) => receipt(`gone${i}`, "B", 1));
  const id = await stored("gone", rows);
  await world.db.query("UPDATE import_batch SET worked_at = NOW(6) - INTERVAL 1 HOUR WHERE id = ?", [id]);
  await world.db.query("UPDATE lease SET expires_at = NOW(6) WHERE name = 'import'");
  for (const end = Date.now() + 30_000; Date.now() < end && (await batchOf(id)).status !== "COMPLETED";) await pause(20);
  expect(await batchOf(id)).toMatchObject({ status: "COMPLETED", posted: 1_200, failed: 0 });
});

test("any number of workers finish a batch once", async () => {
  const rows = Array.from({ length: 1_200 }, (_, i) => receipt(`many${i}`, "B", 1));
  const before = await onHand(world, "B");
  const id = await stored("many", rows);
  await Promise.all([1, 2, 3].map(() => finishAbandoned(world.db, 0)));
  expect(await batchOf(id)).toMatchObject({ status: "COMPLETED", posted: 1_200, failed: 0 });
  expect(await onHand(world, "B")).toBe(before + 1_200);
});

test("a row that the database does not take fails alone, in either policy and when it is tried", async () => {
  // A CHECK that no code knows of stands for whatever goes wrong when a row is written.
  const root = await createConnection(world.database.migrationUrl);
  await root.query("ALTER TABLE strata_warehouse.movement_line ADD CONSTRAINT poison CHECK (quantity <> 666)");
  const rows = [1, 2, 666, 4, 666, 6, 7].map((units, i) => receipt(`poison${i}`, "C", units));
  try {
    expect(await handIn(world, "poison-tried", rows, { validateOnly: true })).toMatchObject({ posted: 2, failed: 1 });
    const all = await handIn(world, "poison-all", rows, { errorPolicy: "REJECT_EVERYTHING" });
    expect(all).toMatchObject({ status: "COMPLETED", posted: 0, failed: 1 });
    expect(all.errors.nodes).toMatchObject([{ row: 3, code: "INVALID_INPUT" }]);
    expect(await onHand(world, "C")).toBe(0);
    const some = await handIn(world, "poison-some", rows);
    expect(some).toMatchObject({ status: "COMPLETED", posted: 5, failed: 2 });
    expect(some.errors.nodes.map(({ row }) => row)).toEqual([3, 5]);
    expect(await onHand(world, "C")).toBe(20);
  } finally {
    await root.query("ALTER TABLE strata_warehouse.movement_line DROP CONSTRAINT poison");
    await root.end();
  }
});
