import { decideCancel } from "../../services/warehouse/ship/cancel-shipment";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import type { OutboundStatus } from "../../services/warehouse/enums";
import { newId } from "../../shared/ids";
import { PACK, PICK, POST, shipAll, START, warehouseWorld, type WarehouseWorld } from "./support";

const line = (sku: string, quantity: number, picked = 0) => ({ shipmentId: "s", sku, quantity, picked, short: 0 });
const A2B1 = { A: 2, B: 1 };

/** Status, units picked, units asked for; what it becomes, what is stopped, what is too late. */
const DECISIONS: [OutboundStatus, number, Record<string, number>, OutboundStatus, Record<string, number>, Record<string, number>][] = [
  ["RELEASED", 0, A2B1, "CANCELLED", A2B1, {}],
  ["RELEASED", 0, { A: 1 }, "RELEASED", { A: 1 }, {}],
  ["RELEASED", 0, { A: 2 }, "RELEASED", { A: 2 }, {}],
  ["RELEASED", 0, { A: 3, C: 1 }, "RELEASED", { A: 2 }, { A: 1, C: 1 }],
  ["PICKING", 0, A2B1, "CANCELLED", A2B1, {}],
  ["PICKING", 1, A2B1, "CANCELLING", A2B1, {}],
  ["PICKING", 0, { A: 1 }, "PICKING", {}, { A: 1 }],
  ["PICKED", 2, A2B1, "CANCELLING", A2B1, {}],
  ["PACKED", 2, A2B1, "CANCELLING", A2B1, {}],
  ["PACKED", 2, { A: 2 }, "PACKED", {}, { A: 2 }],
  ["SHIPPED", 2, A2B1, "SHIPPED", {}, A2B1],
  ["DELIVERED", 2, A2B1, "DELIVERED", {}, A2B1],
  ["CANCELLING", 2, A2B1, "CANCELLING", {}, A2B1],
  ["CANCELLED", 0, A2B1, "CANCELLED", {}, A2B1],
];

test.each(DECISIONS)("%s with %i picked, asked for %j: %s", (status, picked, asked, to, stopped, tooLate) => {
  const units = (given: Record<string, number>) => Object.entries(given).map(([sku, quantity]) => ({ sku, quantity }));
  const decision = decideCancel(status, [line("A", 2, picked), line("B", 1)], new Map(Object.entries(asked)));
  expect(decision).toEqual({ to, stopped: units(stopped), tooLate: units(tooLate) });
});

test.each<[OutboundStatus, boolean]>([
  ["RELEASED", true],
  ["PICKING", false],
  ["PACKED", false],
])("units that are only wanted elsewhere, of one that is %s: stopped %s", (status, isStopped) => {
  const decision = decideCancel(status, [line("A", 2), line("B", 1)], new Map(Object.entries(A2B1)), true);
  expect([decision.stopped.length, decision.tooLate.length]).toEqual(isStopped ? [2, 0] : [0, 2]);
});

describe("told by dispatch", () => {
  let world: WarehouseWorld;
  beforeAll(async () => {
    world = await warehouseWorld();
    await world.stock({ A: 10, B: 10 });
  });
  afterAll(() => world?.close());
  afterEach(async () => {
    expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
    expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  });

  function cancel(allocationId: string, units: Record<string, number>, cancellationId = newId()): string {
    const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
    world.dispatch.tell({ type: "ShipmentCancelRequested", allocationId, cancellationId, orderRef: "o", warehouse: "W1", lines });
    return cancellationId;
  }
  const answersTo = async (id: string) => {
    await world.ask("{ merchants { code } }"); // Consumes what was told.
    return (await world.told("ShipmentCancelDecided")).filter((event) => "shipmentId" in event && event.shipmentId === id);
  };

  test("released and stopped in one batch; what is told twice is answered once", async () => {
    const id = newId();
    const [lines, shipTo] = [[{ sku: "A", quantity: 3 }], null];
    world.dispatch.tell({
      type: "AllocationMade",
      allocationId: id,
      orderRef: "o",
      warehouse: "W1",
      shipTo,
      priority: 0,
      shipBy: null,
      lines,
    });
    const some = cancel(id, { A: 1 });
    cancel(id, { A: 1 }, some);
    expect(await answersTo(id)).toMatchObject([{ status: "RELEASED", stopped: [{ sku: "A", quantity: 1 }], tooLate: [] }]);
    cancel(id, { A: 1 }, some);
    cancel(id, { A: 2 });
    expect(await answersTo(id)).toMatchObject([{ status: "RELEASED" }, { status: "CANCELLED", stopped: [{ sku: "A", quantity: 2 }] }]);
    const steps = await world.db.query("SELECT status, note FROM shipment_step WHERE shipment_id = ? ORDER BY version", [id]);
    expect(steps.map(({ status, note }) => [status, note])).toEqual([
      ["RELEASED", null],
      ["RELEASED", "stopped 1 of A"],
      ["CANCELLED", "stopped 2 of A"],
    ]);
  });

  test("goods that are still to be put back are nobody's, and nobody takes them", async () => {
    const id = await world.allocate({ B: 10 });
    await world.must(START, { idempotencyKey: "s", id });
    await world.must(PICK, { idempotencyKey: "p", id, picks: [{ sku: "B", quantity: 10 }] });
    await world.must(PACK, { idempotencyKey: "k", id });
    cancel(id, { B: 10 });
    expect(await answersTo(id)).toMatchObject([{ status: "CANCELLING" }]);
    const issue = { idempotencyKey: "i", type: "MISC_ISSUE", warehouse: "W1", lines: [{ sku: "B", quantity: 1 }], reason: "gift" };
    expect((await world.ask(POST, { input: issue })).data.postMovement.userErrors[0].code).toBe("INSUFFICIENT_STOCK");
    const next = await world.allocate({ B: 10 });
    const back = `mutation ($input: PutBackInput!) { putBack(input: $input) { outbound { status } userErrors { code message field } } }`;
    expect((await world.must(back, { idempotencyKey: "b", id, lines: [{ sku: "B", quantity: 10 }] })).outbound.status).toBe("CANCELLED");
    await shipAll(world, next, { B: 10 });
    expect((await world.told("ShipmentProgressed")).at(-1)).toMatchObject({ shipmentId: next, status: "PACKED" });
    expect(
      (await world.told("ShipmentProgressed")).filter((event) => "shipmentId" in event && event.shipmentId === id).at(-1),
    ).toMatchObject({
      status: "CANCELLED",
    });
  });
});
