import { reconcileSales } from "../../services/sales/reconcile";
import type { FeedEvent } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { CONFIRM, RELEASE, RESERVE, salesWorld, STOCK, type SalesWorld } from "./support";

/** Replacements of returns: committed out of what is there, like an order, or as soon as there is something. */
let world: SalesWorld;
let n = 0;
const keyed = (input: object) => ({ input: { idempotencyKey: `replacement-${++n}`, ...input } });

beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ A: 6, B: 0, RIVAL: 10, LATE: 0 });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
  expect(await reconcileSales(world.db, { full: true })).toEqual([]);
});

async function bought(orderRef: string, sku: string): Promise<string> {
  const { data } = await world.ask(RESERVE, keyed({ orderRef, channel: "web", customerRef: "ada", lines: [{ sku, quantity: 1 }] }));
  const { id } = data.reserveStock.reservation;
  await world.ask(CONFIRM, keyed({ reservationId: id }));
  return id;
}
function want(reservationId: string, orderRef: string, units: Record<string, number>, returnId = newId()): string {
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  world.dispatch.tell({ type: "ReplacementWanted", returnId, reservationId, orderRef, channel: "web", pool: "EU", actor: "agent", lines });
  return returnId;
}
const withdraw = (returnId: string, orderRef: string) => world.dispatch.tell({ type: "ReplacementWithdrawn", returnId, orderRef });
const supply = (sku: string, delta: number) =>
  world.dispatch.tell({
    type: "SupplyChanged",
    movementId: newId(),
    movementType: "PURCHASE_RECEIPT",
    warehouse: "W1",
    lines: [{ sku, delta }],
  });

/** What was told of a return, once there is as much as is waited for. */
async function toldOf(returnId: string, least: number): Promise<FeedEvent[]> {
  for (const end = Date.now() + 10_000; ;) {
    await world.layer.feed.head({ visited: [], deadlineMs: Date.now() + 5_000 });
    const events = await world.layer.feed.read(0, 100_000, 0);
    const found = events.filter((event) => "returnId" in event && event.returnId === returnId);
    if (found.length >= least || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const stockOf = async (sku: string) => (await world.ask(STOCK, { sku })).data.inventoryItem.virtualStock[0];

test("what is there is committed, once, as a reservation of the same order", async () => {
  const reservationId = await bought("X-1", "A");
  const returnId = want(reservationId, "X-1", { A: 2 });
  want(reservationId, "X-1", { A: 2 }, returnId);
  await toldOf(returnId, 1);
  want(reservationId, "X-1", { A: 2 }, returnId); // Again, after it was taken up.
  await world.ask("{ channels { code } }");
  const [confirmed] = await toldOf(returnId, 1);
  expect(confirmed).toMatchObject({
    type: "OrderConfirmed",
    orderRef: "X-1",
    customerRef: "ada",
    actor: "agent",
    lines: [{ sku: "A", quantity: 2 }],
  });
  expect(await stockOf("A")).toMatchObject({ onHand: 6, committed: 3, available: 3 });
  // From here on it is an order like any other: its client may cancel it.
  const id = confirmed.type === "OrderConfirmed" ? confirmed.reservationId : "";
  const { data } = await world.ask(`{ reservation(id: "${id}") { status order { orderRef } lines { item { sku } quantity } } }`);
  expect(data.reservation).toEqual({ status: "CONFIRMED", order: { orderRef: "X-1" }, lines: [{ item: { sku: "A" }, quantity: 2 }] });
  withdraw(returnId, "X-1");
  await world.ask("{ channels { code } }");
  expect(await toldOf(returnId, 1)).toHaveLength(1);
  expect((await stockOf("A")).committed).toBe(3);
});

test("without the stock it waits, says so once, and takes it when it comes: all of it or nothing", async () => {
  const reservationId = await bought("X-2", "A");
  const returnId = want(reservationId, "X-2", { B: 3 });
  expect(await toldOf(returnId, 1)).toMatchObject([
    { type: "ReplacementDecided", outcome: "WAITING", aggregates: { [`replacement:${returnId}`]: 1 } },
  ]);
  supply("B", 2);
  await world.ask("{ channels { code } }");
  expect((await stockOf("B")).committed).toBe(0);
  supply("B", 1);
  expect(await toldOf(returnId, 2)).toMatchObject([
    { type: "ReplacementDecided" },
    { type: "OrderConfirmed", lines: [{ sku: "B", quantity: 3 }] },
  ]);
  expect(await stockOf("B")).toMatchObject({ onHand: 3, committed: 3, available: 0 });
});

test("one that is withdrawn is not committed any more", async () => {
  const reservationId = await bought("X-3", "A");
  const returnId = want(reservationId, "X-3", { LATE: 1 });
  await toldOf(returnId, 1);
  withdraw(returnId, "X-3");
  withdraw(returnId, "X-3");
  expect(await toldOf(returnId, 2)).toMatchObject([
    { outcome: "WAITING" },
    { outcome: "WITHDRAWN", aggregates: { [`replacement:${returnId}`]: 2 } },
  ]);
  supply("LATE", 5);
  // The worker has gone by: a later one has its unit.
  expect((await toldOf(want(reservationId, "X-3", { LATE: 1 }), 1)).map(({ type }) => type)).toEqual(["OrderConfirmed"]);
  expect(await stockOf("LATE")).toMatchObject({ onHand: 5, committed: 1 });
});

test("replacements and buyers after the last units: as many as there are, none below zero", async () => {
  const reservationId = await bought("X-4", "A");
  const ids = Array.from({ length: 12 }, () => want(reservationId, "X-4", { RIVAL: 1 }));
  const buyers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      world.ask(RESERVE, keyed({ orderRef: `X-B${i}`, channel: "web", lines: [{ sku: "RIVAL", quantity: 1 }] })),
    ),
  );
  const told = await Promise.all(ids.map((id) => toldOf(id, 1)));
  const committed = told.filter((events) => events.some(({ type }) => type === "OrderConfirmed")).length;
  const held = buyers.filter(({ data }) => data.reserveStock.reservation !== null).length;
  expect(committed + held).toBe(10);
  expect(await stockOf("RIVAL")).toMatchObject({ onHand: 10, held, committed, available: 0 });
  // What a buyer gives back goes to the oldest of those that wait.
  const given = buyers.find(({ data }) => data.reserveStock.reservation)!.data.reserveStock.reservation.id;
  await world.ask(RELEASE, keyed({ reservationId: given, reason: "no" }));
  const next = ids[told.findIndex((events) => events.every(({ type }) => type !== "OrderConfirmed"))];
  expect((await toldOf(next, 2)).at(-1)).toMatchObject({ type: "OrderConfirmed" });
});
