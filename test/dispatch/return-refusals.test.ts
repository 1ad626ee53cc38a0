import { newId } from "../../shared/ids";
import {
  APPROVE,
  ask,
  came,
  call,
  CANCEL,
  keyed,
  must,
  outcome,
  refusal,
  REJECT,
  REQUEST,
  SAVE_POLICY,
  shippedOrder,
} from "./return-support";
import { BERLIN, DispatchWorld } from "./support";

/** Requests that are refused, by name and field, and change nothing; and two that ask for the last unit at once. */
let world: DispatchWorld;
let lost: string;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("F", { RHA: BERLIN });
  for (const [sku, kind, itemMerchant] of [
    ["A", "STOCKED", "m"],
    ["B", "STOCKED", "m"],
    ["ALIEN", "STOCKED", "other"],
    ["SET", "KIT", "m"],
  ] as const)
    world.warehouse.tell(
      { type: "ItemSaved", sku, name: sku, kind, components: [], itemMerchant, weightGrams: null },
      { aggregates: { [`item:${sku}`]: 1 } },
    );
  world.stock("RHA", { A: 1000, B: 1000 });
  const lines = [
    { sku: "A", quantity: 2, lineRef: "1" },
    { sku: "A", quantity: 3, lineRef: "2" },
    { sku: "B", quantity: 1, lineRef: "3" },
  ];
  world.confirm("F", "F-1", {}, { lines });
  await world.db.query("UPDATE fulfillment_order SET merchant = 'm'");
  await shipped("F-1");
  [lost] = await shippedOrder(world, "F", "F-LOST", { A: 2 });
  outcome(world, lost, "F-LOST", "LOST", { lost: [{ sku: "A", quantity: 1 }] });
  world.confirm("F", "F-OPEN", { A: 1 });
  await world.settle();
  await world.db.query("UPDATE fulfillment_order SET merchant = 'm'");
});
afterAll(() => world?.close());

async function shipped(orderRef: string): Promise<string[]> {
  const { allocations } = await world.order(orderRef);
  for (const { id, warehouse, lines } of allocations) {
    const units = lines.map(({ item, quantity }: { item: { sku: string }; quantity: number }) => ({ sku: item.sku, quantity }));
    world.shipped(id, warehouse.code, orderRef, units);
  }
  await world.settle();
  return allocations.map(({ id }: { id: string }) => id);
}

const everything = async () => ({
  returns: await world.db.query("SELECT * FROM return_order ORDER BY id"),
  lines: await world.db.query("SELECT * FROM return_line ORDER BY return_id, line_no"),
  steps: await world.db.query("SELECT COUNT(*) AS n FROM process_step"),
  notices: await world.db.query("SELECT (SELECT COUNT(*) FROM notice) + (SELECT COUNT(*) FROM notice_written) AS n"),
  told: await world.db.query("SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM feed) AS n"),
  keys: await world.db.query("SELECT COUNT(*) AS n FROM idempotency"),
  policies: await world.db.query("SELECT * FROM return_policy"),
});
/** Expects a refusal that changes nothing. */
async function refused(mutation: string, input: object, expected: string, as?: Parameters<typeof refusal>[3]): Promise<void> {
  await world.settle();
  const before = await everything();
  expect(await refusal(world, mutation, mutation === SAVE_POLICY ? input : keyed(input), as)).toBe(expected);
  expect(await everything()).toEqual(before);
}

