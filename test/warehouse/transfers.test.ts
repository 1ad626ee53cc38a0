import type { AllocationMade } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { allOf, bookedBy, CANCEL, keyed, openOn, receive, RECEIVE, refusal, UPDATE } from "./inbound-support";
import { DELIVER, PACK, PICK, POST, SAVE_ITEM, SAVE_WAREHOUSE, SHIP, shipAll, START, warehouseWorld, type WarehouseWorld } from "./support";

/** Transfers that dispatch released: what leaves into the other warehouse's TRANSIT, what comes of it, and what each step books. */
let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  for (const [code, currency] of [
    ["W2", "EUR"],
    ["US", "USD"],
  ])
    await world.must(SAVE_WAREHOUSE, { code, name: code, currency, address: { countryCode: "DE" } });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

/** A new item with what was bought of it, receipt by receipt. */
async function bought(item: object, receipts: [units: number, unitCost: string, more?: object][], warehouse = "W1"): Promise<string> {
  const sku = `T-${newId().slice(-8)}`;
  await world.must(SAVE_ITEM, { sku, name: sku, ...item });
  for (const [quantity, unitCost, more = {}] of receipts) await buy(sku, quantity, unitCost, more, warehouse);
  return sku;
}
const buy = (sku: string, quantity: number, unitCost: string, more: object = {}, warehouse = "W1") =>
  world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse, lines: [{ sku, quantity, unitCost, ...more }] }));
/** Handed to the floor of W1 as dispatch does it; gives back the transfer's id. */
const released = (units: Record<string, number>, to = "W2", more: Partial<AllocationMade> = {}) =>
  world.allocate(units, { orderRef: "", shipTo: null, transfer: { to, expectedAt: "2030-01-02T00:00:00.000Z" }, ...more });
async function sent(units: Record<string, number>): Promise<string> {
  const id = await released(units);
  await shipAll(world, id, units);
  return id;
}
const progressOf = async (id: string) =>
  (await world.told("TransferProgressed")).filter((event) => event.type === "TransferProgressed" && event.transferId === id);
const placesOf = async (sku: string, warehouse = "W2") =>
  (
    await world.db.query<{ kind: string; lot: string; status: string; quantity: number }>(
      `SELECT p.kind, b.lot, b.status, b.quantity FROM stock_balance b JOIN location p ON p.warehouse = b.warehouse AND p.code = b.location
       WHERE b.sku = ? AND b.warehouse = ? AND b.quantity > 0 ORDER BY p.kind, b.lot, b.status`,
      [sku, warehouse],
    )
  ).map(({ kind, lot, status, quantity }) => [kind, lot, status, quantity].filter((part) => part !== "").join(" "));

test("moving average: out at the average, on its way at the same value, in with it, and the rest is lost", async () => {
  const sku = await bought({}, [
    [10, "2"],
    [10, "4"],
  ]); // 3.00 each.
  await buy(sku, 1, "9.00", {}, "W2");
  const id = await sent({ [sku]: 8 });
  expect(await bookedBy(world, id)).toEqual([
    "TRANSFER_OUT 1400 Cr 24.000000",
    "TRANSFER_OUT 1420 Dr 24.000000",
    "TRANSFER_IN 1410 Dr 24.000000",
    "TRANSFER_IN 1420 Cr 24.000000",
  ]);
  expect([await openOn(world, "1420", id), await openOn(world, "1410", id)]).toEqual([0, 24]);
  expect([await placesOf(sku, "W1"), await placesOf(sku)]).toEqual([
    ["STORAGE AVAILABLE 12"],
    ["STORAGE AVAILABLE 1", "TRANSIT AVAILABLE 8"],
  ]);
  const { data } = await world.ask(`{ inboundShipment(id: "${id}") { kind status warehouse { code } expectedAt lines { expected received } }
    outboundShipment(id: "${id}") { kind status order { orderRef } } }`);
  expect(data.inboundShipment).toEqual({
    kind: "TRANSFER",
    status: "EXPECTED",
    warehouse: { code: "W2" },
    expectedAt: "2030-01-02T00:00:00.000Z",
    lines: [{ expected: 8, received: 0 }],
  });
  expect(data.outboundShipment).toEqual({ kind: "TRANSFER", status: "SHIPPED", order: null });
  await receive(world, id, [{ sku, quantity: 5 }]);
  await receive(world, id, [{ sku, quantity: 1, status: "QUARANTINE" }]);
  await receive(world, id, [{ sku, quantity: 0, rejected: 1, rejectReason: "crushed" }]);
  expect((await receive(world, id, [], { final: true })).status).toBe("RECEIVED");
  expect((await bookedBy(world, id)).slice(4)).toEqual([
    "BIN_MOVE 1410 Cr 15.000000",
    "BIN_MOVE 1400 Dr 15.000000",
    "BIN_MOVE 1410 Cr 3.000000",
    "BIN_MOVE 1400 Dr 3.000000",
    "TRANSFER_LOSS 1410 Cr 3.000000",
    "TRANSFER_LOSS 5920 Dr 3.000000",
    "TRANSFER_LOSS 1410 Cr 3.000000",
    "TRANSFER_LOSS 5920 Dr 3.000000",
  ]);
  expect([await openOn(world, "1420", id), await openOn(world, "1410", id)]).toEqual([0, 0]);
  expect(await placesOf(sku)).toEqual(["STORAGE AVAILABLE 6", "STORAGE QUARANTINE 1"]);
});

