import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { BATCH_BY_ID, everythingPosted, handIn, IMPORT, issue, onHand, receipt, resubmit } from "./import-support";
import { MOVEMENTS, POST, SAVE_ITEM, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.stock({ A: 10, B: 5 });
  await world.must(SAVE_ITEM, { sku: "KIT", name: "Kit", kind: "KIT", components: [{ sku: "A", quantity: 2 }] });
  await world.must(SAVE_ITEM, { sku: "LOT", name: "By lot", tracking: "LOT" });
  await world.must(SAVE_ITEM, { sku: "SERIAL", name: "By number", tracking: "SERIAL" });
  await world.must(SAVE_ITEM, { sku: "FIFO", name: "In layers", costingMethod: "FIFO" });
  await world.must(SAVE_WAREHOUSE, { code: "W2", name: "Two", currency: "EUR", address: { countryCode: "DE" } });
});
afterAll(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

test("rows are posted in their order; each bad one says why and hurts no other", async () => {
  const before = await onHand(world, "A");
  const batch = await handIn(world, "mixed", [
    receipt("m1", "A", 3),
    issue("m2", "Z", 1),
    issue("m3", "A", before + 4),
    issue("m4", "A", before + 3),
    issue("m5", "A", 1),
    receipt("m6", "A", before, { warehouse: "W9" }),
    receipt("m7", "A", before),
    issue("", "A", 1),
    issue("m9", "KIT", 1),
    issue("m10", "A", 1, { account: "9999" }),
    issue("m11", "A", 1, { reasonCode: "no such rule" }),
    receipt("m12", "A", 1, { occurredAt: "2999-01-01T00:00:00Z" }),
  ]);
  expect(batch).toMatchObject({ status: "COMPLETED", total: 12, posted: 3, failed: 9 });
  expect(batch.errors.nodes.map(({ row, code, field }) => [row, code, field])).toEqual([
    [2, "NOT_FOUND", "lines.0.sku"],
    [3, "INSUFFICIENT_STOCK", "lines.0"],
    [5, "INSUFFICIENT_STOCK", "lines.0"],
    [6, "NOT_FOUND", "warehouse"],
    [8, "INVALID_INPUT", "idempotencyKey"],
    [9, "INVALID_INPUT", "lines.0.sku"],
    [10, "NOT_FOUND", "account"],
    [11, "INVALID_INPUT", "reasonCode"],
    [12, "INVALID_INPUT", "occurredAt"],
  ]);
  expect(await onHand(world, "A")).toBe(before);
});

test("a movement of several lines is posted whole or not at all", async () => {
  const lines = [
    { sku: "A", quantity: 1 },
    { sku: "B", quantity: 1_000 },
  ];
  const before = await everythingPosted(world);
  const batch = await handIn(world, "whole", [{ ...issue("w1", "A", 1), lines }]);
  expect(batch).toMatchObject({ posted: 0, failed: 1 });
  expect(await everythingPosted(world)).toEqual(before);
});

test("the same batch handed in again answers the same and posts nothing; with other rows it is refused", async () => {
  const rows = [receipt("again-1", "A", 1), issue("again-2", "A", 1_000)];
  const first = await handIn(world, "again", rows);
  const before = await everythingPosted(world);
  expect(await handIn(world, "again", rows)).toEqual(first);
  const { data } = await world.ask(IMPORT, { input: { source: "test", batchRef: "again", rows: rows.slice(0, 1) } });
  expect(data.importMovements).toMatchObject({
    batch: null,
    userErrors: [{ code: "IDEMPOTENCY_KEY_REUSED", field: ["input", "batchRef"] }],
  });
  const other = await world.ask(IMPORT, { input: { source: "test", batchRef: "again", rows, errorPolicy: "REJECT_EVERYTHING" } });
  expect(other.data.importMovements.userErrors[0].code).toBe("IDEMPOTENCY_KEY_REUSED");
  expect(await everythingPosted(world)).toEqual(before);
  const elsewhere = await handIn(world, "again", rows, {}, { client: "another" });
  expect(elsewhere.id).not.toBe(first.id);
});

test("two callers hand in the same batch at once: it is posted once", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => receipt(`twin-${i}`, "TWIN", 1));
  await world.must(SAVE_ITEM, { sku: "TWIN", name: "Twin" });
  const batches = await Promise.all([1, 2, 3, 4].map(() => handIn(world, "twins", rows)));
  expect(new Set(batches.map(({ id }) => id)).size).toBe(1);
  expect(batches.every(({ status, posted }) => status === "COMPLETED" && posted === 300)).toBe(true);
  expect(await onHand(world, "TWIN")).toBe(300);
});

