import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { POST, SAVE_ITEM, SAVE_WAREHOUSE, shipAll, warehouseWorld, type WarehouseWorld } from "./support";
import { allOf, bookedBy, CANCEL, CREATE, expectGoods, keyed, receive, RECEIVE, UPDATE } from "./inbound-support";

let world: WarehouseWorld;
const INBOUNDS = `query ($warehouse: ID, $status: InboundStatus, $first: Int, $after: String) {
  inboundShipments(warehouse: $warehouse, status: $status, first: $first, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } }`;
const lineOf = (sku: string, expected: number, received: number, rejected = 0) => ({ item: { sku }, expected, received, rejected });
const balances = (sku: string) =>
  world.db.query<object>(
    "SELECT location, lot, status, quantity FROM stock_balance WHERE sku = ? AND quantity > 0 ORDER BY location, lot, status",
    [sku],
  );
const rests = async (id: string) =>
  (await world.told("InboundChanged"))
    .filter((event) => event.type === "InboundChanged" && event.inboundId === id)
    .map((event) => [
      event.aggregates[`inbound:${id}`],
      ...(event as { lines: { quantity: number }[] }).lines.map(({ quantity }) => quantity),
    ]);

beforeAll(async () => {
  world = await warehouseWorld({ poolSize: 12 });
  const items: object[] = [
    { sku: "A", units: [{ code: "case", factor: 24 }] },
    { sku: "B" },
    { sku: "L", tracking: "LOT" },
    { sku: "S", tracking: "SERIAL", costingMethod: "FIFO" },
    { sku: "P" },
    { sku: "M" },
  ];
  for (const item of items) await world.must(SAVE_ITEM, { name: "An item", ...item });
  await world.must(SAVE_WAREHOUSE, { code: "W2", name: "Two", currency: "EUR", address: { countryCode: "DE" } });
});
afterAll(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

test("a purchase: 12 cases of 24, some of them rejected, the rest closed short", async () => {
  const due = "2026-12-01T08:00:00.000Z";
  const lines = [
    { sku: "A", quantity: 12, unit: "case", unitCost: "0.50" },
    { sku: "B", quantity: 10, unitCost: "2.00" },
  ];
  const made = await expectGoods(world, "PURCHASE", "PO-1", lines, { supplier: "ACME", expectedAt: due });
  expect(made).toMatchObject({
    kind: "PURCHASE",
    status: "EXPECTED",
    supplier: "ACME",
    expectedAt: due,
    warehouse: { code: "W1" },
    order: null,
  });
  expect(made.lines).toEqual([lineOf("A", 288, 0), lineOf("B", 10, 0)]);
  const some = await receive(world, made.id, [
    { sku: "A", quantity: 5, unit: "case", rejected: 1, rejectReason: "wet" },
    { sku: "A", quantity: 2, unit: "case", location: "RECEIVING", status: "QUARANTINE" },
  ]);
  expect([some.status, some.lines[0]]).toEqual(["PARTIALLY_RECEIVED", lineOf("A", 288, 168, 24)]);
  expect(await balances("A")).toEqual([
    { location: "RECEIVING", lot: "", status: "QUARANTINE", quantity: 48 },
    { location: expect.any(String), lot: "", status: "AVAILABLE", quantity: 120 },
  ]);
  const done = await receive(world, made.id, [{ sku: "B", quantity: 10 }], { final: true });
  expect([done.status, done.lines]).toEqual(["RECEIVED", [lineOf("A", 288, 168, 24), lineOf("B", 10, 10)]]);
  expect(await bookedBy(world, "PO-1")).toEqual([
    "PURCHASE_RECEIPT 1400 Dr 60.000000",
    "PURCHASE_RECEIPT 2100 Cr 60.000000",
    "PURCHASE_RECEIPT 1400 Dr 24.000000",
    "PURCHASE_RECEIPT 2100 Cr 24.000000",
    "PURCHASE_RECEIPT 1400 Dr 20.000000",
    "PURCHASE_RECEIPT 2100 Cr 20.000000",
  ]);
  expect(await rests(made.id)).toEqual([
    [1, 288, 10],
    [2, 96, 10],
    [3, 0, 0],
  ]);
  const steps = await world.db.query("SELECT version, status, note, actor FROM inbound_step WHERE inbound_id = ? ORDER BY version", [
    made.id,
  ]);
  expect(steps).toMatchObject([
    { version: expect.anything(), status: "EXPECTED", note: "created", actor: "floor" },
    { status: "PARTIALLY_RECEIVED", note: "received" },
    { status: "RECEIVED", note: "received, closed" },
  ]);
  const sums = await world.db.query<Record<string, unknown>>(
    `SELECT s.sku FROM inbound_step_line s JOIN inbound_line l ON l.inbound_id = s.inbound_id AND l.sku = s.sku
     GROUP BY s.inbound_id, s.sku, l.expected, l.received, l.rejected
     HAVING SUM(s.expected) <> l.expected OR SUM(s.received) <> l.received OR SUM(s.rejected) <> l.rejected`,
  );
  expect(sums).toEqual([]);
  const reasons = await world.db.query("SELECT reject_reason AS reason FROM inbound_step_line WHERE inbound_id = ? AND rejected > 0", [
    made.id,
  ]);
  expect(reasons).toEqual([{ reason: "wet" }]);
});

test("the lower rest is told before what came in", async () => {
  const { id } = await expectGoods(world, "PURCHASE", "PO-2", [{ sku: "B", quantity: 4, unitCost: "1.00" }]);
  await receive(world, id, [{ sku: "B", quantity: 4 }]);
  const told = await world.told("InboundChanged", "StockMoved");
  expect(told.slice(-2).map(({ type }) => type)).toEqual(["InboundChanged", "StockMoved"]);
});

test("over-receipt: so many per cent more may come, and not one unit beyond", async () => {
  const { id } = await expectGoods(world, "PURCHASE", "PO-3", [{ sku: "B", quantity: 19, unitCost: "1.00" }], { overReceiptPercent: 10.5 });
  await receive(world, id, [{ sku: "B", quantity: 18 }]);
  const before = await allOf(world);
  const beyond = await world.ask(RECEIVE, {
    input: keyed({
      id,
      lines: [
        { sku: "B", quantity: 1 },
        { sku: "B", quantity: 2 },
      ],
    }),
  });
  expect(beyond.data.receiveInbound.userErrors).toMatchObject([{ code: "LIMIT_EXCEEDED", field: ["input", "lines", "1", "quantity"] }]);
  expect(await allOf(world)).toEqual(before);
  const done = await receive(world, id, [{ sku: "B", quantity: 2 }]);
  expect([done.status, done.lines]).toEqual(["RECEIVED", [lineOf("B", 19, 20)]]);
});

test("a return comes at the cost it left with, to QUARANTINE, and knows its order", async () => {
  await world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse: "W1", lines: [{ sku: "P", quantity: 10, unitCost: "3.00" }] }));
  const shipment = await world.allocate({ P: 4 }, { orderRef: "O-77" });
  await shipAll(world, shipment, { P: 4 });
  await world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse: "W1", lines: [{ sku: "P", quantity: 10, unitCost: "9.00" }] }));
  const { id, order } = await expectGoods(world, "RETURN", "O-77", [{ sku: "P", quantity: 4 }]);
  expect(order).toEqual({ orderRef: "O-77" });
  const doubled = await world.ask(POST, {
    input: keyed({ type: "CUSTOMER_RETURN", warehouse: "W1", orderRef: "O-77", lines: [{ sku: "P", quantity: 1 }] }),
  });
  expect(doubled.data.postMovement.userErrors).toMatchObject([{ code: "INVALID_STATE", message: expect.stringContaining(id) }]);
  await receive(world, id, [
    { sku: "P", quantity: 2 },
    { sku: "P", quantity: 1, scrap: true },
  ]);
  expect(await bookedBy(world, "O-77")).toEqual([
    "CUSTOMER_RETURN 1400 Dr 6.000000",
    "CUSTOMER_RETURN 5000 Cr 6.000000",
    "CUSTOMER_RETURN 1400 Dr 3.000000",
    "CUSTOMER_RETURN 5000 Cr 3.000000",
    // At what a unit costs there now: (18 + 90 + 9) / 19.
    "SCRAP_ISSUE 1400 Cr 6.157895",
    "SCRAP_ISSUE 5910 Dr 6.157895",
  ]);
  expect(await balances("P")).toContainEqual(expect.objectContaining({ status: "QUARANTINE", quantity: 2 }));
  expect(await rests(id)).toEqual([]);
  await receive(world, id, [], { final: true });
  await world.must(POST, keyed({ type: "CUSTOMER_RETURN", warehouse: "W1", orderRef: "O-77", lines: [{ sku: "P", quantity: 1 }] }));
});

