import { newId } from "../../shared/ids";
import { openCounts } from "../../services/warehouse/count/open-counts.sql";
import { act, allIsWell, MANAGER, onHand, OPERATOR, OTHER, READ, refused, source } from "./count-support";
import { PICK, POST, SAVE_ITEM, START, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeEach(async () => {
  world = await warehouseWorld({ poolSize: 16 });
});
afterEach(async () => {
  await allIsWell(world);
  await world.close();
});

const shelf = { location: "STORAGE" };
const post = (type: string, lines: object[]) => world.must(POST, { idempotencyKey: newId(), type, warehouse: "W1", lines });
const create = (more: object = {}) => act(world, "create", { warehouse: "W1", ...more });
const line = (count: { lines: { nodes: { item: { sku: string } }[] } }, sku: string) =>
  count.lines.nodes.find(({ item }) => item.sku === sku);

test("a blind count: counted, put back, counted again by another, approved by a third", async () => {
  await world.stock({ A: 10, B: 5 }, "2.00");
  const count = await create();
  expect(count).toMatchObject({ status: "OPEN", blind: true, planned: true, openLines: 2, createdBy: "counter" });
  const first = await act(world, "record", { id: count.id, lines: [{ sku: "A", ...shelf, counted: 7 }] });
  expect(first).toMatchObject({ status: "OPEN", openLines: 1, pendingLines: 1 });
  expect(line(first, "A")).toMatchObject({ counted: 7, countedBy: "counter", expected: null, variance: null, withinTolerance: null });
  // Somebody else may approve, but not the whole while B is open.
  expect(await refused(world, source("approve"), { id: count.id }, MANAGER)).toEqual(["INVALID_STATE", "id"]);
  const counted = await act(world, "record", { id: count.id, lines: [{ sku: "B", ...shelf, counted: 5 }] });
  expect(counted.status).toBe("COUNTED");
  const seen = (await world.ask(READ, { id: count.id }, MANAGER)).data.stockCount;
  expect(line(seen, "A")).toMatchObject({
    expected: 10,
    variance: -3,
    varianceValue: { amount: "-6.000000" },
    withinTolerance: false,
    movedSince: false,
  });
  expect(line(seen, "B")).toMatchObject({ expected: 5, variance: 0, withinTolerance: true });
  expect(await openCounts(world.db, "MAIN", new Date(0), new Date(Date.now() + 60_000))).toMatchObject([
    { id: count.id, status: "COUNTED" },
  ]);
  expect(await act(world, "recount", { id: count.id }, MANAGER)).toMatchObject({ status: "RECOUNT", openLines: 1, pendingLines: 0 });
  expect(await act(world, "record", { id: count.id, lines: [{ sku: "A", ...shelf, counted: 8 }] }, OTHER)).toMatchObject({
    status: "COUNTED",
  });
  const done = await act(world, "approve", { id: count.id }, MANAGER);
  expect(done).toMatchObject({
    status: "APPROVED",
    openLines: 0,
    pendingLines: 0,
    movements: [{ type: "COUNT_LOSS", lines: [{ item: { sku: "A" }, quantity: -2, value: { amount: "-4.000000" } }] }],
  });
  expect(done.steps.map(({ action, status, actor }: Record<string, string>) => `${action} ${status} ${actor}`)).toEqual([
    "CREATE OPEN counter",
    "RECORD OPEN counter",
    "RECORD COUNTED counter",
    "RECOUNT RECOUNT manager",
    "RECORD COUNTED second",
    "APPROVE APPROVED manager",
  ]);
  // What the count itself posted is no movement since.
  expect(line(done, "A")).toMatchObject({ movedSince: false });
  expect(await onHand(world, "A")).toEqual([8, "16.000000"]);
  const records = await world.db.query("SELECT counted FROM count_record WHERE sku = 'A' ORDER BY version");
  expect(records).toEqual([{ counted: 7 }, { counted: 8 }]);
  // Closed, it is open to all who may read it; but never to be undone by hand.
  expect(line((await world.ask(READ, { id: count.id }, { ...MANAGER, client: "second" })).data.stockCount, "A")).toMatchObject({
    expected: 10,
  });
  const [{ id: movementId }] = await world.db.query<{ id: string }>("SELECT id FROM movement WHERE type = 'COUNT_LOSS'");
  const reverse = "mutation ($input: ReverseMovementInput!) { reverseMovement(input: $input) { userErrors { code field message } } }";
  expect(await refused(world, reverse, { movementId, reason: "no" }, MANAGER)).toEqual(["INVALID_STATE", "movementId"]);
  expect(await openCounts(world.db, "MAIN", new Date(0), new Date(Date.now() + 60_000))).toEqual([]);
});

test("business goes on: a receipt and a pick between count and approval are kept, whatever was counted", async () => {
  await world.stock({ A: 10 });
  const count = await create({ skus: ["A"] });
  await act(world, "record", { id: count.id, lines: [{ sku: "A", ...shelf, counted: 8 }] });
  await post("PURCHASE_RECEIPT", [{ sku: "A", quantity: 5, unitCost: "1.00" }]);
  const id = await world.allocate({ A: 4 });
  await world.must(START, { idempotencyKey: newId(), id });
  await world.must(PICK, { idempotencyKey: newId(), id, picks: [{ sku: "A", quantity: 4 }] });
  const seen = (await world.ask(READ, { id: count.id }, MANAGER)).data.stockCount;
  expect(line(seen, "A")).toMatchObject({ expected: 10, counted: 8, variance: -2, movedSince: true });
  await act(world, "approve", { id: count.id }, MANAGER);
  // 10 + 5 received - 4 picked - 2 missing. Had the figure been applied, 8 would lie there; had the recording been compared
  // with today's books, 8 - 11 = -3 would have been booked.
  const places = await world.db.query("SELECT location, quantity FROM stock_balance WHERE sku = 'A' ORDER BY location");
  expect(places).toEqual([
    { location: "PACKING", quantity: 4 },
    { location: "STORAGE", quantity: 9 },
  ]);
  expect(await onHand(world, "A")).toEqual([13, "13.000000"]);
});

test("receipts, issues and recordings at once: the shelf ends at what came, went and was missing", async () => {
  await world.stock({ A: 100 });
  const count = await create({ skus: ["A"] });
  const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  const [record, ...moves] = await Promise.all([
    world.ask(
      source("record", OPERATOR),
      { input: { idempotencyKey: "r", id: count.id, lines: [{ sku: "A", ...shelf, counted: 90 }] } },
      OPERATOR,
    ),
    ...times(10, () => post("PURCHASE_RECEIPT", [{ sku: "A", quantity: 3, unitCost: "1.00" }])),
    ...times(10, () => post("MISC_ISSUE", [{ sku: "A", quantity: 2 }])),
  ]);
  expect([record.data.recordCount.userErrors, moves.length]).toEqual([[], 20]);
  const [{ variance }] = await world.db.query<{ variance: number }>("SELECT variance FROM count_line");
  await act(world, "approve", { id: count.id }, MANAGER);
  expect((await onHand(world, "A"))[0]).toBe(100 + 30 - 20 + variance);
});

test("two counters of one place: one is recorded, the other is told; ten at once record once", async () => {
  await world.stock({ A: 10 });
  const count = await create({ skus: ["A"] });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => {
      const as = { client: `counter-${i}`, role: "warehouse-operator" } as const;
      return world.ask(
        source("record", as),
        { input: { idempotencyKey: "k", id: count.id, lines: [{ sku: "A", ...shelf, counted: 5 + i }] } },
        as,
      );
    }),
  );
  const codes = answers.map(({ data }) => data.recordCount.userErrors[0]?.code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(codes.filter((code) => code === "INVALID_STATE")).toHaveLength(9);
  expect(await world.db.query("SELECT counted_by FROM count_record r JOIN count_line l ON l.count_id = r.count_id")).toHaveLength(1);
});