test("a row's key is postMovement's key: used before it answers that movement, with another input it is refused", async () => {
  const input = receipt("key-1", "B", 2, { occurredAt: "2026-01-31T10:00:00+01:00", document: { type: "PO", number: "7" } });
  const { movement } = await world.must(POST, input);
  const before = await onHand(world, "B");
  const batch = await handIn(world, "keys", [
    input,
    receipt("key-1", "B", 9),
    receipt("key-2", "B", 1),
    receipt("key-2", "B", 1),
    receipt("key-2", "B", 2),
  ]);
  expect(batch).toMatchObject({ posted: 3, failed: 2 });
  expect(batch.errors.nodes.map(({ row, code }) => [row, code])).toEqual([
    [2, "IDEMPOTENCY_KEY_REUSED"],
    [5, "IDEMPOTENCY_KEY_REUSED"],
  ]);
  expect(await onHand(world, "B")).toBe(before + 1);
  const [row] = await world.db.query<{ id: string }>("SELECT movement_id AS id FROM import_row WHERE batch_id = ? AND row_no = 1", [
    batch.id,
  ]);
  expect(row.id).toBe(movement.id);
  expect((await world.must(POST, receipt("key-2", "B", 1))).movement.document).toBeNull();
  expect(await onHand(world, "B")).toBe(before + 1);
});

test("REJECT_EVERYTHING posts nothing while one row fails, names every row that does, and all when they are corrected", async () => {
  const before = await everythingPosted(world);
  const rows = [
    receipt("all-1", "A", 5),
    issue("all-2", "A", 1_000),
    receipt("all-3", "A", 1, { warehouse: "W2" }),
    issue("all-4", "Z", 1),
  ];
  const batch = await handIn(world, "all", rows, { errorPolicy: "REJECT_EVERYTHING" });
  expect(batch).toMatchObject({ status: "COMPLETED", total: 4, posted: 0, failed: 2 });
  expect(batch.errors.nodes.map(({ row }) => row)).toEqual([2, 4]);
  expect(await everythingPosted(world)).toEqual(before);
  const half = await resubmit(world, batch.id, [{ row: 2, movement: issue("all-2", "A", 2) }]);
  expect(half.batch).toMatchObject({ status: "COMPLETED", posted: 0, failed: 1 });
  expect(await everythingPosted(world)).toEqual(before);
  const { batch: done } = await resubmit(world, batch.id, [{ row: 4, movement: issue("all-4", "A", 1) }]);
  expect(done).toMatchObject({ status: "COMPLETED", posted: 4, failed: 0, errors: { nodes: [] } });
});

test.each(["REJECT_FAILED_ROWS", "REJECT_EVERYTHING"])(
  "validateOnly says what would happen under %s, and posts nothing",
  async (errorPolicy) => {
    const rows = [receipt("try-1", "FIFO", 5), issue("try-2", "FIFO", 3), issue("try-3", "FIFO", 3), receipt("try-4", "LOT", 1)];
    const before = await everythingPosted(world);
    const tried = await handIn(world, `try-${errorPolicy}`, rows, { errorPolicy, validateOnly: true });
    expect(tried).toMatchObject({ status: "COMPLETED", total: 4, posted: errorPolicy === "REJECT_EVERYTHING" ? 0 : 2, failed: 2 });
    expect(tried.errors.nodes.map(({ row, code, field }) => [row, code, field])).toEqual([
      [3, "INSUFFICIENT_STOCK", "lines.0"],
      [4, "INVALID_INPUT", "lines.0.lot"],
    ]);
    expect(await everythingPosted(world)).toEqual(before);
    expect((await resubmit(world, tried.id, [{ row: 3, movement: issue("try-3", "FIFO", 1) }])).userErrors[0].code).toBe("INVALID_STATE");
    expect((await handIn(world, `try-${errorPolicy}`, rows, { errorPolicy, validateOnly: true })).id).not.toBe(tried.id);
  },
);