test("what the others are told: it has left, is expected, has come, and what of it never did", async () => {
  const sku = await bought({}, [[10, "1"]]);
  const before = (await world.told("StockMoved")).length;
  const id = await sent({ [sku]: 4 });
  await receive(world, id, [{ sku, quantity: 3 }]);
  await receive(world, id, [], { final: true });
  expect((await world.told("ShipmentShipped")).at(-1)).toMatchObject({ shipmentId: id, warehouse: "W1", lines: [{ sku, quantity: 4 }] });
  const moved = (await world.told("StockMoved")).slice(before);
  expect(moved).toMatchObject([{ warehouse: "W2", lines: [{ sku, delta: 3 }] }]);
  const inbound = (await world.told("InboundChanged")).filter((event) => event.type === "InboundChanged" && event.inboundId === id);
  expect(inbound).toMatchObject(
    [4, 1, 0].map((quantity) => ({
      kind: "TRANSFER",
      warehouse: "W2",
      document: { type: "TRANSFER", number: id },
      lines: [{ sku, quantity }],
    })),
  );
  const progress = await progressOf(id);
  expect(progress).toMatchObject([
    { status: "PARTIALLY_RECEIVED", warehouse: "W2", lines: [{ sku, received: 3, lost: 0 }] },
    { status: "RECEIVED", lines: [{ sku, received: 3, lost: 1 }] },
  ]);
  // The open rest before the units that came in: no unit is promised twice; how the transfer stands last.
  expect(inbound[1].position).toBeLessThan(moved[0].position);
  expect(moved[0].position).toBeLessThan(progress[0].position);
  const { data } = await world.ask(`{ outboundShipment(id: "${id}") { status } }`);
  expect(data.outboundShipment.status).toBe("DELIVERED");
});

test("FIFO: the oldest layers leave, and arrive worth what they left with", async () => {
  const sku = await bought({ costingMethod: "FIFO" }, [
    [5, "1"],
    [5, "3"],
  ]);
  const id = await sent({ [sku]: 7 });
  await receive(world, id, [{ sku, quantity: 3 }]);
  await receive(world, id, [], { final: true });
  // Five at 1 and two at 3 are 11: three of these seven, and the other four.
  expect(await bookedBy(world, id)).toEqual([
    "TRANSFER_OUT 1400 Cr 11.000000",
    "TRANSFER_OUT 1420 Dr 11.000000",
    "TRANSFER_IN 1410 Dr 11.000000",
    "TRANSFER_IN 1420 Cr 11.000000",
    "BIN_MOVE 1410 Cr 4.714286",
    "BIN_MOVE 1400 Dr 4.714286",
    "TRANSFER_LOSS 1410 Cr 6.285714",
    "TRANSFER_LOSS 5920 Dr 6.285714",
  ]);
});

test("STANDARD: each warehouse at its own standard, and what is between them is a variance", async () => {
  const sku = await bought({ costingMethod: "STANDARD", standardCost: "10" }, [[10, "10"]]);
  await buy(sku, 1, "10", {}, "W2");
  await world.must(POST, keyed({ type: "COST_ADJUSTMENT", warehouse: "W2", lines: [{ sku, quantity: 0, unitCost: "12" }] }));
  const id = await sent({ [sku]: 4 });
  await receive(world, id, [{ sku, quantity: 3 }], { final: true });
  expect(await bookedBy(world, id)).toEqual([
    "TRANSFER_OUT 1400 Cr 40.000000",
    "TRANSFER_OUT 1420 Dr 40.000000",
    "TRANSFER_IN 1410 Dr 48.000000",
    "TRANSFER_IN 1420 Cr 40.000000",
    "TRANSFER_IN 5100 Cr 8.000000",
    "BIN_MOVE 1410 Cr 36.000000",
    "BIN_MOVE 1400 Dr 36.000000",
    "TRANSFER_LOSS 1410 Cr 12.000000",
    "TRANSFER_LOSS 5920 Dr 12.000000",
  ]);
  expect(await openOn(world, "1410", id)).toBe(0);
});

