import { BERLIN, DispatchWorld, MUNICH, PARIS } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH, PAR: PARIS });
});
afterAll(() => world?.close());

const warehouses = (order: { allocations: { warehouse: { code: string } }[] }) => order.allocations.map(({ warehouse }) => warehouse.code);

test("an order is allocated at the nearest warehouse, shipped and delivered, and its process tells how", async () => {
  world.stock("MUC", { A: 10 });
  world.stock("BER", { A: 5 });
  world.confirm("EU", "O-1", { A: 3 });
  const order = await world.order("O-1");
  expect(order).toMatchObject({ status: "ALLOCATED", lines: [{ quantity: 3, allocated: 3, backordered: 0 }], decision: { strategy: "NEAREST", shipments: 1, unfilled: 0 } });
  expect(order.decision.candidates.map((c: { warehouse: { code: string } }) => c.warehouse.code)).toEqual(["BER", "MUC", "PAR"]);
  expect(warehouses(order)).toEqual(["BER"]);
  const [{ id, shipment }] = order.allocations;
  expect(shipment).toEqual({ id });
  expect(await world.position("BER", "A")).toEqual({ onHand: 5, allocated: 3, free: 2, backordered: 0 });

  for (const step of ["PICKING", "PICKED", "PACKED"] as const) world.progress(id, "BER", "O-1", step);
  world.shipped(id, "BER", "O-1", [{ sku: "A", quantity: 3 }]);
  expect(await world.parked()).toEqual([]);
  expect(await world.order("O-1")).toMatchObject({ status: "SHIPPED", lines: [{ allocated: 0, shipped: 3 }], allocations: [{ status: "SHIPPED", lines: [{ shipped: 3 }] }] });
  expect(await world.position("BER", "A")).toEqual({ onHand: 2, allocated: 0, free: 2, backordered: 0 });
  world.progress(id, "BER", "O-1", "DELIVERED");
  const done = await world.order("O-1");
  expect(done.status).toBe("DELIVERED");
  expect(done.order.process.history.map((step: { from: string; to: string }) => `${step.from}>${step.to}`)).toEqual([
    "CONFIRMED>CONFIRMED",
    "CONFIRMED>ALLOCATED",
    "ALLOCATED>PICKING",
    "PICKING>PICKED",
    "PICKED>PACKED",
    "PACKED>SHIPPED",
    "SHIPPED>DELIVERED",
  ]);
  const told = (await world.told()).filter((event) => "orderRef" in event && event.orderRef === "O-1");
  expect(told.map(({ type }) => type)).toEqual(["AllocationMade", "OrderShipped"]);
  expect(told[1]).toMatchObject({ client: "shop", lines: [{ sku: "A", quantity: 3 }] });
  expect(Object.keys(told[1].aggregates).sort()).toEqual([expect.stringMatching(/^demand:EU:A$/), expect.stringMatching(/^fulfillment:/), "position:BER:A"].sort());
});
