import { ImportPruning, pruneRows } from "../../services/warehouse/import/prune-rows";
import { prunableBatches } from "../../services/warehouse/import/import.sql";
import { LeaseLost } from "../../shared/db/lease";
import { wait } from "../../shared/db/retry";
import { inTransaction } from "../../shared/db/transaction";
import { everythingPosted, handIn, IMPORT, receipt, resubmit } from "./import-support";
import { SAVE_ITEM, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_ITEM, { sku: "A", name: "A" });
});
afterAll(() => world.close());

const DAYS = 30;
const BATCH = "query ($id: ID!) { importBatch(id: $id) { status total posted failed prunedAt errors { nodes { row } } } }";
const batchOf = async (id: string) => (await world.ask(BATCH, { id })).data.importBatch;
const rowsOf = async (id: string) =>
  Number((await world.db.query<{ n: number }>("SELECT COUNT(*) AS n FROM import_row WHERE batch_id = ?", [id]))[0].n);
const age = (id: string, days: number) =>
  world.db.query("UPDATE import_batch SET worked_at = NOW(6) - INTERVAL ? DAY WHERE id = ?", [days, id]);
const prune = (id: string, most?: number) => inTransaction(world.db, (tx) => pruneRows(tx, id, DAYS, most));
const receipts = (name: string, quantities: number[]) => quantities.map((quantity, i) => receipt(`${name}-${i}`, "A", quantity));

test("rows go a few at a time once their time is over; counts stay, and handed in again the batch posts nothing", async () => {
  const rows = receipts("old", [1, 2, 3, 4, -1]);
  const { id } = await handIn(world, "old", rows);
  const counts = { status: "COMPLETED", total: 5, posted: 4, failed: 1 };
  expect(await batchOf(id)).toEqual({ ...counts, prunedAt: null, errors: { nodes: [{ row: 5 }] } });
  await age(id, DAYS - 1);
  expect([await prune(id), await rowsOf(id)]).toEqual([false, 5]);
  await age(id, DAYS + 1);
  const steps = [];
  for (let more = true; more;) steps.push([(more = await prune(id, 2)), await rowsOf(id)]);
  expect(steps).toEqual([
    [true, 3],
    [true, 1],
    [false, 0],
  ]);
  expect(await batchOf(id)).toEqual({ ...counts, prunedAt: expect.any(String), errors: { nodes: [] } });
  expect(await prunableBatches(world.db, DAYS, 10)).toEqual([]);
  // Not even when the keys of its rows are forgotten.
  const admin = await world.database.primary.admin();
  const [{ name }] = await world.db.query<{ name: string }>("SELECT DATABASE() AS name");
  await admin.query(`DELETE FROM ${name}.idempotency`);
  await admin.end();
  const before = await everythingPosted(world);
  expect(await handIn(world, "old", rows)).toMatchObject({ id, ...counts });
  expect(await everythingPosted(world)).toEqual(before);
  const other = { source: "test", batchRef: "old", rows: receipts("old", [9]) };
  const { data } = await world.ask(IMPORT, { input: other });
  expect(data.importMovements.userErrors).toMatchObject([{ code: "IDEMPOTENCY_KEY_REUSED", field: ["input", "batchRef"] }]);
  const again = await resubmit(world, id, [{ row: 5, movement: receipt("fixed", "A", 1) }]);
  expect(again.userErrors).toMatchObject([{ code: "INVALID_STATE", field: ["batchId"] }]);
  expect(await everythingPosted(world)).toEqual(before);
});

test("a correction counts as work: what failed and what was posted beside it are kept on", async () => {
  const { id } = await handIn(world, "corrected", receipts("corrected", [1, -1, -1]));
  await age(id, DAYS + 1);
  await resubmit(world, id, [{ row: 2, movement: receipt("corrected-now", "A", 1) }]);
  expect([await prune(id), await rowsOf(id), (await batchOf(id)).posted]).toEqual([false, 3, 2]);
});

test("a correction between two steps stops them, and what is left of the batch counts right", async () => {
  const { id } = await handIn(world, "between", receipts("between", [1, 1, -1]));
  await age(id, DAYS + 1);
  expect([await prune(id, 2), await rowsOf(id)]).toEqual([true, 1]);
  await resubmit(world, id, [{ row: 3, movement: receipt("between-now", "A", 1) }]);
  expect([await prune(id, 2), await rowsOf(id)]).toEqual([false, 1]);
  expect(await batchOf(id)).toMatchObject({ status: "COMPLETED", total: 3, posted: 3, failed: 0 });
});

test("a batch that is not finished keeps its rows however old it is; what was only tried goes whole", async () => {
  const { id } = await handIn(world, "open", receipts("open", [1]));
  await world.db.query("UPDATE import_batch SET status = 'RUNNING', posted = 0 WHERE id = ?", [id]);
  await age(id, DAYS + 1);
  expect([await prune(id), await rowsOf(id)]).toEqual([false, 1]);
  await world.db.query("UPDATE import_batch SET status = 'COMPLETED', posted = 1 WHERE id = ?", [id]);
  const trial = await handIn(world, "trial", receipts("trial", [-1]), { validateOnly: true });
  await age(trial.id, DAYS + 1);
  expect([await prune(trial.id), await batchOf(trial.id)]).toEqual([false, null]);
});

test("two processes prune under one lease, and nobody without it", async () => {
  const made: string[] = [];
  for (const name of ["p1", "p2", "p3"]) made.push((await handIn(world, name, receipts(name, [1, 1]))).id);
  for (const id of made) await age(id, DAYS + 1);
  await expect(inTransaction(world.db, (tx) => new ImportPruning(world.db, DAYS)["step"](tx, made[0]))).rejects.toThrow(LeaseLost);
  const both = [new ImportPruning(world.db, DAYS), new ImportPruning(world.db, DAYS)];
  for (const one of both) one.start();
  for (const end = Date.now() + 20_000; (await prunableBatches(world.db, DAYS, 10)).length > 0; await wait(50))
    if (Date.now() > end) throw new Error("nobody prunes");
  await Promise.all(both.map((one) => one.stop()));
  expect(await Promise.all(made.map(rowsOf))).toEqual([0, 0, 0]);
});
