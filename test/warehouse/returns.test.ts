import type { EventLine, ReturnExpected } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { allOf, bookedBy, CANCEL, keyed, receive, RECEIVE, refusal, UPDATE } from "./inbound-support";
import { DELIVER, POST, SAVE_ITEM, SAVE_WAREHOUSE, SHIP, START, PICK, PACK, shipAll, warehouseWorld, type WarehouseWorld } from "./support";

/** Returns that dispatch announced: what comes in by which movement, at which cost, and what dispatch is told. */
let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.stock({ A: 10, B: 10 }, "2.00");
  await world.stock({ A: 10 }, "4.00"); // The average of A is 3.00.
  await world.must(SAVE_ITEM, { sku: "S", name: "Serial", tracking: "SERIAL" });
  const lines = [{ sku: "S", quantity: 3, unitCost: "10", serials: ["S-1", "S-2", "S-3"] }];
  await world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse: "W1", lines }));
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

const consume = () => world.ask("{ merchants { code } }");
async function sold(orderRef: string, units: Record<string, number>, exchange = false): Promise<string> {
  const id = await world.allocate(units, { orderRef, exchange });
  await shipAll(world, id, units);
  return id;
}
/** Announced by dispatch and consumed here; gives back the return's id. */
async function expectReturn(orderRef: string, units: Record<string, number>, more: Partial<ReturnExpected> = {}): Promise<string> {
  const returnId = more.returnId ?? newId();
  const lines = Object.entries(units).map(([sku, quantity]) => ({
    sku,
    quantity,
    lineRef: null,
    shipmentId: null,
    serials: null,
    reason: "too small",
  }));
  world.dispatch.tell({ type: "ReturnExpected", returnId, orderRef, warehouse: "W1", exchange: false, lines, ...more }, "shop");
  await consume();
  return returnId;
}
async function cancel(returnId: string, orderRef: string): Promise<void> {
  world.dispatch.tell({ type: "ReturnCancelRequested", returnId, orderRef, warehouse: "W1" }, "shop");
  await consume();
}
const progressOf = async (id: string) =>
  (await world.told("ReturnProgressed")).filter((event) => event.type === "ReturnProgressed" && event.returnId === id);
const typesOf = async (orderRef: string) =>
  (
    await world.db.query<{ type: string }>("SELECT type FROM movement WHERE order_ref = ? AND type <> 'BIN_MOVE' ORDER BY id", [orderRef])
  ).map(({ type }) => type);

test("each unit with its disposition, at the cost it left with; dispatch is told after the stock", async () => {
  await sold("R-ALL", { A: 8 });
  const id = await expectReturn("R-ALL", { A: 7 });
  await expectReturn("R-ALL", { A: 7 }, { returnId: id }); // Told twice, expected once.
  await world.stock({ A: 10 }, "9.00"); // What lies here costs more now; what comes back does not.
  const inbound = await receive(world, id, [
    { sku: "A", quantity: 2, status: "AVAILABLE" },
    { sku: "A", quantity: 1 },
    { sku: "A", quantity: 1, status: "DAMAGED" },
  ]);
  expect(inbound).toMatchObject({
    kind: "RETURN",
    status: "PARTIALLY_RECEIVED",
    document: { type: "RETURN", number: id },
    order: { orderRef: "R-ALL" },
  });
  await receive(world, id, [
    { sku: "A", quantity: 1, scrap: true },
    { sku: "A", quantity: 0, rejected: 1, rejectReason: "not ours" },
  ]);
  await receive(world, id, [], { final: true });
  const progress = await progressOf(id);
  expect(progress).toMatchObject([
    { status: "PARTIALLY_RECEIVED", lines: [{ sku: "A", restocked: 2, quarantined: 2, scrapped: 0, rejected: 0 }] },
    { status: "PARTIALLY_RECEIVED", lines: [{ sku: "A", restocked: 2, quarantined: 2, scrapped: 1, rejected: 1 }] },
    { status: "RECEIVED", client: "shop", orderRef: "R-ALL", warehouse: "W1" },
  ]);
  const moved = (await world.told("StockMoved")).filter((event) => event.type === "StockMoved" && event.movementType === "CUSTOMER_RETURN");
  expect(moved).toMatchObject([{ lines: [{ sku: "A", delta: 2 }] }]);
  expect(moved[0].position).toBeLessThan(progress[0].position);
  // Five at 3.00, of which one is thrown away, at what such units cost here: (12 at 3 + 10 at 9 + 5 at 3) / 27 = 5.222222.
  expect(await bookedBy(world, id)).toEqual([
    ...["6", "3", "3", "3"].flatMap((value) => [`CUSTOMER_RETURN 1400 Dr ${value}.000000`, `CUSTOMER_RETURN 5000 Cr ${value}.000000`]),
    "SCRAP_ISSUE 1400 Cr 5.222222",
    "SCRAP_ISSUE 5910 Dr 5.222222",
  ]);
});

