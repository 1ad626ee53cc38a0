import { OrderEventKind } from "../../services/dispatch/notice/notice";
import { writeNotices, type WrittenNotice } from "../../services/dispatch/notice/notice.sql";
import { inTransaction } from "../../shared/db/transaction";
import { prune } from "../../shared/flow/prune";
import { pruneNotices } from "../../services/dispatch/notice/prune-notices";
import { newId } from "../../shared/ids";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
  world.pool("UK", { LON: BERLIN });
});
afterAll(() => world?.close());

interface Event {
  id: string;
  kind: string;
  order: { orderRef: string };
  lines: { item: { sku: string }; lineRef: string | null; quantity: number }[];
  shipment: { id: string } | null;
  detail: string | null;
}

const EVENTS = `query ($after: String, $orderRef: ID, $channel: ID, $first: Int!) {
  orderEvents(after: $after, orderRef: $orderRef, channel: $channel, first: $first) {
    nodes { id kind order { orderRef } lines { item { sku } lineRef quantity } shipment { id } detail } pageInfo { hasNextPage endCursor } } }`;

const page = async (variables: object = {}, as: object = {}) => {
  const { data, errors } = await world.ask(EVENTS, { first: 50, ...variables }, { settle: true, ...as });
  if (errors) throw errors[0];
  return data.orderEvents as { nodes: Event[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
};
const eventsOf = async (orderRef: string) => (await page({ orderRef })).nodes;
/** Kind and units, as one word each. */
const told = (events: Event[]) => events.map(({ kind, lines }) => `${kind} ${lines.map((line) => line.quantity).join("+")}`);
const allocationsOf = async (ref: string) => (await world.order(ref)).allocations as { id: string; warehouse: { code: string } }[];

test("the way of an order: confirmed, partly allocated, backordered, filled, shipped, delivered", async () => {
  world.stock("BER", { A: 2 });
  await world.settle();
  const lines = [
    { sku: "A", quantity: 3, lineRef: "first" },
    { sku: "B", quantity: 1, lineRef: "second" },
  ];
  world.confirm("EU", "E-1", {}, { lines });
  expect(told(await eventsOf("E-1"))).toEqual(["CONFIRMED 3+1", "ALLOCATED 2", "BACKORDERED 1+1"]);
  world.stock("MUC", { A: 1, B: 1 });
  const [first, second] = await allocationsOf("E-1");
  world.shipped(first.id, "BER", "E-1", [{ sku: "A", quantity: 2 }]);
  world.progress(first.id, "BER", "E-1", "DELIVERED");
  world.shipped(second.id, "MUC", "E-1", [
    { sku: "A", quantity: 1 },
    { sku: "B", quantity: 1 },
  ]);
  world.warehouse.tell({
    type: "ShipmentProgressed",
    shipmentId: second.id,
    orderRef: "E-1",
    warehouse: "MUC",
    status: "REFUSED",
    actor: "floor",
  });
  const events = await eventsOf("E-1");
  expect(told(events).slice(3)).toEqual(["ALLOCATED 1+1", "SHIPPED 2", "DELIVERED 2", "SHIPPED 1+1", "UNDELIVERED 1+1"]);
  expect(events[4]).toEqual({
    id: expect.any(String),
    kind: "SHIPPED",
    order: { orderRef: "E-1" },
    lines: [{ item: { sku: "A" }, lineRef: "first", quantity: 2 }],
    shipment: { id: first.id },
    detail: "BER",
  });
  expect(events[7].detail).toBe("REFUSED");
});

test("parcels of one shipment that fare differently: some units are delivered, the others are not; the history names why", async () => {
  world.stock("BER", { P: 3 });
  await world.settle();
  world.confirm("EU", "E-8", { P: 3 }, { heldAt: "2026-01-02T03:04:05.000Z" });
  const [{ id }] = await allocationsOf("E-8");
  world.shipped(id, "BER", "E-8", [{ sku: "P", quantity: 3 }]);
  const fate = { status: "LOST" as const, lost: [{ sku: "P", quantity: 1 }], back: [{ sku: "P", quantity: 1 }], note: "flood" };
  world.warehouse.tell({ type: "ShipmentProgressed", shipmentId: id, orderRef: "E-8", warehouse: "BER", actor: "courier", ...fate });
  expect(told(await eventsOf("E-8")).slice(2)).toEqual(["SHIPPED 3", "DELIVERED 1", "UNDELIVERED 2"]);
  const { history } = (await world.order("E-8")).order.process;
  expect(history[0]).toEqual({ event: "ReservationHeld", from: "HELD", to: "HELD", actor: "shop" });
  const steps = await world.db.query("SELECT at, detail, actor FROM process_step WHERE detail LIKE '%flood' OR event = 'ReservationHeld'");
  expect(steps).toEqual([
    { at: new Date("2026-01-02T03:04:05.000Z"), detail: "EU", actor: "shop" },
    { at: expect.any(Date), detail: "BER LOST: flood", actor: "courier" },
  ]);
});

test("what is told before the leaving is said after it; an item on two lines names neither", async () => {
  world.stock("BER", { C: 2 });
  await world.settle();
  const lines = ["x", "y"].map((lineRef) => ({ sku: "C", quantity: 1, lineRef }));
  world.confirm("EU", "E-2", {}, { lines });
  const [{ id }] = await allocationsOf("E-2");
  world.progress(id, "BER", "E-2", "DELIVERED");
  world.shipped(id, "BER", "E-2", [{ sku: "C", quantity: 2 }]);
  const events = await eventsOf("E-2");
  expect(told(events)).toEqual(["CONFIRMED 1+1", "ALLOCATED 2", "SHIPPED 2", "DELIVERED 2"]);
  expect(events[0].lines.map(({ lineRef }) => lineRef)).toEqual(["x", "y"]);
  expect(events[2].lines.map(({ lineRef }) => lineRef)).toEqual([null]);
});

test("a short pick that is found elsewhere waits for nothing; one that is not is backordered", async () => {
  world.stock("BER", { D: 2 });
  world.stock("MUC", { D: 1 });
  await world.settle();
  world.confirm("EU", "E-3", { D: 2 });
  const short = (shipmentId: string, quantity: number) => {
    world.stock("BER", { D: -quantity });
    const facts = { shipmentId, orderRef: "E-3", warehouse: "BER", status: "PICKING" as const, actor: "floor" };
    world.warehouse.tell({ type: "ShipmentShort", ...facts, lines: [{ sku: "D", quantity }] });
  };
  const [{ id }] = await allocationsOf("E-3");
  short(id, 1);
  expect(told(await eventsOf("E-3"))).toEqual(["CONFIRMED 2", "ALLOCATED 2", "SHORT 1", "ALLOCATED 1"]);
  short(id, 1);
  expect(told(await eventsOf("E-3")).slice(4)).toEqual(["SHORT 1", "BACKORDERED 1"]);
});

test("a cancellation is told as it is decided: asked, stopped, too late", async () => {
  world.stock("BER", { F: 2 });
  await world.settle();
  const { reservationId } = world.confirm("EU", "E-4", { F: 3 });
  const [{ id }] = await allocationsOf("E-4");
  const cancellationId = newId();
  const common = { cancellationId, orderRef: "E-4" };
  const asked = [{ sku: "F", quantity: 3 }];
  world.sales.tell({ type: "CancelRequested", reservationId, ...common, reason: "changed his mind", actor: "shop", lines: asked });
  expect(told(await eventsOf("E-4")).slice(3)).toEqual(["CANCEL_REQUESTED 3", "CANCELLED 1"]);
  const decided = { stopped: [{ sku: "F", quantity: 1 }], tooLate: [{ sku: "F", quantity: 1 }] };
  for (let twice = 0; twice < 2; twice++)
    world.warehouse.tell({ type: "ShipmentCancelDecided", shipmentId: id, ...common, warehouse: "BER", status: "PACKED", ...decided });
  expect(told(await eventsOf("E-4")).slice(5)).toEqual(["CANCELLED 1", "CANCEL_REFUSED 1"]);
});

test("what is told to this layer twice happened once", async () => {
  world.stock("BER", { G: 1 });
  await world.settle();
  const confirmed = world.confirm("EU", "E-5", { G: 1 });
  world.sales.tell(confirmed);
  const [{ id }] = await allocationsOf("E-5");
  const gone = { shipmentId: id, orderRef: "E-5", warehouse: "BER", movementId: newId(), actor: "floor" };
  for (let twice = 0; twice < 2; twice++) world.warehouse.tell({ type: "ShipmentShipped", ...gone, lines: [{ sku: "G", quantity: 1 }] });
  for (let twice = 0; twice < 2; twice++) world.progress(id, "BER", "E-5", "DELIVERED");
  expect(told(await eventsOf("E-5"))).toEqual(["CONFIRMED 1", "ALLOCATED 1", "SHIPPED 1", "DELIVERED 1"]);
});

test("an order system follows its own orders only, page by page, and its cursor outlives an empty page", async () => {
  world.confirm("EU", "E-6", { Z: 1 }, { client: "other" });
  world.confirm("UK", "E-7", { Z: 1 }, { client: "other" });
  const other = { client: "other", role: "order-system" };
  const all = (await page({}, other)).nodes;
  expect(new Set(all.map(({ order }) => order.orderRef))).toEqual(new Set(["E-6", "E-7"]));
  expect(all).toHaveLength(4);
  const seen: string[] = [];
  let after: string | undefined;
  for (let more = true; more;) {
    const { nodes, pageInfo } = await page({ first: 1, after }, other);
    seen.push(...nodes.map(({ id }) => id));
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  expect(seen).toEqual(all.map(({ id }) => id));
  expect(await page({ after }, other)).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: after } });
  expect((await page({ orderRef: "E-1" }, other)).nodes).toEqual([]);
  expect((await page({ channel: "UK" }, other)).nodes.map(({ order }) => order.orderRef)).toEqual(["E-7", "E-7"]);
  const { errors } = await world.ask(EVENTS, { first: 1, after: "nonsense" });
  expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
});

