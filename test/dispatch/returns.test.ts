import type { ShipmentCancelRequested } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import {
  APPROVE,
  ask,
  came,
  CANCEL,
  committed,
  keyed,
  must,
  outcome,
  REJECT,
  REQUEST,
  returnOf,
  shipAll,
  shippedOrder,
  toldOf,
} from "./return-support";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

/** Returns as dispatch decides them; the other layers' words are the test's. */
let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("R", { RHA: BERLIN, RMU: MUNICH });
  for (const sku of ["A", "B"])
    world.warehouse.tell(
      { type: "ItemSaved", sku, name: sku, kind: "STOCKED", components: [], itemMerchant: "", weightGrams: null },
      { aggregates: { [`item:${sku}`]: 1 } },
    );
  world.stock("RHA", { A: 100, B: 100 });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
});

const flowOf = async (id: string): Promise<string[]> => {
  const { data } = await world.ask(
    "query ($id: ID!) { returnOrder(id: $id) { process { reference definition { name } history { event from to } } } }",
    { id },
  );
  const { reference, definition, history } = data.returnOrder.process;
  expect([reference, definition.name]).toEqual([id, "return"]);
  return history.map(({ event, from, to }: { event: string; from: string; to: string }) =>
    from === to ? event : `${event} ${from}>${to}`,
  );
};
const orderEvents = async (orderRef: string): Promise<{ kind: string; lines: unknown[]; detail: string }[]> => {
  const { data } = await world.ask(
    "query ($ref: ID!) { orderEvents(orderRef: $ref) { nodes { kind detail lines { item { sku } lineRef quantity } } } }",
    { ref: orderRef },
  );
  return data.orderEvents.nodes;
};

test("requested, expected, received in parts with each disposition, completed", async () => {
  await shippedOrder(world, "R", "RET-1", { A: 5 });
  const made = await ask(world, "RET-1", [{ sku: "A", quantity: 4 }]);
  expect(made).toMatchObject({
    kind: "RETURN",
    status: "APPROVED",
    warehouse: { code: "RHA" },
    inbound: { id: made.id },
    replacement: null,
  });
  expect(await toldOf(world, made.id)).toMatchObject([
    {
      type: "ReturnExpected",
      warehouse: "RHA",
      exchange: false,
      lines: [{ sku: "A", quantity: 4, reason: "too small" }],
      aggregates: { [`return:${made.id}`]: 1 },
    },
  ]);
  came(world, made.id, 2, "PARTIALLY_RECEIVED", [{ sku: "A", restocked: 1, quarantined: 1 }]);
  expect(await returnOf(world, made.id)).toMatchObject({ status: "RECEIVING", lines: [{ received: 2, restocked: 1, quarantined: 1 }] });
  const sums = { sku: "A", restocked: 1, quarantined: 1, scrapped: 1, rejected: 1 };
  came(world, made.id, 3, "RECEIVED", [sums]);
  // Told twice, and an older one after it: nothing new.
  came(world, made.id, 3, "RECEIVED", [sums]);
  came(world, made.id, 2, "PARTIALLY_RECEIVED", [{ sku: "A", restocked: 1, quarantined: 1 }]);
  expect(await returnOf(world, made.id)).toMatchObject({
    status: "COMPLETED",
    lines: [{ quantity: 4, received: 3, restocked: 1, quarantined: 1, scrapped: 1, rejected: 1 }],
  });
  expect(await flowOf(made.id)).toEqual([
    "ReturnRequested",
    "ReturnApproved REQUESTED>APPROVED",
    "ReturnProgressed APPROVED>RECEIVING",
    "ReturnProgressed RECEIVING>COMPLETED",
  ]);
  expect((await orderEvents("RET-1")).slice(-3)).toEqual([
    { kind: "RETURN_REQUESTED", detail: `return ${made.id}`, lines: [{ item: { sku: "A" }, lineRef: null, quantity: 4 }] },
    { kind: "RETURNED", detail: `return ${made.id}`, lines: [{ item: { sku: "A" }, lineRef: null, quantity: 2 }] },
    { kind: "RETURNED", detail: `return ${made.id}`, lines: [{ item: { sku: "A" }, lineRef: null, quantity: 1 }] },
  ]);
  // The rejected one is with the customer again, as is the one that was never sent: 5 - 3.
  await ask(world, "RET-1", [{ sku: "A", quantity: 2 }]);
});

