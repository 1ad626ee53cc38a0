import { watchAlerts } from "../../services/dispatch/alert/watch";
import { newId } from "../../shared/ids";
import { BERLIN, DispatchWorld } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN });
});
afterAll(() => world?.close());

interface Alert {
  id: string;
  kind: string;
  severity: string;
  status: string;
  subject: string;
  message: string;
  acknowledgedBy: string | null;
  resolvedAt: string | null;
}

const must = async (source: string, variables: object = {}) => {
  const { data, errors } = await world.ask(source, variables as Record<string, unknown>, { settle: true });
  if (errors) throw errors[0];
  return data;
};
const alertsOf = async (kind: string): Promise<Alert[]> =>
  (await must(`{ alerts(kind: ${kind}) { nodes { id kind severity status subject message acknowledgedBy resolvedAt } } }`)).alerts.nodes;
const save = async (input: object) =>
  (
    await must(
      "mutation ($i: SaveAlertRuleInput!) { saveAlertRule(input: $i) { rule { kind state enabled limitSeconds } userErrors { code field message } } }",
      { i: input },
    )
  ).saveAlertRule;
const round = () => watchAlerts(world.db, async () => undefined);
/** Rounds until something holds: the limits here are a second. */
const rounds = async (holds: () => Promise<boolean>) => {
  for (const end = Date.now() + 15_000; !(await holds()); await round()) if (Date.now() > end) throw new Error("it does not come about");
};
const open = async (kind: string, subject: string) =>
  (await alertsOf(kind)).filter((alert) => alert.subject === subject && alert.status !== "RESOLVED");

test("an order that waits beyond the limit: one alert, taken on by somebody, ended by the stock that fills it", async () => {
  world.confirm("EU", "A-1", { X: 2 });
  const { id } = await world.order("A-1");
  await round();
  expect(await alertsOf("BACKORDER_AGING")).toEqual([]);
  expect((await save({ kind: "BACKORDER_AGING", limitSeconds: 1 })).rule).toEqual({
    kind: "BACKORDER_AGING",
    state: null,
    enabled: true,
    limitSeconds: 1,
  });
  await rounds(async () => (await open("BACKORDER_AGING", id)).length > 0);
  const [raised] = await alertsOf("BACKORDER_AGING");
  expect(raised).toMatchObject({ severity: "WARNING", status: "OPEN", subject: id });
  expect(raised.message).toMatch(/^2 units of order A-1 have waited for stock since /);
  await must("mutation ($id: ID!) { acknowledgeAlert(id: $id) { userErrors { code } } }", { id: raised.id });
  await round();
  expect((await alertsOf("BACKORDER_AGING")).map(({ status }) => status)).toEqual(["ACKNOWLEDGED"]);
  world.stock("BER", { X: 2 });
  await world.settle();
  await round();
  expect(await alertsOf("BACKORDER_AGING")).toMatchObject([{ id: raised.id, status: "RESOLVED", resolvedAt: expect.any(String) }]);
});

test("a process that stands still: by state, and no more once it moves on", async () => {
  world.stock("BER", { Y: 1 });
  await world.settle();
  world.confirm("EU", "A-2", { Y: 1 });
  const order = await world.order("A-2");
  const [{ id }] = order.allocations;
  await save({ kind: "PROCESS_STUCK", state: "order:PICKING", limitSeconds: 1 });
  world.progress(id, "BER", "A-2", "PICKING");
  await world.settle();
  await rounds(async () => (await open("PROCESS_STUCK", order.id)).length > 0);
  expect((await open("PROCESS_STUCK", order.id))[0].message).toMatch(/^order A-2 has been PICKING since /);
  world.progress(id, "BER", "A-2", "PACKED");
  await world.settle();
  await round();
  expect(await open("PROCESS_STUCK", order.id)).toEqual([]);
  await save({ kind: "PROCESS_STUCK", state: "order:PACKED", limitSeconds: 1 });
  await rounds(async () => (await open("PROCESS_STUCK", order.id)).length > 0);
  // Another limit than it was raised by.
  await save({ kind: "PROCESS_STUCK", state: "order:PACKED", enabled: false });
  await round();
  expect(await open("PROCESS_STUCK", order.id)).toEqual([]);
});

