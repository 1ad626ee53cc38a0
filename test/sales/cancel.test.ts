import { reconcileSales } from "../../services/sales/reconcile";
import type { EventLine } from "../../shared/flow/messages";
import { CONFIRM, RELEASE, RESERVE, salesWorld, STOCK, type SalesWorld } from "./support";

let world: SalesWorld;
let n = 0;
beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ A: 50, B: 50 });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
  expect(await reconcileSales(world.db, { full: true })).toEqual([]);
});

const READ = `query ($id: ID!) { reservation(id: $id) { status lines { lineRef fulfilled released }
  cancellations { outcome reason lines { lineRef quantity released fulfilled } } } }`;
const read = async (id: string) => (await world.ask(READ, { id })).data.reservation;

interface Asked {
  id: string;
  cancellationId: string;
}
/** A confirmed reservation of two lines of A, `a` and `b`, and one of B; of these some are asked to be cancelled. */
async function cancelling(lines?: object[]): Promise<Asked> {
  const key = () => `cancel-${++n}`;
  const wanted = [
    { sku: "A", quantity: 2, lineRef: "a" },
    { sku: "A", quantity: 2, lineRef: "b" },
    { sku: "B", quantity: 1 },
  ];
  const input = { idempotencyKey: key(), orderRef: `O-${n}`, channel: "web", lines: wanted };
  const { id } = (await world.ask(RESERVE, { input })).data.reserveStock.reservation;
  await world.ask(CONFIRM, { input: { idempotencyKey: key(), reservationId: id } });
  const answer = await world.ask(RELEASE, { input: { idempotencyKey: key(), reservationId: id, reason: "late", lines } });
  expect(answer.data.releaseReservation).toMatchObject({ reservation: { status: "CANCELLING" }, userErrors: [] });
  await world.layer.feed.head({ visited: [], deadlineMs: Date.now() + 5_000 });
  const told = await world.layer.feed.read(0, 1_000, 0);
  const asked = told.find((event) => event.type === "CancelRequested" && event.reservationId === id) as unknown as Asked;
  return { id, cancellationId: asked.cancellationId };
}
const shipped = ({ id }: Asked, lines: EventLine[]) => ({
  type: "OrderShipped" as const,
  reservationId: id,
  fulfillmentId: "f",
  shipmentId: "s",
  orderRef: "o",
  warehouse: "W1",
  lines,
});
const decided = ({ id, cancellationId }: Asked, stopped: EventLine[], tooLate: EventLine[] = []) => ({
  type: "CancelDecided" as const,
  reservationId: id,
  cancellationId,
  fulfillmentId: "f",
  orderRef: "o",
  stopped,
  tooLate,
});
const A = (quantity: number) => ({ sku: "A", quantity });
const B = (quantity: number) => ({ sku: "B", quantity });

test("committed falls when it is decided, with a line of cause RELEASE", async () => {
  const before = (await world.ask(STOCK, { sku: "B" })).data.inventoryItem.virtualStock[0];
  const asked = await cancelling();
  const during = (await world.ask(STOCK, { sku: "B" })).data.inventoryItem.virtualStock[0];
  expect(during).toMatchObject({ committed: before.committed + 1, available: before.available - 1 });
  world.dispatch.tell(decided(asked, [A(4), B(1)]));
  expect((await read(asked.id)).status).toBe("RELEASED");
  const after = (await world.ask(STOCK, { sku: "B" })).data.inventoryItem.virtualStock[0];
  expect(after).toMatchObject({ committed: before.committed, available: before.available });
  const entries = await world.db.query(
    "SELECT cause, committed_delta FROM virtual_stock_entry WHERE reference = ? AND sku = 'B' ORDER BY seq",
    [asked.id],
  );
  expect(entries.map(({ cause, committed_delta }) => [cause, committed_delta])).toEqual([
    ["HOLD", 0],
    ["CONFIRM", 1],
    ["RELEASE", -1],
  ]);
});

test("units that leave while a line is being cancelled are the other line's, before the decision as after", async () => {
  for (const order of ["shipped first", "decided first"]) {
    const asked = await cancelling([{ ...A(2), lineRef: "a" }]);
    const events = [shipped(asked, [A(2), B(1)]), decided(asked, [A(2)])];
    world.dispatch.tell(...(order === "shipped first" ? events : events.reverse()));
    expect(await read(asked.id)).toMatchObject({
      status: "FULFILLED",
      lines: [
        { lineRef: "a", fulfilled: 0, released: 2 },
        { lineRef: "b", fulfilled: 2, released: 0 },
        { fulfilled: 1, released: 0 },
      ],
      cancellations: [{ outcome: "STOPPED", reason: "late", lines: [{ lineRef: "a", quantity: 2, released: 2, fulfilled: 0 }] }],
    });
  }
});

test("everything has left, and the decision is still to come: CANCELLING until then", async () => {
  const asked = await cancelling([B(1)]);
  world.dispatch.tell(shipped(asked, [A(4), B(1)]));
  expect(await read(asked.id)).toMatchObject({ status: "CANCELLING", cancellations: [{ outcome: "PENDING" }] });
  world.dispatch.tell(decided(asked, [], [B(1)]));
  expect(await read(asked.id)).toMatchObject({ status: "FULFILLED", cancellations: [{ outcome: "TOO_LATE", lines: [{ fulfilled: 1 }] }] });
});

test("decided piece by piece: PENDING, then PARTLY, and CONFIRMED again while the rest is to ship", async () => {
  const asked = await cancelling([A(3), B(1)]);
  world.dispatch.tell(decided(asked, [A(1)]));
  expect(await read(asked.id)).toMatchObject({ status: "CANCELLING", cancellations: [{ outcome: "PENDING" }] });
  world.dispatch.tell(decided(asked, [B(1)], [A(2)]));
  const partly = await read(asked.id);
  expect(partly).toMatchObject({ status: "CONFIRMED", cancellations: [{ outcome: "PARTLY" }] });
  expect(partly.lines.map(({ released }: { released: number }) => released)).toEqual([1, 0, 1]);
  world.dispatch.tell(shipped(asked, [A(3)]));
  expect((await read(asked.id)).status).toBe("FULFILLED");
});