test("several returns share what left; a rejected and a cancelled one give it back", async () => {
  await shippedOrder(world, "R", "RET-2", { A: 3 });
  const first = await ask(world, "RET-2", [{ sku: "A", quantity: 2 }], { approved: false });
  expect(first).toMatchObject({ status: "REQUESTED", inbound: null });
  expect(await toldOf(world, first.id)).toEqual([]);
  const more = keyed({ orderRef: "RET-2", kind: "RETURN", lines: [{ sku: "A", quantity: 2, reason: "x" }] });
  const { data } = await world.ask(REQUEST, { input: more });
  expect(data.requestReturn.userErrors).toEqual([
    {
      code: "LIMIT_EXCEEDED",
      message: "2 of A asked for, 1 possible: 3 left, 2 came back or are on their way back.",
      field: ["input", "lines", "0", "quantity"],
    },
  ]);
  expect(await must(world, REJECT, keyed({ id: first.id, reason: "worn" }))).toMatchObject({
    status: "REJECTED",
    note: "worn",
    inbound: null,
  });
  const second = await ask(world, "RET-2", [{ sku: "A", quantity: 3 }], { approved: false });
  expect(await must(world, CANCEL, keyed({ id: second.id }))).toMatchObject({ status: "CANCELLED" });
  const third = await ask(world, "RET-2", [{ sku: "A", quantity: 3 }], { approved: false });
  expect(await must(world, APPROVE, keyed({ id: third.id }))).toMatchObject({ status: "APPROVED" });
  expect((await toldOf(world, third.id)).map(({ type }) => type)).toEqual(["ReturnExpected"]);
});

test("cancelled once it is approved: the warehouse decides, and what came first stands", async () => {
  await shippedOrder(world, "R", "RET-3", { A: 4 });
  const stopped = await ask(world, "RET-3", [{ sku: "A", quantity: 2 }]);
  expect(await must(world, CANCEL, keyed({ id: stopped.id, reason: "keeps it" }))).toMatchObject({ status: "APPROVED", note: "keeps it" });
  await must(world, CANCEL, keyed({ id: stopped.id })); // It is being asked already.
  expect((await toldOf(world, stopped.id)).map(({ type }) => type)).toEqual(["ReturnExpected", "ReturnCancelRequested"]);
  came(world, stopped.id, 2, "CANCELLED", [{ sku: "A" }]);
  expect(await returnOf(world, stopped.id)).toMatchObject({ status: "CANCELLED" });
  const late = await ask(world, "RET-3", [{ sku: "A", quantity: 2 }]);
  came(world, late.id, 2, "PARTIALLY_RECEIVED", [{ sku: "A", restocked: 1 }]);
  const { data } = await world.ask(CANCEL, { input: keyed({ id: late.id }) });
  expect(data.cancelReturn.userErrors).toMatchObject([{ code: "INVALID_STATE", field: ["input", "id"] }]);
  came(world, late.id, 3, "RECEIVED", [{ sku: "A", restocked: 1 }]);
  expect(await returnOf(world, late.id)).toMatchObject({ status: "COMPLETED", lines: [{ received: 1 }] });
});