test.each(["MOVING_AVERAGE", "FIFO"])(
  "%s: two transfers of one item on the way, each clears its own goods in transit",
  async (costingMethod) => {
    const sku = await bought({ costingMethod }, [[4, "2"]]);
    const cheap = await sent({ [sku]: 4 });
    await buy(sku, 4, "5");
    const dear = await sent({ [sku]: 4 });
    expect([await openOn(world, "1410", cheap), await openOn(world, "1410", dear)]).toEqual([8, 20]);
    await receive(world, dear, [{ sku, quantity: 3 }]);
    expect([await openOn(world, "1410", cheap), await openOn(world, "1410", dear)]).toEqual([8, 5]);
    await receive(world, cheap, [], { final: true });
    await receive(world, dear, [{ sku, quantity: 1 }]);
    expect([await openOn(world, "1410", cheap), await openOn(world, "1410", dear)]).toEqual([0, 0]);
    expect((await bookedBy(world, cheap)).slice(4)).toEqual(["TRANSFER_LOSS 1410 Cr 8.000000", "TRANSFER_LOSS 5920 Dr 8.000000"]);
  },
);

test("lots and serial numbers go along; what is recalled on its way arrives BLOCKED", async () => {
  const expiry = { lotExpiresOn: "2031-05-05" };
  const lots = await bought({ tracking: "LOT" }, [
    [4, "1", { lot: "L1", ...expiry }],
    [4, "1", { lot: "L2" }],
  ]);
  const serials = await bought({ tracking: "SERIAL" }, [[3, "5", { serials: ["N1", "N2", "N3"] }]]);
  const id = await released({ [lots]: 6, [serials]: 3 });
  await world.must(START, keyed({ id }));
  const picks = [
    { sku: lots, quantity: 4, lot: "L1" },
    { sku: lots, quantity: 2, lot: "L2" },
    { sku: serials, quantity: 3, serials: ["N1", "N2", "N3"] },
  ];
  await world.must(PICK, keyed({ id, picks }));
  await world.must(PACK, keyed({ id }));
  await world.must(SHIP, keyed({ id }));
  expect(await placesOf(lots)).toEqual(["TRANSIT L1 AVAILABLE 4", "TRANSIT L2 AVAILABLE 2"]);
  const lot = await world.db.query("SELECT CAST(expires_on AS CHAR) AS day FROM lot WHERE sku = ? AND code = 'L1'", [lots]);
  expect(lot).toEqual([{ day: "2031-05-05" }]);
  const serialsNow = async () =>
    (
      await world.db.query<{ serial: string; warehouse: string | null }>(
        "SELECT serial, warehouse FROM serial WHERE sku = ? ORDER BY serial",
        [serials],
      )
    ).map(({ serial, warehouse }) => `${serial} ${warehouse ?? "-"}`);
  expect(await serialsNow()).toEqual(["N1 W2", "N2 W2", "N3 W2"]);
  const BLOCK = "mutation ($input: BlockLotInput!) { blockLot(input: $input) { lot { code } userErrors { code message field } } }";
  await world.must(BLOCK, keyed({ sku: lots, lot: "L1", blocked: true, reason: "glass" }));
  const strange = keyed({ id, lines: [{ sku: serials, quantity: 1, serials: ["N9"] }] });
  expect(await refusal(world, RECEIVE, { input: strange })).toBe("INVALID_INPUT input.lines.0.serials");
  const tooMany = keyed({ id, lines: [{ sku: lots, quantity: 3, lot: "L2" }] });
  expect(await refusal(world, RECEIVE, { input: tooMany })).toBe("INVALID_INPUT input.lines.0.quantity");
  await receive(world, id, [
    { sku: lots, quantity: 3, lot: "L1" },
    { sku: lots, quantity: 2, lot: "L2" },
    { sku: serials, quantity: 2, serials: ["N1", "N3"] },
  ]);
  await receive(world, id, [], { final: true });
  expect(await placesOf(lots)).toEqual(["STORAGE L1 BLOCKED 3", "STORAGE L2 AVAILABLE 2"]);
  expect(await serialsNow()).toEqual(["N1 W2", "N2 -", "N3 W2"]);
  expect(await progressOf(id)).toMatchObject([
    {},
    { status: "RECEIVED", lines: expect.arrayContaining([{ sku: serials, received: 2, lost: 1 }]) },
  ]);
});

