import { PACK, PICK, START, warehouseWorld, type WarehouseWorld } from "./support";

/** Another address, priority or date for a shipment: taken until it is packed, so that a pick that begins at the same moment does no harm. */
let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.stock({ A: 90 });
});
afterAll(() => world?.close());

const shipTo = { city: "Bonn", countryCode: "DE" };
const shipBy = "2030-01-02T03:04:05.000Z";
const change = (allocationId: string) =>
  world.dispatch.tell({ type: "AllocationChanged", allocationId, orderRef: "o", warehouse: "W1", shipTo, priority: 9, shipBy });
const now = async (id: string) => {
  await world.allocate({ A: 1 }); // Comes after what was told.
  const [row] = await world.db.query<{ status: string; priority: number; ship_by: Date | null; ship_to: unknown }>(
    "SELECT status, priority, ship_by, ship_to FROM outbound_shipment WHERE id = ?",
    [id],
  );
  const address = typeof row.ship_to === "string" ? JSON.parse(row.ship_to) : row.ship_to;
  return { ...row, ship_by: row.ship_by?.toISOString() ?? null, city: address?.city ?? null };
};
const refusedOf = async (id: string) =>
  (await world.told("ShipmentChangeRefused")).filter((event) => "shipmentId" in event && event.shipmentId === id);
const STEPS = [
  (id: string) => world.must(START, { idempotencyKey: `start-${id}`, id }),
  (id: string) => world.must(PICK, { idempotencyKey: `pick-${id}`, id, picks: [{ sku: "A", quantity: 1 }] }),
  (id: string) => world.must(PACK, { idempotencyKey: `pack-${id}`, id }),
];

test.each([
  [0, "RELEASED", true],
  [1, "PICKING", true],
  [2, "PICKED", true],
  [3, "PACKED", false],
])("after %i steps, %s: it is taken %s", async (steps, status, isTaken) => {
  const id = await world.allocate({ A: 1 });
  for (const step of STEPS.slice(0, steps)) await step(id);
  change(id);
  const found = await now(id);
  expect(found.status).toBe(status);
  expect([found.priority, found.ship_by, found.city]).toEqual(isTaken ? [9, shipBy, "Bonn"] : [0, null, "Berlin"]);
  expect(await refusedOf(id)).toMatchObject(isTaken ? [] : [{ orderRef: "o", warehouse: "W1", status: "PACKED" }]);
  // The floor goes on from where it was.
  for (const step of STEPS.slice(steps)) await step(id);
  expect((await now(id)).status).toBe("PACKED");
  expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
});

test("made and changed in one batch; one that was stopped has nothing to change", async () => {
  const id = await world.allocate({ A: 1 });
  const lines = [{ sku: "A", quantity: 1 }];
  world.dispatch.tell({ type: "ShipmentCancelRequested", allocationId: id, cancellationId: id, orderRef: "o", warehouse: "W1", lines });
  change(id);
  expect(await now(id)).toMatchObject({ status: "CANCELLED" });
  expect(await refusedOf(id)).toEqual([]);
});