test("within tolerance a line is posted at once; above it waits; both limits hold", async () => {
  await world.stock({ CHEAP: 100, COSTLY: 100, MANY: 100 });
  await post("PURCHASE_RECEIPT", [{ sku: "COSTLY", quantity: 100, unitCost: "99.00" }]);
  const count = await create({ blind: false, tolerancePercent: 5, toleranceValue: "10.00" });
  const after = await act(
    world,
    "record",
    {
      id: count.id,
      lines: [
        { sku: "CHEAP", ...shelf, counted: 95 },
        { sku: "COSTLY", ...shelf, counted: 199 },
        { sku: "MANY", ...shelf, counted: 106 },
      ],
    },
    MANAGER,
  );
  expect(after).toMatchObject({
    status: "COUNTED",
    pendingLines: 2,
    movements: [{ type: "COUNT_LOSS", lines: [{ item: { sku: "CHEAP" }, quantity: -5 }] }],
  });
  expect(line(after, "CHEAP")).toMatchObject({ withinTolerance: true, movedSince: false, variance: -5 });
  expect(line(after, "COSTLY")).toMatchObject({ withinTolerance: false, varianceValue: { amount: "-50.000000" } });
  expect(line(after, "MANY")).toMatchObject({ withinTolerance: false, varianceValue: { amount: "6.000000" } });
  // Who counted does not approve, even with the scope; a count without anything above tolerance may be closed by anybody who has it.
  expect(await refused(world, source("approve"), { id: count.id }, MANAGER)).toEqual(["INVALID_STATE", "id"]);
  expect(await act(world, "approve", { id: count.id }, { ...MANAGER, client: "boss" })).toMatchObject({ status: "APPROVED" });
  expect([await onHand(world, "COSTLY"), await onHand(world, "MANY")]).toEqual([
    [199, "9950.000000"],
    [106, "106.000000"],
  ]);
});