test("an exchange on receipt: what was taken in is replaced, goes where the order went, and leaves as an exchange", async () => {
  const [shipment] = await shippedOrder(world, "R", "EX-1", { A: 3 });
  const made = await ask(world, "EX-1", [{ sku: "A", quantity: 3, exchangeFor: "B" }], { kind: "EXCHANGE" });
  expect((await toldOf(world, made.id)).map(({ type }) => type)).toEqual(["ReturnExpected"]);
  came(world, made.id, 2, "RECEIVED", [{ sku: "A", restocked: 1, scrapped: 1, rejected: 1 }]);
  expect(await returnOf(world, made.id)).toMatchObject({ status: "RECEIVING" });
  expect((await toldOf(world, made.id)).at(-1)).toMatchObject({
    type: "ReplacementWanted",
    channel: "R",
    pool: "R",
    lines: [{ sku: "B", quantity: 2 }],
  });
  committed(world, "R", "EX-1", made.id, { B: 2 });
  const { replacement, status } = await returnOf(world, made.id);
  expect([status, replacement]).toMatchObject(["COMPLETED", { status: "ALLOCATED", lines: [{ item: { sku: "B" }, quantity: 2 }] }]);
  const allocated = (await world.told()).filter((event) => event.type === "AllocationMade" && event.orderRef === "EX-1");
  expect(allocated).toMatchObject([{ allocationId: shipment }, { exchange: true, shipTo: { countryCode: "DE" } }]);
  expect(allocated[0]).not.toHaveProperty("exchange");
  // What was sent in exchange may come back too: 2 of B; and of A 3 - 2.
  await shipAll(world, "EX-1");
  await ask(world, "EX-1", [
    { sku: "B", quantity: 2 },
    { sku: "A", quantity: 1 },
  ]);
});

test("an exchange at once waits for its replacement, and is filled or given up", async () => {
  await shippedOrder(world, "R", "EX-2", { A: 4 });
  const at = { kind: "EXCHANGE", replacementShips: "AT_ONCE" };
  const filled = await ask(world, "EX-2", [{ sku: "A", quantity: 1, exchangeFor: "B" }], at);
  expect((await toldOf(world, filled.id)).map(({ type }) => type)).toEqual(["ReturnExpected", "ReplacementWanted"]);
  world.sales.tell({ type: "ReplacementDecided", returnId: filled.id, orderRef: "EX-2", outcome: "WAITING" });
  expect((await returnOf(world, filled.id)).status).toBe("WAITING_FOR_REPLACEMENT");
  committed(world, "R", "EX-2", filled.id, { B: 1 });
  expect(await returnOf(world, filled.id)).toMatchObject({ status: "APPROVED", replacement: { status: "ALLOCATED" } });
  came(world, filled.id, 2, "RECEIVED", [{ sku: "A", quarantined: 1 }]);
  expect((await returnOf(world, filled.id)).status).toBe("COMPLETED");
  const given = await ask(world, "EX-2", [{ sku: "A", quantity: 1 }], at);
  world.sales.tell({ type: "ReplacementDecided", returnId: given.id, orderRef: "EX-2", outcome: "WAITING" });
  came(world, given.id, 2, "RECEIVED", [{ sku: "A", quarantined: 1 }]);
  expect((await returnOf(world, given.id)).status).toBe("WAITING_FOR_REPLACEMENT");
  await must(world, CANCEL, keyed({ id: given.id }));
  expect((await toldOf(world, given.id)).at(-1)).toMatchObject({ type: "ReplacementWithdrawn" });
  world.sales.tell({ type: "ReplacementDecided", returnId: given.id, orderRef: "EX-2", outcome: "WITHDRAWN" });
  expect(await returnOf(world, given.id)).toMatchObject({ status: "COMPLETED", replacement: null });
  const nothing = await ask(world, "EX-2", [{ sku: "A", quantity: 1 }], { kind: "EXCHANGE" });
  came(world, nothing.id, 2, "RECEIVED", [{ sku: "A", rejected: 1 }]);
  expect(await returnOf(world, nothing.id)).toMatchObject({ status: "COMPLETED", replacement: null });
  expect((await toldOf(world, nothing.id)).map(({ type }) => type)).toEqual(["ReturnExpected"]);
});