const line = (more: object) => ({ sku: "A", quantity: 1, reason: "too small", ...more });
const of = (more: object, input: object = {}) => ({ orderRef: "F-1", kind: "RETURN", lines: [line(more)], ...input });
const L0 = "input.lines.0";
const REQUESTS: [string, () => object, string][] = [
  ["an order that is not known", () => of({}, { orderRef: "F-9" }), "NOT_FOUND input.orderRef"],
  ["no order number", () => of({}, { orderRef: "" }), "INVALID_INPUT input.orderRef"],
  ["a kind that opens by itself", () => of({}, { kind: "UNDELIVERED" }), "INVALID_INPUT input.kind"],
  ["no lines", () => of({}, { lines: [] }), "INVALID_INPUT input.lines"],
  ["a warehouse that is not known", () => of({}, { warehouse: "NOWHERE" }), "NOT_FOUND input.warehouse"],
  ["a warehouse of a reship", () => of({}, { kind: "RESHIP", warehouse: "RHA", orderRef: "F-LOST" }), "INVALID_INPUT input.warehouse"],
  ["no units", () => of({ quantity: 0 }), `INVALID_INPUT ${L0}.quantity`],
  ["no reason", () => of({ reason: " " }), `INVALID_INPUT ${L0}.reason`],
  ["a reason without end", () => of({ reason: "x".repeat(501) }), `INVALID_INPUT ${L0}.reason`],
  ["an item that the order does not have", () => of({ sku: "C" }), `NOT_FOUND ${L0}.sku`],
  ["more than left", () => of({ quantity: 6 }), `LIMIT_EXCEEDED ${L0}.quantity`],
  [
    "more than left, in two lines",
    () => of({}, { lines: [line({ quantity: 3 }), line({ quantity: 3 })] }),
    "LIMIT_EXCEEDED input.lines.1.quantity",
  ],
  ["what has not left yet", () => of({}, { orderRef: "F-OPEN" }), `LIMIT_EXCEEDED ${L0}.quantity`],
  ["what was lost", () => of({ quantity: 2 }, { orderRef: "F-LOST" }), `LIMIT_EXCEEDED ${L0}.quantity`],
  ["a reship of what was not lost", () => of({ quantity: 2 }, { orderRef: "F-LOST", kind: "RESHIP" }), `LIMIT_EXCEEDED ${L0}.quantity`],
  ["a line that the order does not have", () => of({ lineRef: "9" }), `NOT_FOUND ${L0}.lineRef`],
  ["a line of another item", () => of({ lineRef: "3" }), `NOT_FOUND ${L0}.lineRef`],
  ["more than left of the line", () => of({ lineRef: "1", quantity: 3 }), `LIMIT_EXCEEDED ${L0}.quantity`],
  ["a shipment of another order", () => of({ shipmentId: lost }), `NOT_FOUND ${L0}.shipmentId`],
  ["no shipment at all", () => of({ shipmentId: "x" }), `NOT_FOUND ${L0}.shipmentId`],
  ["more than the shipment took", () => of({ shipmentId: lost, quantity: 2 }, { orderRef: "F-LOST" }), `LIMIT_EXCEEDED ${L0}.quantity`],
  ["another item for a return", () => of({ exchangeFor: "B" }), `INVALID_INPUT ${L0}.exchangeFor`],
  ["an item that is not known in exchange", () => of({ exchangeFor: "C" }, { kind: "EXCHANGE" }), `NOT_FOUND ${L0}.exchangeFor`],
  ["a kit in exchange", () => of({ exchangeFor: "SET" }, { kind: "EXCHANGE" }), `INVALID_INPUT ${L0}.exchangeFor`],
  ["another merchant's item in exchange", () => of({ exchangeFor: "ALIEN" }, { kind: "EXCHANGE" }), `INVALID_INPUT ${L0}.exchangeFor`],
  ["too few serial numbers", () => of({ quantity: 2, serials: ["1"] }), `INVALID_INPUT ${L0}.serials`],
  ["a serial number twice", () => of({ quantity: 2, serials: ["1", "1"] }), `INVALID_INPUT ${L0}.serials`],
  ["serial numbers of a reship", () => of({ serials: ["1"] }, { kind: "RESHIP", orderRef: "F-LOST" }), `INVALID_INPUT ${L0}.serials`],
];
test.each(REQUESTS)("requestReturn: %s", (_, input, expected) => refused(REQUEST, input(), expected));

test("decisions that come too late, or concern nothing", async () => {
  const { id } = await ask(world, "F-1", [{ sku: "B", quantity: 1 }], { approved: false });
  await refused(REJECT, { id }, "INVALID_INPUT input.reason");
  await refused(REJECT, { id, reason: "x".repeat(501) }, "INVALID_INPUT input.reason");
  await must(world, REJECT, keyed({ id, reason: "worn" }));
  for (const mutation of [APPROVE, REJECT, CANCEL]) {
    await refused(mutation, { id, reason: "again" }, "INVALID_STATE input.id");
    await refused(mutation, { id: newId(), reason: "none" }, "NOT_FOUND input.id");
    await refused(mutation, { id: "x", reason: "none" }, "NOT_FOUND input.id");
  }
  const { id: done } = await ask(world, "F-1", [{ sku: "B", quantity: 1 }]);
  came(world, done, 2, "RECEIVED", [{ sku: "B", restocked: 1 }]);
  await refused(CANCEL, { id: done }, "INVALID_STATE input.id");
});