test("a transfer comes at the cost it left with", async () => {
  await world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse: "W2", lines: [{ sku: "M", quantity: 5, unitCost: "7.00" }] }));
  await world.must(
    POST,
    keyed({ type: "TRANSFER_OUT", warehouse: "W2", document: { type: "TRANSFER", number: "T-1" }, lines: [{ sku: "M", quantity: 3 }] }),
  );
  const { id } = await expectGoods(world, "TRANSFER", "T-1", [{ sku: "M", quantity: 3 }]);
  await receive(world, id, [{ sku: "M", quantity: 3 }]);
  expect((await bookedBy(world, "T-1")).slice(-2)).toEqual(["TRANSFER_IN 1400 Dr 21.000000", "TRANSFER_IN 1420 Cr 21.000000"]);
});

test("lots with their day, serial numbers, and what is scrapped at once", async () => {
  const { id } = await expectGoods(world, "PRODUCTION", "WO-1", [
    { sku: "L", quantity: 6, unitCost: "1.00" },
    { sku: "S", quantity: 2, unitCost: "5.00" },
  ]);
  await receive(world, id, [
    { sku: "L", quantity: 4, lot: "L1", lotExpiresOn: "2030-01-31" },
    { sku: "L", quantity: 2, lot: "L2", scrap: true },
    { sku: "S", quantity: 2, serials: ["S-1", "S-2"] },
  ]);
  expect(await balances("L")).toEqual([{ location: expect.any(String), lot: "L1", status: "AVAILABLE", quantity: 4 }]);
  const types = await world.db.query<{ type: string }>("SELECT type FROM movement WHERE inbound_id = ? ORDER BY id", [id]);
  expect(types.map(({ type }) => type)).toEqual(["PRODUCTION_RECEIPT", "SCRAP_ISSUE"]);
  const serials = await world.db.query<{ serial: string }>(
    "SELECT serial FROM serial WHERE sku = 'S' AND warehouse = 'W1' ORDER BY serial",
  );
  expect(serials.map(({ serial }) => serial)).toEqual(["S-1", "S-2"]);
});