test("a replacement leaves by EXCHANGE_OUT and is told as shipped; what it is exchanged for comes by EXCHANGE_IN", async () => {
  await sold("R-EX", { B: 2 });
  const before = (await world.told("StockMoved")).length;
  const replacement = await sold("R-EX", { B: 1 }, true);
  expect((await world.told("StockMoved")).length).toBe(before);
  expect((await world.told("ShipmentShipped")).at(-1)).toMatchObject({ shipmentId: replacement, lines: [{ sku: "B", quantity: 1 }] });
  const { data } = await world.ask(`{ outboundShipment(id: "${replacement}") { kind status } }`);
  expect(data.outboundShipment).toEqual({ kind: "EXCHANGE", status: "SHIPPED" });
  const id = await expectReturn("R-EX", { B: 3 }, { exchange: true });
  await receive(world, id, [{ sku: "B", quantity: 3, status: "AVAILABLE" }]);
  expect(await typesOf("R-EX")).toEqual(["SALES_ISSUE", "EXCHANGE_OUT", "EXCHANGE_IN"]);
  expect(await bookedBy(world, id)).toEqual(["EXCHANGE_IN 1400 Dr 6.000000", "EXCHANGE_IN 5000 Cr 6.000000"]);
  expect(await progressOf(id)).toMatchObject([{ status: "RECEIVED", lines: [{ sku: "B", restocked: 3 }] }]);
});

test("cancelled while nothing has come; what has come is the answer", async () => {
  await sold("R-STOP", { A: 3 });
  const stopped = await expectReturn("R-STOP", { A: 1 });
  await cancel(stopped, "R-STOP");
  await cancel(stopped, "R-STOP");
  expect(await progressOf(stopped)).toMatchObject([{ status: "CANCELLED", lines: [{ sku: "A", restocked: 0, rejected: 0 }] }]);
  const begun = await expectReturn("R-STOP", { A: 2 });
  await receive(world, begun, [{ sku: "A", quantity: 1 }]);
  await cancel(begun, "R-STOP");
  expect(await progressOf(begun)).toMatchObject([{ status: "PARTIALLY_RECEIVED", lines: [{ quarantined: 1 }] }]);
  await receive(world, begun, [], { final: true });
  // The floor may cancel as well: dispatch hears of it.
  const gone = await expectReturn("R-STOP", { A: 1 });
  await world.must(CANCEL, keyed({ id: gone }));
  expect(await progressOf(gone)).toMatchObject([{ status: "CANCELLED" }]);
});

test("cancelled and received at once: one of them, and dispatch hears which", async () => {
  const RIVALS = 8;
  await sold("R-RACE", { A: RIVALS });
  const ids: string[] = [];
  for (let i = 0; i < RIVALS; i++) ids.push(await expectReturn("R-RACE", { A: 1 }));
  const answers = await Promise.all(
    ids.map((id) => {
      world.dispatch.tell({ type: "ReturnCancelRequested", returnId: id, orderRef: "R-RACE", warehouse: "W1" }, "shop");
      return refusal(world, RECEIVE, { input: keyed({ id, lines: [{ sku: "A", quantity: 1 }] }) });
    }),
  );
  await consume();
  const received = answers.filter((answer) => answer === "").length;
  expect(answers.filter((answer) => answer === "INVALID_STATE input.id")).toHaveLength(RIVALS - received);
  for (const [i, id] of ids.entries()) {
    const status = answers[i] === "" ? "RECEIVED" : "CANCELLED";
    expect(await progressOf(id)).toMatchObject([{ status, lines: [{ quarantined: answers[i] === "" ? 1 : 0 }] }]);
  }
  expect((await typesOf("R-RACE")).filter((type) => type === "CUSTOMER_RETURN")).toHaveLength(received);
});

test("two returns of one order are open beside each other, and nothing of it is posted by hand meanwhile", async () => {
  await sold("R-TWO", { A: 2 });
  const [first, second] = [await expectReturn("R-TWO", { A: 1 }), await expectReturn("R-TWO", { A: 1 })];
  const byHand = { type: "CUSTOMER_RETURN", warehouse: "W1", orderRef: "R-TWO", lines: [{ sku: "A", quantity: 1 }] };
  const before = await allOf(world);
  expect(await refusal(world, POST, { input: keyed(byHand) })).toBe("INVALID_STATE input.orderRef");
  expect(await refusal(world, UPDATE, { input: keyed({ id: first, lines: [{ sku: "A", quantity: 5 }] }) })).toBe(
    "INVALID_STATE input.lines",
  );
  expect(await refusal(world, RECEIVE, { input: keyed({ id: first, lines: [{ sku: "A", quantity: 2 }] }) })).toBe(
    "LIMIT_EXCEEDED input.lines.0.quantity",
  );
  expect(await refusal(world, RECEIVE, { input: keyed({ id: first, lines: [{ sku: "B", quantity: 1 }] }) })).toBe(
    "INVALID_INPUT input.lines.0.sku",
  );
  expect(await allOf(world)).toEqual(before);
  await receive(world, first, [{ sku: "A", quantity: 1 }]);
  await receive(world, second, [{ sku: "A", quantity: 1 }]);
  expect(await refusal(world, POST, { input: keyed(byHand) })).toBe("INVALID_STATE input.lines.0");
});