test("lots, serial numbers and layers of refused rows are as if those had never been", async () => {
  const of = (key: string, sku: string, line: object) => receipt(key, sku, 1, { lines: [{ sku, quantity: 1, unitCost: "2", ...line }] });
  const two = (sku: string, ...lines: object[]) => lines.map((line) => ({ sku, quantity: 1, ...line }));
  const batch = await handIn(world, "traces", [
    of("t1", "LOT", { lot: "L1", lotExpiresOn: "2999-01-01" }),
    // The first line would make lot L2, the second is refused.
    {
      ...receipt("t2", "LOT", 1),
      lines: two("LOT", { lot: "L2", lotExpiresOn: "2999-02-02", unitCost: "1" }, { lot: "L1", lotExpiresOn: "2998-01-01" }),
    },
    of("t3", "LOT", { lot: "L2", lotExpiresOn: "2999-03-03" }),
    of("t4", "SERIAL", { serials: ["S1"] }),
    { ...receipt("t5", "SERIAL", 1), lines: two("SERIAL", { serials: ["S2"], unitCost: "1" }, { serials: ["S1"], unitCost: "1" }) },
    of("t6", "SERIAL", { serials: ["S2"] }),
    receipt("t7", "FIFO", 2, { lines: [{ sku: "FIFO", quantity: 2, unitCost: "3" }] }),
    { ...issue("t8", "FIFO", 1), lines: two("FIFO", {}, { quantity: 9, location: "STORAGE" }) },
    issue("t9", "FIFO", 2),
    // Takes a serial number that came in above, without naming it: it must be in the tables by then.
    issue("t10", "SERIAL", 2),
  ]);
  expect(batch.errors.nodes.map(({ row, code }) => [row, code])).toEqual([
    [2, "CONFLICT"],
    [5, "CONFLICT"],
    [8, "INSUFFICIENT_STOCK"],
  ]);
  const [lot] = await world.db.query<{ day: string }>(
    "SELECT DATE_FORMAT(expires_on, '%Y-%m-%d') AS day FROM lot WHERE sku = 'LOT' AND code = 'L2'",
  );
  expect(lot.day).toBe("2999-03-03");
  expect([await onHand(world, "FIFO"), await onHand(world, "SERIAL"), await onHand(world, "LOT")]).toEqual([0, 0, 2]);
});

test("what a row reads in the ledger includes the rows before it", async () => {
  await world.must(SAVE_ITEM, { sku: "BACK", name: "Back" });
  const sold = { type: "SALES_ISSUE", orderRef: "import-order" };
  const back = { type: "CUSTOMER_RETURN", orderRef: "import-order" };
  const past = { occurredAt: "2026-01-01T00:00:00Z" };
  const batch = await handIn(world, "origins", [
    receipt("o1", "BACK", 10, { occurredAt: "2026-01-02T00:00:00Z", lines: [{ sku: "BACK", quantity: 10, unitCost: "4" }] }),
    issue("o2", "BACK", 3, sold),
    { ...receipt("o3", "BACK", 2, back), lines: [{ sku: "BACK", quantity: 2 }] },
    { ...receipt("o4", "BACK", 2, back), lines: [{ sku: "BACK", quantity: 2 }] },
    issue("o5", "BACK", 1, past),
    receipt("o6", "BACK", 5),
    issue("o7", "BACK", 10, { occurredAt: "2026-01-03T00:00:00Z" }),
  ]);
  expect(batch.errors.nodes.map(({ row, code }) => [row, code])).toEqual([
    [4, "INVALID_STATE"],
    [5, "INVALID_STATE"],
    [7, "INVALID_STATE"],
  ]);
  const { data } = await world.ask(MOVEMENTS, { sku: "BACK", type: "CUSTOMER_RETURN" });
  expect(data.movements.nodes[0].lines[0].value.amount).toBe("8.000000");
});