test("units, found places, new lots, and a loss below what is allocated", async () => {
  await world.stock({ A: 30 });
  await world.must(SAVE_ITEM, { sku: "BOX", name: "In boxes", units: [{ code: "CASE", factor: 12 }] });
  await world.must(SAVE_ITEM, { sku: "L", name: "By lot", tracking: "LOT" });
  await post("PURCHASE_RECEIPT", [
    { sku: "BOX", quantity: 20, unitCost: "1.00" },
    { sku: "L", quantity: 3, lot: "L1", unitCost: "4.00" },
  ]);
  await world.allocate({ A: 30 });
  const count = await create();
  const lines = [
    { sku: "A", ...shelf, counted: 25 },
    { sku: "A", location: "RECEIVING", status: "DAMAGED", counted: 2 },
    { sku: "BOX", ...shelf, counted: 2, unit: "CASE" },
    { sku: "BOX", ...shelf, counted: 1 },
    { sku: "L", ...shelf, lot: "L1", counted: 0 },
    { sku: "L", ...shelf, lot: "L2", lotExpiresOn: "2099-01-01", counted: 4 },
  ];
  expect(await act(world, "record", { id: count.id, lines })).toMatchObject({ status: "COUNTED", pendingLines: 5 });
  await act(world, "approve", { id: count.id, lines: [{ sku: "A", ...shelf }] }, MANAGER);
  const [stock] = await world.db.query("SELECT sellable, allocated FROM item_stock WHERE sku = 'A'");
  expect(stock).toEqual({ sellable: 25, allocated: 30 });
  expect(await act(world, "approve", { id: count.id }, MANAGER)).toMatchObject({ status: "APPROVED" });
  const places = await world.db.query(
    "SELECT sku, location, lot, status, quantity FROM stock_balance WHERE quantity > 0 ORDER BY sku, location, lot, status",
  );
  expect(places).toEqual([
    { sku: "A", location: "RECEIVING", lot: "", status: "DAMAGED", quantity: 2 },
    { sku: "A", location: "STORAGE", lot: "", status: "AVAILABLE", quantity: 25 },
    { sku: "BOX", location: "STORAGE", lot: "", status: "AVAILABLE", quantity: 25 },
    { sku: "L", location: "STORAGE", lot: "L2", status: "AVAILABLE", quantity: 4 },
  ]);
  expect(await onHand(world, "L")).toEqual([4, "16.000000"]);
});

test("serial numbers: who is missing is lost, who was found comes in, though the figures agree", async () => {
  await world.must(SAVE_ITEM, { sku: "S", name: "By serial", tracking: "SERIAL" });
  await post("PURCHASE_RECEIPT", [{ sku: "S", quantity: 3, serials: ["S1", "S2", "S3"], unitCost: "5.00" }]);
  await post("PURCHASE_RECEIPT", [{ sku: "S", quantity: 1, serials: ["S9"], location: "RECEIVING", unitCost: "5.00" }]);
  const count = await create({ skus: ["S"], locations: ["STORAGE"] });
  const record = (serials: string[], counted = serials.length) => ({ id: count.id, lines: [{ sku: "S", ...shelf, serials, counted }] });
  expect(await refused(world, source("record", OPERATOR), record(["S1", "S9"]))).toEqual(["CONFLICT", "lines.0.serials"]);
  expect(await refused(world, source("record", OPERATOR), record(["S1", "S2"], 3))).toEqual(["INVALID_INPUT", "lines.0.serials"]);
  await act(world, "record", record(["S1", "S2", "S4"]));
  const seen = (await world.ask(READ, { id: count.id }, MANAGER)).data.stockCount;
  expect(line(seen, "S")).toMatchObject({ variance: 0, withinTolerance: false, serials: ["S1", "S2", "S4"] });
  const done = await act(world, "approve", { id: count.id }, MANAGER);
  expect(done.movements.map(({ type }: { type: string }) => type)).toEqual(["COUNT_LOSS", "COUNT_GAIN"]);
  const there = await world.db.query("SELECT serial FROM serial WHERE warehouse = 'W1' AND location = 'STORAGE' ORDER BY serial");
  expect(there).toEqual([{ serial: "S1" }, { serial: "S2" }, { serial: "S4" }]);
});