test("serial numbers: those that left with the order, and of these those that were named", async () => {
  const other = await world.allocate({ S: 1 }, { orderRef: "R-OTHER" });
  await pickShip(other, [{ sku: "S", quantity: 1, serials: ["S-3"] }]);
  const shipment = await world.allocate({ S: 2 }, { orderRef: "R-SER" });
  await pickShip(shipment, [{ sku: "S", quantity: 2, serials: ["S-1", "S-2"] }]);
  const line = { sku: "S", quantity: 1, lineRef: "L1", shipmentId: shipment, serials: ["S-2"], reason: "broken" };
  const id = await expectReturn("R-SER", {}, { lines: [line] });
  const { data } = await world.ask(
    `{ inboundShipment(id: "${id}") { announced { item { sku } quantity lineRef shipmentId serials reason } } }`,
  );
  expect(data.inboundShipment.announced).toEqual([
    { item: { sku: "S" }, quantity: 1, lineRef: "L1", shipmentId: shipment, serials: ["S-2"], reason: "broken" },
  ]);
  const wrong = async (serial: string) =>
    refusal(world, RECEIVE, { input: keyed({ id, lines: [{ sku: "S", quantity: 1, serials: [serial] }] }) });
  expect(await wrong("S-3")).toBe("INVALID_INPUT input.lines.0.serials");
  expect(await wrong("S-1")).toBe("INVALID_INPUT input.lines.0.serials");
  await receive(world, id, [{ sku: "S", quantity: 1, serials: ["S-2"] }]);
  // Where none was named, any that left with the order may come, and no other.
  const any = await expectReturn("R-SER", { S: 1 });
  const received = (serial: string) => ({ input: keyed({ id: any, lines: [{ sku: "S", quantity: 1, serials: [serial] }] }) });
  expect(await refusal(world, RECEIVE, received("S-3"))).toBe("INVALID_INPUT input.lines.0.serials");
  expect(await refusal(world, RECEIVE, received("S-1"))).toBe("");
});

test("what left one legal entity's books does not come back into another's", async () => {
  const saved = { code: "CH", name: "Zurich", currency: "CHF", legalEntity: "SWISS", address: { countryCode: "CH" } };
  await world.must(SAVE_WAREHOUSE, saved);
  await sold("R-BOOKS", { A: 2 });
  const id = await expectReturn("R-BOOKS", { A: 2 }, { warehouse: "CH" });
  const before = await allOf(world);
  expect(await refusal(world, RECEIVE, { input: keyed({ id, lines: [{ sku: "A", quantity: 1 }] }) })).toBe("INVALID_INPUT input.lines.0");
  await world.must(CANCEL, keyed({ id }));
  const byHand = { type: "CUSTOMER_RETURN", warehouse: "CH", orderRef: "R-BOOKS", lines: [{ sku: "A", quantity: 1 }] };
  expect(await refusal(world, POST, { input: keyed(byHand) })).toBe("INVALID_INPUT input.lines.0");
  expect((await allOf(world)).movements).toEqual(before.movements);
});

test("what became of a shipment's parcels is told with their units", async () => {
  const id = await world.allocate({ A: 3, B: 2 }, { orderRef: "R-PARCELS" });
  const parcels = [
    { lines: [{ sku: "A", quantity: 1 }] },
    {
      lines: [
        { sku: "A", quantity: 1 },
        { sku: "B", quantity: 2 },
      ],
    },
    { lines: [{ sku: "A", quantity: 1 }] },
  ];
  const { outbound } = await pickShip(
    id,
    [
      { sku: "A", quantity: 3 },
      { sku: "B", quantity: 2 },
    ],
    { parcels },
  );
  const outcomes = ["DELIVERED", "REFUSED", "LOST"];
  const inOrder = outbound.parcels as { id: string; lines: EventLine[] }[];
  for (const [i, parcel] of inOrder.entries()) await world.must(DELIVER, keyed({ id, parcelId: parcel.id, outcome: outcomes[i] }));
  const units = (lines: unknown) => expect.objectContaining(lines as object);
  expect((await world.told("ShipmentProgressed")).at(-1)).toEqual(
    units({
      status: "LOST",
      lost: [{ sku: "A", quantity: 1 }],
      back: [
        { sku: "A", quantity: 1 },
        { sku: "B", quantity: 2 },
      ],
    }),
  );
});

async function pickShip(id: string, picks: object[], more: object = {}) {
  await world.must(START, keyed({ id }));
  await world.must(PICK, keyed({ id, picks }));
  await world.must(PACK, keyed({ id }));
  return world.must(SHIP, keyed({ id, ...more }));
}