test("a shipment of which nobody tells how it ended", async () => {
  world.stock("BER", { Z: 1 });
  await world.settle();
  world.confirm("EU", "A-3", { Z: 1 });
  const [{ id }] = (await world.order("A-3")).allocations;
  world.shipped(id, "BER", "A-3", [{ sku: "Z", quantity: 1 }]);
  await save({ kind: "DELIVERY_OVERDUE", limitSeconds: 1 });
  await rounds(async () => (await open("DELIVERY_OVERDUE", id)).length > 0);
  world.progress(id, "BER", "A-3", "DELIVERED");
  await world.settle();
  await round();
  expect(await alertsOf("DELIVERY_OVERDUE")).toMatchObject([{ subject: id, status: "RESOLVED" }]);
});

test("a short pick: one alert until its order has left as a whole", async () => {
  world.stock("BER", { HOLE: 3 });
  await world.settle();
  world.confirm("EU", "A-4", { HOLE: 3 });
  const [{ id }] = (await world.order("A-4")).allocations;
  world.stock("BER", { HOLE: -1 });
  const facts = { shipmentId: id, orderRef: "A-4", warehouse: "BER", status: "PICKING" as const, actor: "floor" };
  world.warehouse.tell({ type: "ShipmentShort", ...facts, lines: [{ sku: "HOLE", quantity: 1 }] });
  world.shipped(id, "BER", "A-4", [{ sku: "HOLE", quantity: 2 }]);
  await world.settle();
  await round();
  expect(await alertsOf("SHORT_PICK")).toMatchObject([{ subject: id, status: "OPEN" }]);
  world.stock("BER", { HOLE: 1 });
  await world.settle();
  const rest = (await world.order("A-4")).allocations.find((allocation: { id: string }) => allocation.id !== id);
  await round();
  expect(await open("SHORT_PICK", id)).toHaveLength(1);
  world.shipped(rest.id, "BER", "A-4", [{ sku: "HOLE", quantity: 1 }]);
  await world.settle();
  await round();
  expect(await alertsOf("SHORT_PICK")).toMatchObject([{ subject: id, status: "RESOLVED" }]);
});

test("a lot that will expire, until it has gone", async () => {
  const tell = (lot: string, days: number, there = true) => {
    const expiresOn = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    world.warehouse.tell({ type: "LotExpiryChanged", warehouse: "BER", sku: "MILK", lot, expiresOn, there });
  };
  tell("L1", 3);
  tell("L2", 60);
  await world.settle();
  await round();
  expect(await alertsOf("EXPIRING_LOT")).toMatchObject([{ subject: "BER MILK L1", status: "OPEN" }]);
  await save({ kind: "EXPIRING_LOT", limitSeconds: 70 * 86_400 });
  await round();
  expect((await open("EXPIRING_LOT", "BER MILK L2")).length).toBe(1);
  tell("L1", 3, false);
  await world.settle();
  await round();
  expect(await open("EXPIRING_LOT", "BER MILK L1")).toEqual([]);
});

test("what the other layers tell: little, none and enough of an item; a count that waits and is approved", async () => {
  const level = (to: "OK" | "LOW" | "OUT", available: number) =>
    world.sales.tell({ type: "StockLevelChanged", channel: "EU", sku: "S", level: to, available, threshold: 3 });
  const both = async () => [await open("LOW_STOCK", "EU S"), await open("STOCKOUT", "EU S")].map((found) => found.length);
  level("LOW", 2);
  expect(await both()).toEqual([1, 0]);
  expect((await open("LOW_STOCK", "EU S"))[0]).toMatchObject({
    severity: "INFO",
    message: "2 of S are left in channel EU; its threshold is 3",
  });
  level("OUT", 0);
  expect(await both()).toEqual([0, 1]);
  level("LOW", 1);
  level("OK", 9);
  expect(await both()).toEqual([0, 0]);
  const countId = newId();
  const count = (waits: boolean) => world.warehouse.tell({ type: "CountVarianceChanged", countId, warehouse: "BER", waits });
  count(true);
  count(true);
  expect(await open("COUNT_VARIANCE", countId)).toHaveLength(1);
  count(false);
  expect(await alertsOf("COUNT_VARIANCE")).toMatchObject([{ status: "RESOLVED" }]);
});

