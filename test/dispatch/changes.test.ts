import { newId } from "../../shared/ids";
import type {
  AllocationChanged,
  AllocationMade,
  CancelDecided,
  CancelOpened,
  EventLine,
  ShipmentCancelRequested,
} from "../../shared/flow/messages";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld, MUNICH, PARIS } from "./support";

/** What people change of an order after the fact. The warehouse is played by the test: it decides what it can still stop. */
let world: DispatchWorld;
let n = 0;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
});

const TYPES: Record<string, string> = {
  sourceManually: "SourceManuallyInput",
  updateFulfillment: "UpdateFulfillmentInput",
  cancelFulfillmentLines: "CancelFulfillmentLinesInput",
};
async function change(mutation: string, input: object, as: Parameters<DispatchWorld["ask"]>[2] = {}) {
  const type = TYPES[mutation] ?? "FulfillmentActionInput";
  const { data, errors } = await world.ask(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { fulfillment { id status priority promisedAt shipNotBefore shipTo { city countryCode }
      lines { quantity allocated backordered cancelled } allocations { id status warehouse { code } lines { quantity } } decision { note candidates { takenUnits } } }
      userErrors { code field message retryAfterMs } } }`,
    { input: { idempotencyKey: `change-${++n}`, ...input } },
    as,
  );
  if (errors) throw errors[0];
  return data[mutation];
}
async function done(mutation: string, input: object) {
  const { fulfillment, userErrors } = await change(mutation, input);
  expect(userErrors).toEqual([]);
  return fulfillment;
}
const idOf = async (ref: string): Promise<string> => (await world.order(ref)).id;
const toldOf = async <T>(type: string, orderRef: string): Promise<T[]> =>
  (await world.told()).filter((event) => event.type === type && "orderRef" in event && event.orderRef === orderRef) as T[];
const asked = (ref: string) => toldOf<ShipmentCancelRequested>("ShipmentCancelRequested", ref);

/** The warehouse's answer to what it was asked last of an order. */
async function answer(ref: string, status: string, stopped?: EventLine[], tooLate: EventLine[] = []): Promise<void> {
  const { allocationId, cancellationId, warehouse, lines } = (await asked(ref)).at(-1)!;
  world.warehouse.tell({
    type: "ShipmentCancelDecided",
    shipmentId: allocationId,
    cancellationId,
    orderRef: ref,
    warehouse,
    status,
    stopped: stopped ?? lines,
    tooLate,
  });
  await world.settle();
}
const stepsOf = async (ref: string): Promise<string[]> =>
  (await world.order(ref)).order.process.history.map(({ event }: { event: string }) => event);

test("held: given back, others may have it, and resumed by the stock of then", async () => {
  world.stock("BER", { A: 2 });
  await world.settle();
  world.confirm("EU", "H-1", { A: 2 });
  const id = await idOf("H-1");
  expect(await done("holdFulfillment", { id, reason: "fraud check" })).toMatchObject({ status: "ON_HOLD", lines: [{ allocated: 2 }] });
  expect(await asked("H-1")).toMatchObject([{ warehouse: "BER", lines: [{ sku: "A", quantity: 2 }] }]);
  await answer("H-1", "CANCELLED");
  expect(await world.order("H-1")).toMatchObject({
    status: "ON_HOLD",
    lines: [{ allocated: 0, backordered: 0 }],
    allocations: [{ status: "CANCELLED" }],
  });
  expect(await world.position("BER", "A")).toEqual({ onHand: 2, allocated: 0, free: 2, backordered: 0 });
  expect(await toldOf("CancelDecided", "H-1")).toEqual([]);
  // New stock is not for it, but for those who came after.
  world.stock("BER", { A: 1 });
  world.confirm("EU", "H-2", { A: 2 });
  expect((await world.order("H-2")).status).toBe("ALLOCATED");
  expect((await world.order("H-1")).status).toBe("ON_HOLD");
  expect(await done("resumeFulfillment", { id, reason: "checked" })).toMatchObject({
    status: "PARTIALLY_ALLOCATED",
    lines: [{ allocated: 1, backordered: 1 }],
  });
  expect(await stepsOf("H-1")).toEqual([
    "OrderConfirmed",
    "AllocationMade",
    "FulfillmentHeld",
    "ShipmentCancelDecided",
    "FulfillmentResumed",
    "AllocationMade",
  ]);
});

test("a hold that came too late: what is being picked goes on", async () => {
  world.stock("BER", { B: 1 });
  world.confirm("EU", "H-3", { B: 1 });
  const { id, allocations } = await world.order("H-3");
  await done("holdFulfillment", { id });
  world.progress(allocations[0].id, "BER", "H-3", "PICKING");
  await world.settle();
  await answer("H-3", "PICKING", [], [{ sku: "B", quantity: 1 }]);
  expect(await world.order("H-3")).toMatchObject({ status: "ALLOCATED", order: { process: { state: "PICKING" } } });
  world.shipped(allocations[0].id, "BER", "H-3", [{ sku: "B", quantity: 1 }]);
  expect((await world.order("H-3")).status).toBe("SHIPPED");
});

test("reallocated: sourced anew when the warehouse has answered, by the rules of then", async () => {
  world.stock("BER", { C: 1 });
  world.confirm("EU", "R-1", { C: 1 });
  const id = await idOf("R-1");
  world.stock("MUC", { C: 1 });
  await world.ask(
    `mutation { saveSourcingRule(input: {channel: "EU", strategy: PRIORITY, allowSplit: true, warehouses: [
      {warehouse: "BER", priority: 2}, {warehouse: "MUC", priority: 1}]}) { userErrors { message } } }`,
  );
  const key = { idempotencyKey: "realloc", id };
  expect(await done("reallocateFulfillment", key)).toMatchObject({ status: "ALLOCATED", allocations: [{ warehouse: { code: "BER" } }] });
  expect(await done("reallocateFulfillment", key)).toMatchObject({ status: "ALLOCATED" });
  expect(await asked("R-1")).toHaveLength(1);
  expect((await change("reallocateFulfillment", { id })).userErrors).toMatchObject([{ code: "IN_PROGRESS", retryAfterMs: 1000 }]);
  await answer("R-1", "CANCELLED");
  expect(await world.order("R-1")).toMatchObject({
    status: "ALLOCATED",
    allocations: [
      { status: "CANCELLED", warehouse: { code: "BER" } },
      { status: "ALLOCATED", warehouse: { code: "MUC" } },
    ],
  });
});

test("not before its day: allocated, told to the warehouse when the day has come, and taken back when it is put off", async () => {
  world.stock("BER", { D: 3 });
  const later = new Date(Date.now() + 3_600_000).toISOString();
  world.confirm("EU", "N-1", { D: 2 }, { shipNotBefore: later });
  const { id, status } = await world.order("N-1");
  expect(status).toBe("ALLOCATED");
  expect(await toldOf("AllocationMade", "N-1")).toEqual([]);
  expect(await done("updateFulfillment", { id, shipNotBefore: null })).toMatchObject({ shipNotBefore: null });
  for (const end = Date.now() + 10_000; (await toldOf("AllocationMade", "N-1")).length === 0;) expect(Date.now()).toBeLessThan(end);
  expect(await toldOf<AllocationMade>("AllocationMade", "N-1")).toMatchObject([{ lines: [{ sku: "D", quantity: 2 }] }]);
  await done("updateFulfillment", { id, shipNotBefore: later });
  await answer("N-1", "CANCELLED");
  expect(await world.order("N-1")).toMatchObject({
    status: "ALLOCATED",
    allocations: [{ status: "CANCELLED" }, { status: "CANCELLED" }, { status: "ALLOCATED" }],
  });
  expect(await toldOf("AllocationMade", "N-1")).toHaveLength(1);
  // What no warehouse knows of is given up without asking one.
  expect(await done("cancelFulfillmentLines", { id, lines: [{ sku: "D", quantity: 1 }], reason: "one is enough" })).toMatchObject({
    status: "ALLOCATED",
    lines: [{ allocated: 1, cancelled: 1 }],
  });
  expect(await done("holdFulfillment", { id })).toMatchObject({ status: "ON_HOLD", lines: [{ allocated: 0 }] });
  expect(await asked("N-1")).toHaveLength(1);
});

test("address, priority and date reach the shipments; an address that a rule forbids takes them back", async () => {
  await world.ask(
    `mutation { saveSourcingRule(input: {channel: "EU", strategy: NEAREST, allowSplit: true, warehouses: [
      {warehouse: "BER", priority: 1, shipsTo: ["DE"]}, {warehouse: "MUC", priority: 1}]}) { userErrors { message } } }`,
  );
  world.stock("BER", { E: 1 });
  world.stock("MUC", { E: 1 });
  world.confirm("EU", "U-1", { E: 1 });
  const id = await idOf("U-1");
  const shipTo = { city: "Bonn", countryCode: "DE" };
  const promisedAt = "2030-01-01T00:00:00.000Z";
  expect(await done("updateFulfillment", { id, shipTo, priority: 7, promisedAt })).toMatchObject({
    priority: 7,
    promisedAt,
    shipTo,
  });
  expect(await toldOf<AllocationChanged>("AllocationChanged", "U-1")).toMatchObject([
    { warehouse: "BER", shipTo, priority: 7, shipBy: promisedAt },
  ]);
  const events = await world.ask(`{ orderEvents(orderRef: "U-1") { nodes { kind detail } } }`);
  expect(events.data.orderEvents.nodes.at(-1)).toEqual({ kind: "PROMISE_CHANGED", detail: promisedAt });
  await done("updateFulfillment", { id, shipTo: PARIS });
  await answer("U-1", "CANCELLED");
  expect((await world.order("U-1")).allocations).toMatchObject([
    { status: "CANCELLED" },
    { status: "ALLOCATED", warehouse: { code: "MUC" } },
  ]);
  const made = (await toldOf<AllocationMade>("AllocationMade", "U-1")).at(-1)!;
  expect(made).toMatchObject({ warehouse: "MUC", priority: 7, shipTo: PARIS });
  world.warehouse.tell({
    type: "ShipmentChangeRefused",
    shipmentId: made.allocationId,
    orderRef: "U-1",
    warehouse: "MUC",
    status: "PACKED",
  });
  const { data } = await world.ask("{ alerts(status: OPEN, kind: EVENT_FAILED) { nodes { subject message } } }");
  expect(data.alerts.nodes).toMatchObject([{ subject: made.allocationId, message: expect.stringContaining("U-1") }]);
});

test("by hand: what the rules keep back, from the dispatcher's warehouses, with the reason", async () => {
  await world.ask(
    `mutation { saveSourcingRule(input: {channel: "EU", strategy: NEAREST, allowSplit: true, warehouses: [
      {warehouse: "BER", priority: 1, safetyStock: 5}]}) { userErrors { message } } }`,
  );
  world.stock("BER", { F: 2 });
  world.stock("MUC", { F: 2 });
  world.confirm("EU", "M-1", { F: 3 });
  const { id, status } = await world.order("M-1");
  expect(status).toBe("ON_HOLD");
  const allocations = [
    { warehouse: "MUC", lines: [{ sku: "F", quantity: 1 }] },
    { warehouse: "BER", lines: [{ sku: "F", quantity: 2 }] },
  ];
  expect(await done("sourceManually", { id, allocations, reason: "VIP" })).toMatchObject({
    status: "ALLOCATED",
    decision: { note: "By hand: VIP", candidates: [{ takenUnits: 1 }, { takenUnits: 2 }] },
  });
  const { data } = await world.ask("{ alerts(status: OPEN, kind: UNSOURCEABLE) { nodes { subject } } }");
  expect(data.alerts.nodes).toEqual([]);
  expect(await stepsOf("M-1")).toContain("SourcedManually");
});

test("lines given up: sales hears of the cancellation and of its end; what is on its way back is given up instead", async () => {
  world.stock("BER", { G: 10 });
  await world.settle();
  const { reservationId } = world.confirm("EU", "L-1", { G: 5 });
  const id = await idOf("L-1");
  await world.ask(`mutation { saveSourcingRule(input: {channel: "EU", strategy: NEAREST, allowSplit: true, warehouses: [
      {warehouse: "BER", priority: 1}, {warehouse: "MUC", priority: 1}]}) { userErrors { message } } }`);
  await done("reallocateFulfillment", { id });
  await done("cancelFulfillmentLines", {
    id,
    lines: [
      { sku: "G", quantity: 1 },
      { sku: "G", quantity: 1 },
    ],
    reason: "none to be had",
  });
  expect(await asked("L-1")).toHaveLength(1);
  const [opened] = await toldOf<CancelOpened>("CancelOpened", "L-1");
  expect(opened).toMatchObject({ reservationId, reason: "none to be had", lines: [{ sku: "G", quantity: 2 }] });
  expect((await world.order("L-1")).status).toBe("CANCELLING");
  expect((await change("cancelFulfillmentLines", { id, lines: [{ sku: "G", quantity: 4 }], reason: "more" })).userErrors).toMatchObject([
    { code: "INVALID_STATE", field: ["input", "lines", "0", "quantity"] },
  ]);
  // It could stop three of the five: what is cancelled comes first.
  await answer("L-1", "RELEASED", [{ sku: "G", quantity: 3 }], [{ sku: "G", quantity: 2 }]);
  expect(await toldOf<CancelDecided>("CancelDecided", "L-1")).toMatchObject([
    { cancellationId: opened.cancellationId, stopped: [{ sku: "G", quantity: 2 }], tooLate: [] },
  ]);
  expect(await world.order("L-1")).toMatchObject({
    status: "ALLOCATED",
    lines: [{ allocated: 3 }],
    allocations: [{ lines: [{ quantity: 2 }] }, { lines: [{ quantity: 1 }] }],
  });
  const { data } = await world.ask(`{ orderEvents(orderRef: "L-1") { nodes { kind lines { quantity } } } }`);
  const happened = data.orderEvents.nodes.map((one: { kind: string; lines: { quantity: number }[] }) => [one.kind, one.lines[0].quantity]);
  expect(happened).toEqual([
    ["CONFIRMED", 5],
    ["ALLOCATED", 5],
    ["RELEASED", 2],
    ["ALLOCATED", 1],
  ]);
});

describe("refusals", () => {
  const REASON = "x".repeat(501);
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    world.stock("BER", { S: 1, T: 1, V: 9 });
    world.confirm("EU", "X-SHIPPED", { S: 1 });
    world.confirm("EU", "X-PICKING", { T: 1 });
    world.confirm("EU", "X-OPEN", { V: 1, NONE: 2 });
    world.confirm("EU", "X-HELD", { NONE: 1 });
    for (const ref of ["X-SHIPPED", "X-PICKING", "X-OPEN", "X-HELD"]) ids[ref] = await idOf(ref);
    world.shipped((await world.order("X-SHIPPED")).allocations[0].id, "BER", "X-SHIPPED", [{ sku: "S", quantity: 1 }]);
    world.progress((await world.order("X-PICKING")).allocations[0].id, "BER", "X-PICKING", "PICKING");
    await done("holdFulfillment", { id: ids["X-HELD"], idempotencyKey: "held" });
  });
  const one = (sku: string, quantity = 1) => [{ sku, quantity }];
  const from = (warehouse: string, sku: string, quantity = 1) => [{ warehouse, lines: one(sku, quantity) }];
  const ROWS: [mutation: string, order: string, input: object, code: string, field: string][] = [
    ...["holdFulfillment", "resumeFulfillment", "reallocateFulfillment"].flatMap((mutation): typeof ROWS => [
      [mutation, "", { id: newId() }, "NOT_FOUND", "input.id"],
      [mutation, "", { id: "nonsense" }, "NOT_FOUND", "input.id"],
      [mutation, "X-SHIPPED", {}, "INVALID_STATE", "input.id"],
      [mutation, "X-OPEN", { reason: REASON }, "INVALID_INPUT", "input.reason"],
      [mutation, "X-OPEN", { idempotencyKey: "" }, "INVALID_INPUT", "input.idempotencyKey"],
    ]),
    ["holdFulfillment", "X-HELD", {}, "INVALID_STATE", "input.id"],
    ["holdFulfillment", "X-OPEN", { idempotencyKey: "held" }, "IDEMPOTENCY_KEY_REUSED", "input.idempotencyKey"],
    ["holdFulfillment", "X-PICKING", {}, "INVALID_STATE", "input.id"],
    ["resumeFulfillment", "X-OPEN", {}, "INVALID_STATE", "input.id"],
    ["reallocateFulfillment", "X-HELD", {}, "INVALID_STATE", "input.id"],
    ["reallocateFulfillment", "X-PICKING", {}, "INVALID_STATE", "input.id"],
    ["sourceManually", "", { id: newId(), allocations: from("BER", "V"), reason: "" }, "NOT_FOUND", "input.id"],
    ["sourceManually", "X-HELD", { allocations: from("BER", "NONE"), reason: "" }, "INVALID_STATE", "input.id"],
    ["sourceManually", "X-SHIPPED", { allocations: from("BER", "S"), reason: "" }, "INVALID_STATE", "input.id"],
    ["sourceManually", "X-OPEN", { allocations: from("BER", "NONE"), reason: REASON }, "INVALID_INPUT", "input.reason"],
    ["sourceManually", "X-OPEN", { allocations: [], reason: "" }, "INVALID_INPUT", "input.allocations"],
    ["sourceManually", "X-OPEN", { allocations: from("ROM", "NONE"), reason: "" }, "INVALID_INPUT", "input.allocations.0.warehouse"],
    [
      "sourceManually",
      "X-OPEN",
      { allocations: [...from("BER", "NONE"), ...from("BER", "NONE")], reason: "" },
      "INVALID_INPUT",
      "input.allocations.1.warehouse",
    ].slice() as (typeof ROWS)[0],
    ["sourceManually", "X-OPEN", { allocations: from("BER", "V"), reason: "" }, "INVALID_INPUT", "input.allocations.0.lines"],
    [
      "sourceManually",
      "X-OPEN",
      { allocations: from("BER", "NONE", 0), reason: "" },
      "INVALID_INPUT",
      "input.allocations.0.lines.0.quantity",
    ],
    ["sourceManually", "X-OPEN", { allocations: from("BER", "NONE"), reason: "" }, "INSUFFICIENT_STOCK", "input.allocations.0.lines"],
    ["updateFulfillment", "", { id: newId(), priority: 1 }, "NOT_FOUND", "input.id"],
    ["updateFulfillment", "X-SHIPPED", { priority: 1 }, "INVALID_STATE", "input.id"],
    ["updateFulfillment", "X-PICKING", { priority: 1 }, "INVALID_STATE", "input.id"],
    ["updateFulfillment", "X-OPEN", {}, "INVALID_INPUT", "input.id"],
    ["updateFulfillment", "X-OPEN", { priority: 1_000_001 }, "INVALID_INPUT", "input.priority"],
    ["updateFulfillment", "X-OPEN", { priority: null, promisedAt: null }, "INVALID_INPUT", "input.priority"],
    ["updateFulfillment", "X-OPEN", { shipTo: null }, "INVALID_INPUT", "input.shipTo"],
    ["updateFulfillment", "X-OPEN", { shipTo: { countryCode: "Germany" } }, "INVALID_INPUT", "input.shipTo.countryCode"],
    ["cancelFulfillmentLines", "", { id: newId(), lines: one("V"), reason: "" }, "NOT_FOUND", "input.id"],
    ["cancelFulfillmentLines", "X-SHIPPED", { lines: one("S"), reason: "" }, "INVALID_STATE", "input.id"],
    ["cancelFulfillmentLines", "X-OPEN", { lines: one("ELSE"), reason: "" }, "INVALID_INPUT", "input.lines.0.sku"],
    ["cancelFulfillmentLines", "X-OPEN", { lines: one("V", 2), reason: "" }, "INVALID_STATE", "input.lines.0.quantity"],
    ["cancelFulfillmentLines", "X-OPEN", { lines: [], reason: "" }, "INVALID_INPUT", "input.lines"],
    ["cancelFulfillmentLines", "X-OPEN", { lines: one("V"), reason: REASON }, "INVALID_INPUT", "input.reason"],
  ];
  const everything = async () => {
    const tables = ["fulfillment_order", "fulfillment_line", "allocation", "stop_line", "position_entry", "process_step", "waiting"];
    return Promise.all(
      tables.map(async (table) => (await world.db.query(`SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).sort()),
    );
  };

  test.each(ROWS)("%s of %s %j: %s at %s, and nothing changed", async (mutation, ref, input, code, field) => {
    await world.settle();
    const before = await everything();
    const { fulfillment, userErrors } = await change(mutation, { ...(ref && { id: ids[ref] }), ...input });
    expect([fulfillment, userErrors.map((e: { code: string; field: string[] }) => [e.code, e.field.join(".")])]).toEqual([
      null,
      [[code, field]],
    ]);
    expect(await everything()).toEqual(before);
  });

  test("a merchant's caller does not see another's order, and a reader may change none", async () => {
    const id = ids["X-OPEN"];
    const { userErrors } = await change("holdFulfillment", { id }, { role: "dispatcher", merchant: "M" });
    expect(userErrors).toMatchObject([{ code: "NOT_FOUND" }]);
    await expect(change("holdFulfillment", { id }, { role: "order-system" })).rejects.toMatchObject({ extensions: { code: "FORBIDDEN" } });
  });
});