test("a short pick sends what was found; one that was stopped in time is put back, after shipping it is too late", async () => {
  const sku = await bought({}, [[9, "1"]]);
  const id = await released({ [sku]: 4 });
  await world.must(START, keyed({ id }));
  await world.must(PICK, keyed({ id, picks: [{ sku, quantity: 3, short: 1 }] }));
  await world.must(PACK, keyed({ id }));
  await world.must(SHIP, keyed({ id }));
  expect((await world.told("ShipmentShort")).at(-1)).toMatchObject({ shipmentId: id, lines: [{ sku, quantity: 1 }] });
  expect((await world.told("ShipmentShipped")).at(-1)).toMatchObject({ shipmentId: id, lines: [{ sku, quantity: 3 }] });
  const stop = async (allocationId: string, units: number) => {
    const asked = { allocationId, cancellationId: newId(), orderRef: "", warehouse: "W1", lines: [{ sku, quantity: units }] };
    world.dispatch.tell({ type: "ShipmentCancelRequested", ...asked }, "shop");
    await world.ask("{ merchants { code } }");
    return (await world.told("ShipmentCancelDecided")).at(-1);
  };
  expect(await stop(id, 3)).toMatchObject({ shipmentId: id, stopped: [], tooLate: [{ sku, quantity: 3 }] });
  const other = await released({ [sku]: 2 });
  expect(await stop(other, 2)).toMatchObject({ shipmentId: other, status: "CANCELLED", stopped: [{ sku, quantity: 2 }] });
  expect(await bookedBy(world, other)).toEqual([]);
  await receive(world, id, [{ sku, quantity: 3 }]);
});

test("refused: what a transfer moves is moved by its shipment and its receipt alone, and never into other books", async () => {
  const sku = await bought({}, [[9, "1"]]);
  const id = await sent({ [sku]: 2 });
  const abroad = await released({ [sku]: 2 }, "US");
  await world.must(START, keyed({ id: abroad }));
  await world.must(PICK, keyed({ id: abroad, picks: [{ sku, quantity: 2 }] }));
  await world.must(PACK, keyed({ id: abroad }));
  const document = { type: "TRANSFER", number: id };
  const byHand = (type: string, warehouse: string) => keyed({ type, warehouse, document, lines: [{ sku, quantity: 1 }] });
  const [{ movement }] = await world.db.query<{ movement: string }>(
    "SELECT id AS movement FROM movement WHERE type = 'TRANSFER_OUT' AND document_number = ?",
    [id],
  );
  const REVERSE =
    "mutation ($input: ReverseMovementInput!) { reverseMovement(input: $input) { movement { id } userErrors { code message field } } }";
  const rows: [string, string, object, string][] = [
    ["more leaves", POST, byHand("TRANSFER_OUT", "W1"), "INVALID_STATE input.document"],
    ["it comes by hand", POST, byHand("TRANSFER_IN", "W2"), "INVALID_STATE input.document"],
    ["a loss by hand", POST, { ...byHand("TRANSFER_LOSS", "W2") }, "INVALID_INPUT input.type"],
    ["its movement is reversed", REVERSE, keyed({ movementId: movement, reason: "oops" }), "INVALID_STATE input.movementId"],
    ["more has come than was sent", RECEIVE, keyed({ id, lines: [{ sku, quantity: 3 }] }), "LIMIT_EXCEEDED input.lines.0.quantity"],
    ["what is on its way is cancelled", CANCEL, keyed({ id }), "INVALID_STATE input.id"],
    ["other units are expected", UPDATE, keyed({ id, lines: [{ sku, quantity: 9 }] }), "INVALID_STATE input.lines"],
    ["it is reported as delivered", DELIVER, keyed({ id, outcome: "DELIVERED" }), "INVALID_STATE input.id"],
    ["into a warehouse with other books", SHIP, keyed({ id: abroad }), "INVALID_STATE input.id"],
  ];
  const before = await allOf(world);
  for (const [what, mutation, input, answer] of rows) expect([what, await refusal(world, mutation, { input })]).toEqual([what, answer]);
  expect(await allOf(world)).toEqual(before);
  await receive(world, id, [{ sku, quantity: 2 }]);
});