test("a kind that is switched off has no alerts, and raises none", async () => {
  const level = (sku: string) =>
    world.sales.tell({ type: "StockLevelChanged", channel: "EU", sku, level: "OUT", available: 0, threshold: 0 });
  level("off-1");
  expect(await open("STOCKOUT", "EU off-1")).toHaveLength(1);
  await save({ kind: "STOCKOUT", enabled: false });
  expect(await open("STOCKOUT", "EU off-1")).toEqual([]);
  level("off-2");
  expect(await open("STOCKOUT", "EU off-2")).toEqual([]);
  await save({ kind: "STOCKOUT", enabled: true });
});

test("what became of alerts is told in one order, and can be followed", async () => {
  const FEED =
    "query ($after: String) { alertEvents(after: $after, first: 200) { nodes { kind status alert { id status subject } } pageInfo { endCursor } } }";
  const before = (await must(FEED)).alertEvents;
  const ofFirst = before.nodes.filter((event: { kind: string }) => event.kind === "BACKORDER_AGING");
  expect(ofFirst.map((event: { status: string }) => event.status)).toEqual(["OPEN", "ACKNOWLEDGED", "RESOLVED"]);
  expect(ofFirst[0].alert.status).toBe("RESOLVED");
  world.sales.tell({ type: "StockLevelChanged", channel: "EU", sku: "fed", level: "LOW", available: 1, threshold: 3 });
  await world.settle();
  const { nodes, pageInfo } = (await must(FEED, { after: before.pageInfo.endCursor })).alertEvents;
  expect(nodes).toMatchObject([{ kind: "LOW_STOCK", status: "OPEN", alert: { subject: "EU fed" } }]);
  const { id } = nodes[0].alert;
  await must('mutation ($id: ID!) { resolveAlert(id: $id, note: "ordered") { userErrors { code } } }', { id });
  expect((await must(FEED, { after: pageInfo.endCursor })).alertEvents.nodes).toMatchObject([{ status: "RESOLVED" }]);
});

test.each([
  ["a limit where there is none", { kind: "SHORT_PICK", limitSeconds: 5 }, ["input", "limitSeconds"]],
  ["no time at all", { kind: "BACKORDER_AGING", limitSeconds: 0 }, ["input", "limitSeconds"]],
  ["more than ten years", { kind: "BACKORDER_AGING", limitSeconds: 400_000_000 }, ["input", "limitSeconds"]],
  ["a lot earlier than it is told of", { kind: "EXPIRING_LOT", limitSeconds: 91 * 86_400 }, ["input", "limitSeconds"]],
  ["a state of another kind", { kind: "STOCKOUT", state: "order:PICKING" }, ["input", "state"]],
  ["a state that there is not", { kind: "PROCESS_STUCK", state: "order:ASLEEP", limitSeconds: 5 }, ["input", "state"]],
  ["a state where everything ends", { kind: "PROCESS_STUCK", state: "order:DELIVERED", limitSeconds: 5 }, ["input", "state"]],
])("a rule with %s is refused, and nothing changes", async (_, input, field) => {
  const rules = "{ alertRules { kind state enabled limitSeconds } }";
  const before = await must(rules);
  expect(await save(input)).toMatchObject({ rule: null, userErrors: [{ code: "INVALID_INPUT", field }] });
  expect(await must(rules)).toEqual(before);
});

test("the rules tell their defaults; an operator reads none of it, a dispatcher saves", async () => {
  const { alertRules } = await must("{ alertRules { kind state enabled limitSeconds } }");
  expect(alertRules).toContainEqual({ kind: "PROCESS_STUCK", state: null, enabled: true, limitSeconds: 259_200 });
  expect(alertRules).toContainEqual({ kind: "PROCESS_STUCK", state: "order:SHIPPED", enabled: false, limitSeconds: 604_800 });
  expect(alertRules).toContainEqual({ kind: "OVERSOLD", state: null, enabled: true, limitSeconds: null });
  for (const query of ["{ alertRules { kind } }", "{ alertEvents { nodes { id } } }"]) {
    const { errors } = await world.ask(query, {}, { role: "order-system" });
    expect(errors[0].extensions.code).toBe("FORBIDDEN");
  }
});