/** What one transaction tells, with an id of its own time. */
const notice = (orderRef: string): WrittenNotice => ({
  id: newId(),
  at: new Date(),
  topic: "ORDER",
  kind: OrderEventKind.CONFIRMED,
  client: "late",
  merchant: "",
  channel_code: "EU",
  order_ref: orderRef,
  body: { lines: [], shipmentId: null, detail: null },
  aggregates: { [`fulfillment:${orderRef}`]: 1 },
});

test("transactions that commit in the other order lose no event for a reader who follows", async () => {
  const seen: string[] = [];
  let after: string | undefined;
  const follow = async () => {
    const { nodes, pageInfo } = await page({ after }, { client: "late", role: "order-system" });
    seen.push(...nodes.map(({ order }) => order.orderRef));
    after = pageInfo.endCursor;
  };
  await inTransaction(world.db, async (tx) => {
    await writeNotices(tx, [notice("early")]);
    for (const ref of ["later-1", "later-2"]) await inTransaction(world.db, (rival) => writeNotices(rival, [notice(ref)]));
    for (const end = Date.now() + 5_000; seen.length < 2 && Date.now() < end; await tx.query("SELECT 1")) await follow();
    expect(seen).toEqual(["later-1", "later-2"]);
  });
  for (const end = Date.now() + 5_000; seen.length < 3 && Date.now() < end;) await follow();
  expect(seen).toEqual(["later-1", "later-2", "early"]);
});

