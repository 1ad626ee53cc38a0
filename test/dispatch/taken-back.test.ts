import type { EventLine, ShipmentCancelRequested } from "../../shared/flow/messages";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

/** Allocations that go to somebody else: after a loss, and when an order is more urgent. */
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

const asked = async (): Promise<ShipmentCancelRequested[]> =>
  (await world.told()).filter((event) => event.type === "ShipmentCancelRequested") as unknown as ShipmentCancelRequested[];
/** The questions that warehouses were asked about orders, once there are so many of them. */
async function askedOf(count: number, ...refs: string[]): Promise<ShipmentCancelRequested[]> {
  for (const end = Date.now() + 10_000; ;) {
    const found = (await asked()).filter(({ orderRef }) => refs.includes(orderRef));
    if (found.length >= count || Date.now() > end) return found;
  }
}
async function answer(request: ShipmentCancelRequested, status: string, stopped: EventLine[] = request.lines): Promise<void> {
  const tooLate = stopped.length > 0 ? [] : request.lines;
  const { allocationId: shipmentId, cancellationId, orderRef, warehouse } = request;
  world.warehouse.tell({ type: "ShipmentCancelDecided", shipmentId, cancellationId, orderRef, warehouse, status, stopped, tooLate });
  await world.settle();
}
const lose = (sku: string, units: number) => world.stock("BER", { [sku]: -units });
const stateOf = async (ref: string) => {
  const { status, allocations } = await world.order(ref);
  const open = allocations.filter((one: { status: string }) => one.status !== "CANCELLED");
  return [status, ...open.map((one: { warehouse: { code: string } }) => one.warehouse.code)];
};
const detailsOf = async (ref: string, event: string): Promise<string[]> =>
  (
    await world.db.query<{ detail: string }>(
      "SELECT s.detail FROM process_step s JOIN process_instance i ON i.id = s.instance_id WHERE i.reference = ? AND s.event = ? ORDER BY s.seq",
      [ref, event],
    )
  ).map(({ detail }) => detail);

test("after a loss the least urgent gives back, the latest of them first, and is sourced elsewhere or waits", async () => {
  world.stock("BER", { A: 6 });
  world.confirm("EU", "A-URGENT", { A: 2 }, { priority: 5 });
  world.confirm("EU", "A-OLD", { A: 2 });
  await world.settle();
  world.confirm("EU", "A-NEW", { A: 2 });
  await world.settle();
  world.stock("MUC", { A: 1 });
  lose("A", 3);
  const [first, second, ...more] = await askedOf(2, "A-URGENT", "A-OLD", "A-NEW");
  expect([first.orderRef, first.lines, second.orderRef, second.lines, more]).toEqual([
    "A-NEW",
    [{ sku: "A", quantity: 2 }],
    "A-OLD",
    [{ sku: "A", quantity: 1 }],
    [],
  ]);
  await answer(first, "CANCELLED");
  await answer(second, "RELEASED");
  expect(await world.position("BER", "A")).toMatchObject({ onHand: 3, allocated: 3, free: 0 });
  expect(await stateOf("A-URGENT")).toEqual(["ALLOCATED", "BER"]);
  expect(await stateOf("A-NEW")).toEqual(["PARTIALLY_ALLOCATED", "MUC"]);
  expect(await stateOf("A-OLD")).toEqual(["PARTIALLY_ALLOCATED", "BER"]);
  expect(await detailsOf("A-NEW", "AllocationTakenBack")).toEqual(["BER 2 of A, BER has lost units of A that were promised"]);
});

test("what is being picked stays; where it is too late the next order's are taken back", async () => {
  world.stock("BER", { B: 3 });
  for (const ref of ["B-1", "B-2", "B-3"]) {
    world.confirm("EU", ref, { B: 1 });
    await world.settle();
  }
  world.progress((await world.order("B-3")).allocations[0].id, "BER", "B-3", "PICKING");
  await world.settle();
  lose("B", 1);
  const [first] = await askedOf(1, "B-1", "B-2", "B-3");
  expect(first.orderRef).toBe("B-2");
  world.progress(first.allocationId, "BER", "B-2", "PICKING");
  await answer(first, "PICKING", []);
  const [, second] = await askedOf(2, "B-1", "B-2", "B-3");
  expect(second.orderRef).toBe("B-1");
  await answer(second, "CANCELLED");
  expect(await stateOf("B-1")).toEqual(["BACKORDERED"]);
  expect(await world.position("BER", "B")).toMatchObject({ onHand: 2, allocated: 2, free: 0 });
});

test("an urgent order takes over what a later one holds, and both say so; the other is sourced elsewhere or waits", async () => {
  world.stock("BER", { C: 3 });
  world.confirm("EU", "C-LATER", { C: 3 });
  await world.settle();
  world.confirm("EU", "C-URGENT", { C: 2 }, { priority: 1 });
  const { id, status } = await world.order("C-URGENT");
  expect(status).toBe("BACKORDERED");
  const reallocate = async () =>
    (
      await world.ask("mutation ($input: FulfillmentActionInput!) { reallocateFulfillment(input: $input) { userErrors { message } } }", {
        input: { idempotencyKey: `over-${++n}`, id },
      })
    ).data.reallocateFulfillment.userErrors;
  expect(await reallocate()).toEqual([]);
  // What is on its way back is not asked for twice.
  expect(await reallocate()).toEqual([]);
  const [question, ...more] = await askedOf(1, "C-LATER");
  expect([question.lines, more]).toEqual([[{ sku: "C", quantity: 2 }], []]);
  await answer(question, "RELEASED");
  expect(await stateOf("C-URGENT")).toEqual(["ALLOCATED", "BER"]);
  expect(await stateOf("C-LATER")).toEqual(["PARTIALLY_ALLOCATED", "BER"]);
  expect(await detailsOf("C-URGENT", "TakenOver")).toEqual(["2 of C in BER from order C-LATER"]);
  expect(await detailsOf("C-LATER", "AllocationTakenBack")).toEqual(["BER 2 of C, for order C-URGENT, which is more urgent"]);
});

test("a priority raised above another's does the same; below it nothing is taken", async () => {
  world.stock("BER", { D: 1 });
  const later = new Date(Date.now() + 3_600_000).toISOString();
  world.confirm("EU", "D-1", { D: 1 }, { priority: 5, shipNotBefore: later });
  await world.settle();
  world.confirm("EU", "D-2", { D: 1 });
  const { id } = await world.order("D-2");
  const raise = (priority: number) =>
    world.ask("mutation ($input: UpdateFulfillmentInput!) { updateFulfillment(input: $input) { userErrors { message } } }", {
      input: { idempotencyKey: `raise-${priority}`, id, priority },
    });
  await raise(5);
  expect(await stateOf("D-2")).toEqual(["BACKORDERED"]);
  await raise(6);
  // No warehouse knew of it: it changes hands at once.
  expect(await stateOf("D-2")).toEqual(["ALLOCATED", "BER"]);
  expect(await stateOf("D-1")).toEqual(["BACKORDERED"]);
});