test("errors are paged by row", async () => {
  const batch = await handIn(
    world,
    "pages",
    Array.from({ length: 7 }, (_, i) => issue(`p${i}`, "Z", 1)),
  );
  const rows: number[] = [];
  for (let after: string | null = null; ;) {
    const { data } = await world.ask(BATCH_BY_ID, { id: batch.id, first: 3, after });
    const { nodes, pageInfo } = data.importBatch.errors;
    rows.push(...nodes.map(({ row }: { row: number }) => row));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(rows).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

const TOO_LARGE = Array.from({ length: 5_001 }, (_, i) => receipt(`n${i}`, "A", 1));
const WIDE = Array.from({ length: 11 }, (_, i) => ({
  ...receipt(`wide${i}`, "A", 1),
  lines: Array(1_000).fill({ sku: "A", quantity: 1 }),
}));
test.each<[string, object, string[]]>([
  ["5,001 rows", { source: "test", batchRef: "large", rows: TOO_LARGE }, ["input", "rows"]],
  ["no row", { source: "test", batchRef: "none", rows: [] }, ["input", "rows"]],
  ["more than 10,000 lines", { source: "test", batchRef: "wide", rows: WIDE }, ["input", "rows"]],
  ["no source", { source: "", batchRef: "x", rows: TOO_LARGE.slice(0, 1) }, ["input", "source"]],
  ["an empty reference", { source: "test", batchRef: "", rows: TOO_LARGE.slice(0, 1) }, ["input", "batchRef"]],
])("%s is refused whole", async (_name, input, field) => {
  const before = await everythingPosted(world);
  const { data } = await world.ask(IMPORT, { input });
  expect(data.importMovements).toMatchObject({ batch: null, userErrors: [{ code: "INVALID_INPUT", field }] });
  expect(await everythingPosted(world)).toEqual(before);
});

test("a correction takes the place of a failed row once; what did not fail stays", async () => {
  const batch = await handIn(world, "correct", [receipt("c1", "A", 1), issue("c2", "Z", 1), issue("c3", "Z", 1)]);
  const correction = [{ row: 2, movement: receipt("c2", "A", 4) }];
  const { batch: corrected } = await resubmit(world, batch.id, correction);
  expect(corrected).toMatchObject({ id: batch.id, status: "COMPLETED", posted: 2, failed: 1 });
  const before = await everythingPosted(world);
  expect((await resubmit(world, batch.id, correction)).batch).toEqual(corrected);
  expect(await handIn(world, "correct", [receipt("c1", "A", 1), issue("c2", "Z", 1), issue("c3", "Z", 1)])).toEqual(corrected);
  const refusals: [object[], string, object?][] = [
    [[{ row: 1, movement: receipt("c1", "A", 2) }], "INVALID_STATE"],
    [[{ row: 4, movement: receipt("c4", "A", 2) }], "NOT_FOUND"],
    [[...correction, ...correction], "INVALID_INPUT"],
    [[], "INVALID_INPUT"],
    [correction, "NOT_FOUND", { client: "another" }],
  ];
  for (const [rows, code, as] of refusals) expect((await resubmit(world, batch.id, rows, as)).userErrors).toMatchObject([{ code }]);
  expect((await resubmit(world, "nonsense", correction)).userErrors).toMatchObject([{ code: "NOT_FOUND" }]);
  expect(await everythingPosted(world)).toEqual(before);
});

test("an operator posts no cost adjustment through an import, and a merchant's key no other's goods", async () => {
  const adjustment = { ...receipt("adj", "A", 0), type: "COST_ADJUSTMENT", lines: [{ sku: "A", quantity: 0, amount: "1" }] };
  const { errors } = await world.ask(
    IMPORT,
    { input: { source: "t", batchRef: "adj", rows: [adjustment] } },
    { role: "warehouse-operator" },
  );
  expect(errors[0].extensions.code).toBe("FORBIDDEN");
  const { batch } = await world.must(IMPORT, { source: "t", batchRef: "m", rows: [receipt("mm", "A", 1)] }, { merchant: "M9" });
  expect(batch.errors.nodes).toMatchObject([{ row: 1, code: "NOT_FOUND" }]);
  const mine = await world.ask(BATCH_BY_ID, { id: batch.id, first: 1 }, { merchant: "M8" });
  expect(mine.data.importBatch).toBeNull();
});