test("a parcel that comes back opens its own return, once, less what the customer has asked back of it", async () => {
  const [shipment] = await shippedOrder(world, "R", "UN-1", { A: 3, B: 1 });
  await ask(world, "UN-1", [{ sku: "A", quantity: 1, shipmentId: shipment }]);
  const back = [
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 1 },
  ];
  outcome(world, shipment, "UN-1", "REFUSED", { back });
  outcome(world, shipment, "UN-1", "REFUSED", { back });
  const { data } = await world.ask(
    'query { order: returnOrders(orderRef: "UN-1") { nodes { id kind status warehouse { code } inbound { id } lines { item { sku } quantity reason } } } }',
  );
  expect(data.order.nodes).toHaveLength(2);
  expect(data.order.nodes[0]).toMatchObject({
    kind: "UNDELIVERED",
    status: "APPROVED",
    warehouse: { code: "RHA" },
    lines: [
      { item: { sku: "A" }, quantity: 2, reason: "REFUSED" },
      { item: { sku: "B" }, quantity: 1 },
    ],
  });
  expect((await toldOf(world, data.order.nodes[0].id)).map(({ type }) => type)).toEqual(["ReturnExpected"]);
  expect((await orderEvents("UN-1")).at(-1)).toMatchObject({ kind: "UNDELIVERED", detail: "REFUSED" });
});

test.each([
  ["is all that left: only the rest is expected besides", 0, 2],
  ["could be of another shipment: all of the parcel is expected", 1, 3],
])("a parcel that comes back beside a return that names no shipment, and %s", async (_, others, expected) => {
  const ref = `UN-BESIDE-${others}`;
  const [shipment] = await shippedOrder(world, "R", ref, { A: 3 });
  if (others > 0) await shippedOrder(world, "R", ref, { A: others });
  await ask(world, ref, [{ sku: "A", quantity: 1 }]);
  outcome(world, shipment, ref, "REFUSED", { back: [{ sku: "A", quantity: 3 }] });
  const query = "query ($ref: ID!) { returnOrders(orderRef: $ref) { nodes { kind lines { item { sku } quantity } } } }";
  const { data } = await world.ask(query, { ref }, { settle: true });
  expect(
    data.returnOrders.nodes.map(({ kind, lines }: { kind: string; lines: { quantity: number }[] }) => [kind, lines[0].quantity]),
  ).toEqual([
    ["UNDELIVERED", expected],
    ["RETURN", 1],
  ]);
  const more = keyed({ orderRef: ref, kind: "RETURN", lines: [{ sku: "A", quantity: 1, reason: "x" }] });
  expect((await world.ask(REQUEST, { input: more })).data.requestReturn.userErrors).toMatchObject([{ code: "LIMIT_EXCEEDED" }]);
});

test("a parcel that comes back knows what its own event, and those before it, have told", async () => {
  const [short] = await shippedOrder(world, "R", "UN-LOST", { A: 3 });
  const [whole] = await shippedOrder(world, "R", "UN-REJECTED", { A: 3 });
  await ask(world, "UN-LOST", [{ sku: "A", quantity: 1 }]);
  const rejected = await ask(world, "UN-REJECTED", [{ sku: "A", quantity: 1 }]);
  outcome(world, short, "UN-LOST", "REFUSED", { back: [{ sku: "A", quantity: 2 }], lost: [{ sku: "A", quantity: 1 }] });
  came(world, rejected.id, 5, "RECEIVED", [{ sku: "A", rejected: 1 }]);
  outcome(world, whole, "UN-REJECTED", "REFUSED", { back: [{ sku: "A", quantity: 3 }] });
  await world.settle();
  const query = "query ($ref: ID!) { returnOrders(orderRef: $ref) { nodes { kind lines { quantity } } } }";
  for (const [ref, units] of [
    ["UN-LOST", 1],
    ["UN-REJECTED", 3],
  ]) {
    const { data } = await world.ask(query, { ref }, { settle: true });
    expect(data.returnOrders.nodes[0]).toEqual({ kind: "UNDELIVERED", lines: [{ quantity: units }] });
  }
});