test("another date, other lines; what has come stays", async () => {
  const { id } = await expectGoods(world, "PURCHASE", "PO-4", [
    { sku: "A", quantity: 5, unitCost: "1.00" },
    { sku: "B", quantity: 5 },
  ]);
  await receive(world, id, [{ sku: "A", quantity: 2 }]);
  const input = keyed({
    id,
    expectedAt: "2027-01-01T00:00:00.000Z",
    lines: [
      { sku: "A", quantity: 3 },
      { sku: "M", quantity: 1 },
    ],
  });
  const { inbound } = await world.must(UPDATE, input);
  expect(inbound).toMatchObject({ expectedAt: input.expectedAt, lines: [lineOf("A", 3, 2), lineOf("M", 1, 0)] });
  expect((await rests(id)).slice(-1)).toEqual([[3, 1, 1, 0]]);
  const met = await world.must(UPDATE, keyed({ id, lines: [{ sku: "A", quantity: 2 }] }));
  expect(met.inbound.status).toBe("RECEIVED");
});

test("each step once, whatever is sent again", async () => {
  const create = keyed({
    kind: "PURCHASE",
    document: { type: "PO", number: "PO-5" },
    warehouse: "W1",
    lines: [{ sku: "B", quantity: 6, unitCost: "1.00" }],
  });
  const { inbound } = await world.must(CREATE, create);
  expect((await world.must(CREATE, create)).inbound.id).toBe(inbound.id);
  const [update, take] = [
    keyed({ id: inbound.id, lines: [{ sku: "B", quantity: 7 }] }),
    keyed({ id: inbound.id, lines: [{ sku: "B", quantity: 7 }] }),
  ];
  await world.must(UPDATE, update);
  await world.must(RECEIVE, take);
  const before = await allOf(world);
  for (const [mutation, input] of [
    [UPDATE, update],
    [RECEIVE, take],
  ] as const)
    expect((await world.must(mutation, input)).inbound.status).toBe("RECEIVED");
  const reused = await world.ask(RECEIVE, { input: { ...take, final: true } });
  expect(reused.data.receiveInbound.userErrors).toMatchObject([{ code: "IDEMPOTENCY_KEY_REUSED" }]);
  expect(await allOf(world)).toEqual(before);
  const other = await expectGoods(world, "PURCHASE", "PO-6", [{ sku: "B", quantity: 1 }]);
  const cancel = keyed({ id: other.id });
  for (let i = 0; i < 2; i++) expect((await world.must(CANCEL, cancel)).inbound.status).toBe("CANCELLED");
  expect((await rests(other.id)).slice(-1)).toEqual([[2, 0]]);
});

