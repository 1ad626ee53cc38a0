import { newId } from "../../shared/ids";
import type { CancelDecided, EventLine, OrderConfirmed, ShipmentCancelRequested } from "../../shared/flow/messages";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
});
afterAll(() => world?.close());

function cancel({ reservationId, orderRef }: OrderConfirmed, units: Record<string, number>, cancellationId = newId()): string {
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  world.sales.tell({ type: "CancelRequested", reservationId, cancellationId, orderRef, reason: "why not", actor: "shop", lines });
  return cancellationId;
}
interface Allocated {
  id: string;
  warehouse: { code: string };
}
function decide(
  { id, warehouse }: Allocated,
  cancellationId: string,
  status: string,
  stopped: EventLine[],
  tooLate: EventLine[] = [],
): void {
  world.warehouse.tell({
    type: "ShipmentCancelDecided",
    shipmentId: id,
    cancellationId,
    orderRef: "",
    warehouse: warehouse.code,
    status,
    stopped,
    tooLate,
  });
}
const toldOf = async <T>(type: string, cancellationId: string): Promise<T[]> =>
  (await world.told()).filter(
    (event) => event.type === type && "cancellationId" in event && event.cancellationId === cancellationId,
  ) as T[];

afterEach(async () => {
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
});

test("the least advanced shipment is asked first, what waits is given up before any", async () => {
  world.stock("BER", { A: 2 });
  world.stock("MUC", { A: 2 });
  const order = world.confirm("EU", "O-1", { A: 5 });
  const [near, far] = (await world.order("O-1")).allocations;
  world.progress(near.id, "BER", "O-1", "PICKING");
  await world.settle(); // The feeds are read side by side: what comes after has to be told after.
  const first = cancel(order, { A: 2 });
  cancel(order, { A: 2 }, first);
  expect(await toldOf<CancelDecided>("CancelDecided", first)).toMatchObject([{ stopped: [{ sku: "A", quantity: 1 }], tooLate: [] }]);
  const [asked, ...others] = await toldOf<ShipmentCancelRequested>("ShipmentCancelRequested", first);
  expect(others).toEqual([]);
  expect(asked).toMatchObject({ allocationId: far.id, warehouse: "MUC", lines: [{ sku: "A", quantity: 1 }] });
  expect(await world.order("O-1")).toMatchObject({ status: "CANCELLING", lines: [{ allocated: 4, backordered: 0 }] });

  // The answer counts once, and one to a request that was never made not at all.
  decide(far, newId(), "CANCELLED", [{ sku: "A", quantity: 2 }]);
  for (let i = 0; i < 2; i++) decide(far, first, "RELEASED", [{ sku: "A", quantity: 1 }]);
  expect(await world.order("O-1")).toMatchObject({
    status: "ALLOCATED",
    lines: [{ quantity: 5, allocated: 3 }],
    allocations: [{ status: "RELEASED" }, { status: "ALLOCATED", lines: [{ quantity: 1 }] }],
    order: { process: { state: "PICKING" } },
  });
  expect(await world.position("MUC", "A")).toEqual({ onHand: 2, allocated: 1, free: 1, backordered: 0 });
  expect(await toldOf<CancelDecided>("CancelDecided", first)).toHaveLength(2);

  world.shipped(near.id, "BER", "O-1", [{ sku: "A", quantity: 2 }]);
  await world.settle();
  const rest = cancel(order, { A: 3 });
  // Two have left, one is still asked for.
  expect(await toldOf<CancelDecided>("CancelDecided", rest)).toMatchObject([{ stopped: [], tooLate: [{ sku: "A", quantity: 2 }] }]);
  decide(far, rest, "CANCELLED", [{ sku: "A", quantity: 1 }]);
  expect(await world.order("O-1")).toMatchObject({ status: "SHIPPED", lines: [{ shipped: 2, allocated: 0 }] });
});

test("confirmed and cancelled in one batch, allocated or waiting", async () => {
  world.stock("BER", { B: 1 });
  await world.settle();
  world.sales.closed = true;
  const allocated = world.confirm("EU", "O-2", { B: 1 });
  const waiting = world.confirm("EU", "O-3", { B: 1 });
  const [first, second] = [cancel(allocated, { B: 1 }), cancel(waiting, { B: 1 })];
  world.sales.closed = false;
  expect(await world.order("O-3")).toMatchObject({ status: "CANCELLED", lines: [{ backordered: 0 }], allocations: [] });
  expect(await toldOf("CancelDecided", second)).toHaveLength(1);
  const { status, allocations } = await world.order("O-2");
  expect(status).toBe("CANCELLING");
  expect(await toldOf("CancelDecided", first)).toEqual([]);
  decide(allocations[0], first, "CANCELLED", [{ sku: "B", quantity: 1 }]);
  expect((await world.order("O-2")).status).toBe("CANCELLED");
  expect(await world.position("BER", "B")).toEqual({ onHand: 1, allocated: 0, free: 1, backordered: 0 });
});

const rule = (allowSplit: boolean, ber: boolean, muc = ber) =>
  world.ask(
    `mutation { saveSourcingRule(input: {channel: "EU", strategy: NEAREST, allowSplit: ${allowSplit}, warehouses: [
      {warehouse: "BER", priority: 1, enabled: ${ber}}, {warehouse: "MUC", priority: 1, enabled: ${muc}}]}) { userErrors { message } } }`,
  );

test("an order on hold is given up with its alert; without the item that nobody has, a no-split order fits", async () => {
  await rule(true, false);
  world.stock("BER", { C: 5 });
  const held = world.confirm("EU", "O-4", { C: 5 });
  expect((await world.order("O-4")).status).toBe("ON_HOLD");
  const open = async () => (await world.ask("{ alerts(status: OPEN) { nodes { subject } } }")).data.alerts.nodes;
  expect(await open()).toHaveLength(1);
  cancel(held, { C: 5 });
  expect(await world.order("O-4")).toMatchObject({ status: "CANCELLED", unsourcedBecause: null });
  expect(await open()).toEqual([]);

  await rule(false, true);
  const whole = world.confirm("EU", "O-5", { C: 5, NONE: 1 });
  expect((await world.order("O-5")).allocations).toEqual([]);
  cancel(whole, { NONE: 1 });
  expect(await world.order("O-5")).toMatchObject({ status: "ALLOCATED", allocations: [{ lines: [{ quantity: 5 }] }] });
});

test("what is left of an order when its shipment was stopped may be on hold: then it is no backorder", async () => {
  await rule(true, true, false);
  world.stock("BER", { D: 1 });
  world.stock("MUC", { E: 1 });
  const order = world.confirm("EU", "O-6", { D: 1, E: 1 });
  const { status, lines, allocations } = await world.order("O-6");
  expect([status, lines[1].backordered]).toEqual(["PARTIALLY_ALLOCATED", 1]);
  const asked = cancel(order, { D: 1 });
  await world.settle();
  decide(allocations[0], asked, "CANCELLED", [{ sku: "D", quantity: 1 }]);
  expect(await world.order("O-6")).toMatchObject({ status: "ON_HOLD", lines: [{ allocated: 0 }, { backordered: 0 }] });
});