test("the scope: neither storefront nor merchandiser reads them", async () => {
  for (const role of ["storefront", "merchandiser"]) {
    const { errors } = await world.ask(EVENTS, { first: 1 }, { role: role as "storefront" });
    expect(errors[0].extensions.code).toBe("FORBIDDEN");
  }
});

test("what was told long ago is kept no longer: an old cursor is told so by name, who begins anew begins at the oldest", async () => {
  const days = 30;
  const run = () => prune(world.db, days, [pruneNotices], () => Promise.resolve());
  const first = await page({ first: 1 });
  const second = await page({ first: 1, after: first.pageInfo.endCursor });
  const [{ position }] = await world.db.query<{ position: number }>("SELECT position FROM notice WHERE id = ?", [second.nodes[0].id]);
  await world.db.query("UPDATE notice SET at = NOW(6) - INTERVAL 31 DAY WHERE position <= ?", [position]);
  await world.db
    .query(`INSERT INTO webhook (id, client, merchant, every_client, url, secret, order_events, alerts, enabled, position, due_at, created_at)
    VALUES ('w', 'shop', NULL, 0, 'http://127.0.0.1:1', '', 0, 0, 1, 0, NOW(6) + INTERVAL 1 DAY, NOW(6))`);
  await run();
  expect((await page({ first: 1, after: first.pageInfo.endCursor })).nodes).toEqual(second.nodes);

  await world.db.query("UPDATE webhook SET position = ? WHERE id = 'w'", [position]);
  await world.db.query("INSERT INTO webhook_dead (webhook_id, position, reason) VALUES ('w', ?, 'no answer')", [position]);
  await run();
  await world.db.query("UPDATE webhook SET deleted = 1 WHERE id = 'w'");
  expect(await world.db.query("SELECT * FROM webhook_dead WHERE webhook_id = 'w'")).toEqual([]);
  const { errors } = await world.ask(EVENTS, { first: 1, after: first.pageInfo.endCursor });
  expect(errors[0]).toMatchObject({ message: expect.stringContaining("CURSOR_EXPIRED"), extensions: { code: "NOT_FOUND" } });
  const oldest = await page({ first: 1 });
  expect(oldest).toEqual(await page({ first: 1, after: second.pageInfo.endCursor }));
});