test("two receivers at once, ten times over: as many as are expected, and no more", async () => {
  const { id } = await expectGoods(world, "PURCHASE", "PO-7", [{ sku: "B", quantity: 10, unitCost: "1.00" }]);
  const [{ n }] = await world.db.query<{ n: string }>("SELECT on_hand AS n FROM item_stock WHERE warehouse = 'W1' AND sku = 'B'");
  const input = () => keyed({ id, lines: [{ sku: "B", quantity: 3 }] });
  const same = input();
  const answers = await Promise.all([same, same, ...Array.from({ length: 9 }, input)].map((one) => world.ask(RECEIVE, { input: one })));
  const codes = answers.map(({ data }) => data.receiveInbound.userErrors[0]?.code ?? "received");
  expect(codes.filter((code) => code === "LIMIT_EXCEEDED").length).toBe(11 - codes.filter((code) => code === "received").length);
  expect([3, 4]).toContain(codes.filter((code) => code === "received").length);
  const [line] = await world.db.query<{ received: number }>("SELECT received FROM inbound_line WHERE inbound_id = ?", [id]);
  const [{ n: now }] = await world.db.query<{ n: string }>("SELECT on_hand AS n FROM item_stock WHERE warehouse = 'W1' AND sku = 'B'");
  expect([line.received, Number(now) - Number(n)]).toEqual([9, 9]);
});

test("two who expect the same document at once: one of them", async () => {
  const input = () =>
    keyed({ kind: "TRANSFER", document: { type: "T", number: "T-9" }, warehouse: "W1", lines: [{ sku: "A", quantity: 1 }] });
  const answers = await Promise.all(Array.from({ length: 6 }, () => world.ask(CREATE, { input: input() })));
  const codes = answers.map(({ data }) => data.createInbound.userErrors[0]?.code ?? "made");
  expect(codes.filter((code) => code === "made")).toHaveLength(1);
  expect(codes.filter((code) => code === "CONFLICT")).toHaveLength(5);
});

test("pages by warehouse and status, oldest first", async () => {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const { data } = await world.ask(INBOUNDS, { warehouse: "W1", status: "RECEIVED", first: 2, after });
    ids.push(...data.inboundShipments.nodes.map(({ id }: { id: string }) => id));
    after = data.inboundShipments.pageInfo.endCursor;
    if (!data.inboundShipments.pageInfo.hasNextPage) break;
  }
  const rows = await world.db.query<{ id: string }>(
    "SELECT id FROM inbound_shipment WHERE status = 'RECEIVED' AND warehouse = 'W1' ORDER BY id",
  );
  expect(ids).toEqual(rows.map(({ id }) => id));
  expect(ids.length).toBeGreaterThan(4);
});