test("an order system touches its own orders, and approves nothing", async () => {
  const mine = { client: "shop", role: "order-system" as const };
  const { id } = await must(world, REQUEST, keyed(of({ sku: "A" }, { approved: false })), mine);
  for (const as of [{ client: "other", role: "order-system" as const }, { merchant: "other" }]) {
    await refused(REQUEST, of({}), "NOT_FOUND input.orderRef", as);
    await refused(CANCEL, { id }, "NOT_FOUND input.id", as);
  }
  for (const mutation of [APPROVE, REJECT])
    await expect(call(world, mutation, keyed({ id, reason: "no" }), mine)).rejects.toMatchObject({ extensions: { code: "FORBIDDEN" } });
  await expect(call(world, REQUEST, keyed(of({})), { client: "shop", role: "storefront" })).rejects.toMatchObject({
    extensions: { code: "FORBIDDEN" },
  });
  expect(await must(world, CANCEL, keyed({ id }), mine)).toMatchObject({ status: "CANCELLED" });
});

test("the return window: general and by channel, from delivery on, by the database's clock", async () => {
  await refused(SAVE_POLICY, { windowDays: 0 }, "INVALID_INPUT input.windowDays");
  await refused(SAVE_POLICY, { windowDays: 3651 }, "INVALID_INPUT input.windowDays");
  await refused(SAVE_POLICY, { channel: "none", windowDays: 1 }, "NOT_FOUND input.channel");
  const save = async (policy: object) => expect(await refusal(world, SAVE_POLICY, policy)).toBe("");
  const [old] = await shippedOrder(world, "F", "W-1", { A: 3 });
  const age = (days: number, column: string) =>
    world.db.query(`UPDATE allocation SET ${column} = NOW(6) - INTERVAL ? HOUR WHERE id = ?`, [days * 24 - 1, old]);
  const asks = (quantity = 1, kind = "RETURN") => ({ orderRef: "W-1", kind, lines: [line({ quantity })] });
  await age(31, "shipped_at");
  await ask(world, "W-1", [{ sku: "A", quantity: 1 }]); // Without a policy there is no window.
  await save({ windowDays: 30 });
  await refused(REQUEST, asks(), "INVALID_STATE input.lines.0.quantity");
  await refused(REQUEST, asks(1, "EXCHANGE"), "INVALID_STATE input.lines.0.quantity");
  await age(30, "delivered_at"); // Delivered an hour less than thirty days ago.
  await ask(world, "W-1", [{ sku: "A", quantity: 1 }]);
  await save({ channel: "F", windowDays: 14 });
  await refused(REQUEST, asks(), "INVALID_STATE input.lines.0.quantity");
  await save({ channel: "F", windowDays: null });
  await ask(world, "W-1", [{ sku: "A", quantity: 1 }]);
  const { data } = await world.ask(
    '{ general: returnPolicy { channel { code } windowDays } own: returnPolicy(channel: "F") { channel { code } windowDays } none: returnPolicy(channel: "x") { windowDays } }',
  );
  expect(data).toEqual({ general: { channel: null, windowDays: 30 }, own: { channel: { code: "F" }, windowDays: null }, none: null });
});

test("ten ask for the last unit at once: one has it", async () => {
  await shippedOrder(world, "F", "RACE", { A: 1 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => refusal(world, REQUEST, keyed(of({}, { orderRef: "RACE" })))));
  expect(answers.filter((answer) => answer === "")).toHaveLength(1);
  expect(answers.filter((answer) => answer === `LIMIT_EXCEEDED ${L0}.quantity`)).toHaveLength(9);
  const [{ units }] = await world.db.query<{ units: string }>(
    "SELECT SUM(l.quantity) AS units FROM return_line l JOIN return_order o ON o.id = l.return_id WHERE o.order_ref = 'RACE'",
  );
  expect(Number(units)).toBe(1);
});