test("what was lost does not come back, and is sent again once", async () => {
  const [shipment] = await shippedOrder(world, "R", "LO-1", { A: 3 });
  outcome(world, shipment, "LO-1", "LOST", { lost: [{ sku: "A", quantity: 2 }] });
  const back = keyed({ orderRef: "LO-1", kind: "RETURN", lines: [{ sku: "A", quantity: 2, reason: "x" }] });
  expect((await world.ask(REQUEST, { input: back })).data.requestReturn.userErrors).toMatchObject([{ code: "LIMIT_EXCEEDED" }]);
  const made = await ask(world, "LO-1", [{ sku: "A", quantity: 2 }], { kind: "RESHIP" });
  expect(made).toMatchObject({ status: "APPROVED", inbound: null });
  expect(await toldOf(world, made.id)).toMatchObject([{ type: "ReplacementWanted", lines: [{ sku: "A", quantity: 2 }] }]);
  const again = keyed({ orderRef: "LO-1", kind: "RESHIP", lines: [{ sku: "A", quantity: 1, reason: "x" }] });
  expect((await world.ask(REQUEST, { input: again })).data.requestReturn.userErrors).toMatchObject([
    { code: "LIMIT_EXCEEDED", message: "1 of A asked for, 0 possible: 2 were lost, 2 are replaced." },
  ]);
  committed(world, "R", "LO-1", made.id, { A: 2 });
  expect(await returnOf(world, made.id)).toMatchObject({ status: "COMPLETED", replacement: { status: "ALLOCATED" } });
  expect(await flowOf(made.id)).toEqual(["ReturnRequested", "ReturnApproved REQUESTED>APPROVED", "OrderConfirmed APPROVED>COMPLETED"]);
  // Cancelled before it left: it may be sent again after all.
  const [{ id }] = await world.db.query<{ id: string }>("SELECT reservation_id AS id FROM fulfillment_order WHERE return_id = ?", [
    made.id,
  ]);
  const lines = [{ sku: "A", quantity: 2 }];
  const cancel = { reservationId: id, cancellationId: newId(), orderRef: "LO-1", reason: "wait", actor: "shop", lines };
  world.sales.tell({ type: "CancelRequested", ...cancel });
  await world.settle();
  const asked = (await world.told()).find((event) => event.type === "ShipmentCancelRequested" && event.orderRef === "LO-1");
  const { allocationId: shipmentId, cancellationId } = asked as ShipmentCancelRequested;
  const decided = { shipmentId, cancellationId, orderRef: "LO-1", warehouse: "RHA", status: "CANCELLED", stopped: lines, tooLate: [] };
  world.warehouse.tell({ type: "ShipmentCancelDecided", ...decided });
  await ask(world, "LO-1", [{ sku: "A", quantity: 2 }], { kind: "RESHIP" });
});

test("a replayed request answers the return as it is now; another input under its key is refused", async () => {
  await shippedOrder(world, "R", "KEY-1", { A: 2 });
  const input = keyed({ orderRef: "KEY-1", kind: "RETURN", lines: [{ sku: "A", quantity: 2, reason: "x" }] });
  const { id } = await must(world, REQUEST, input);
  came(world, id, 2, "RECEIVED", [{ sku: "A", restocked: 2 }]);
  expect(await must(world, REQUEST, input)).toMatchObject({ id, status: "COMPLETED" });
  const other = { ...input, lines: [{ sku: "A", quantity: 1, reason: "x" }] };
  expect((await world.ask(REQUEST, { input: other })).data.requestReturn.userErrors).toMatchObject([{ code: "IDEMPOTENCY_KEY_REUSED" }]);
});
