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
  // The two feeds are read side by side: an order that is heard of before the stock waits for it first.
  await world.settle();
  world.confirm("EU", "O-1", { A: 3 });
  const order = await world.order("O-1");
  expect(order).toMatchObject({
    status: "ALLOCATED",
    lines: [{ quantity: 3, allocated: 3, backordered: 0 }],
    decision: { strategy: "NEAREST", shipments: 1, unfilled: 0 },
  });
  expect(order.decision.candidates.map((c: { warehouse: { code: string } }) => c.warehouse.code)).toEqual(["BER", "MUC", "PAR"]);
  expect(warehouses(order)).toEqual(["BER"]);
  const [{ id, shipment }] = order.allocations;
  expect(shipment).toEqual({ id });
  expect(await world.position("BER", "A")).toEqual({ onHand: 5, allocated: 3, free: 2, backordered: 0 });

  for (const step of ["PICKING", "PICKED", "PACKED"] as const) world.progress(id, "BER", "O-1", step);
  world.shipped(id, "BER", "O-1", [{ sku: "A", quantity: 3 }]);
  expect(await world.parked()).toEqual([]);
  expect(await world.order("O-1")).toMatchObject({
    status: "SHIPPED",
    lines: [{ allocated: 0, shipped: 3 }],
    allocations: [{ status: "SHIPPED", lines: [{ shipped: 3 }] }],
  });
  expect(await world.position("BER", "A")).toEqual({ onHand: 2, allocated: 0, free: 2, backordered: 0 });
  world.progress(id, "BER", "O-1", "DELIVERED");
  const done = await world.order("O-1");
  expect(done.status).toBe("DELIVERED");
  expect(done.order.process.history.map((step: { from: string; to: string }) => `${step.from}>${step.to}`)).toEqual([
    "HELD>CONFIRMED",
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
  expect(Object.keys(told[1].aggregates).sort()).toEqual(
    [expect.stringMatching(/^demand:EU:A$/), expect.stringMatching(/^fulfillment:/), "position:BER:A"].sort(),
  );
});

test("an order that no warehouse can ship whole is split in rank order, and lines of one item are summed", async () => {
  world.stock("MUC", { S1: 4, S2: 1 });
  world.stock("BER", { S1: 1 });
  const lines = [
    { sku: "S1", quantity: 2, lineRef: "a" },
    { sku: "S1", quantity: 2, lineRef: "b" },
    { sku: "S2", quantity: 1, lineRef: "c" },
  ];
  world.confirm("EU", "O-2", {}, { lines });
  const order = await world.order("O-2");
  expect(order).toMatchObject({
    status: "ALLOCATED",
    allocations: [{ warehouse: { code: "MUC" }, lines: [{ quantity: 4 }, { quantity: 1 }] }],
  });
  world.confirm("EU", "O-3", { S1: 1, S2: 1 });
  expect(await world.order("O-3")).toMatchObject({
    status: "PARTIALLY_ALLOCATED",
    allocations: [{ warehouse: { code: "BER" }, lines: [{ item: { sku: "S1" }, quantity: 1 }] }],
    lines: [
      { allocated: 1, backordered: 0 },
      { allocated: 0, backordered: 1 },
    ],
    decision: { shipments: 1, unfilled: 1 },
  });
  expect(await world.position("BER", "S2")).toMatchObject({ backordered: 1 });
});

test("what waits is filled as stock arrives: priority, promised date (none last), age", async () => {
  const wait = { status: "BACKORDERED", lines: [{ backordered: 2, allocated: 0 }] };
  world.confirm("EU", "W-old", { W: 2 });
  world.confirm("EU", "W-promised", { W: 2 }, { promisedAt: "2027-01-01T00:00:00Z" });
  world.confirm("EU", "W-urgent", { W: 2 }, { priority: 5 });
  world.confirm("EU", "W-young", { W: 2 });
  for (const ref of ["W-old", "W-promised", "W-urgent", "W-young"]) expect(await world.order(ref)).toMatchObject(wait);
  expect(await world.position("BER", "W")).toEqual({ onHand: 0, allocated: 0, free: 0, backordered: 8 });
  world.stock("PAR", { W: 3 });
  expect(await world.order("W-urgent")).toMatchObject({ status: "ALLOCATED" });
  expect(await world.order("W-promised")).toMatchObject({ status: "PARTIALLY_ALLOCATED", lines: [{ allocated: 1, backordered: 1 }] });
  world.stock("MUC", { W: 3 });
  expect(await world.order("W-promised")).toMatchObject({
    status: "ALLOCATED",
    allocations: [{ warehouse: { code: "PAR" } }, { warehouse: { code: "MUC" } }],
  });
  expect(await world.order("W-old")).toMatchObject({ status: "ALLOCATED", decision: { shipments: 1 } });
  expect(await world.order("W-young")).toMatchObject(wait);
  expect(await world.position("BER", "W")).toMatchObject({ backordered: 2 });
  expect(await world.position("PAR", "W")).toEqual({ onHand: 3, allocated: 3, free: 0, backordered: 0 });
});

test("two shipments: partly shipped, then shipped, then delivered", async () => {
  world.stock("BER", { T: 1 });
  world.stock("MUC", { T: 1 });
  world.confirm("EU", "O-4", { T: 2 });
  const [first, second] = (await world.order("O-4")).allocations;
  world.shipped(first.id, "BER", "O-4", [{ sku: "T", quantity: 1 }]);
  expect(await world.order("O-4")).toMatchObject({ status: "PARTIALLY_SHIPPED", order: { process: { state: "PARTIALLY_SHIPPED" } } });
  world.progress(first.id, "BER", "O-4", "DELIVERED");
  world.shipped(second.id, "MUC", "O-4", [{ sku: "T", quantity: 1 }]);
  expect(await world.order("O-4")).toMatchObject({ status: "SHIPPED" });
  world.progress(second.id, "MUC", "O-4", "DELIVERED");
  expect(await world.order("O-4")).toMatchObject({ status: "DELIVERED", order: { process: { state: "DELIVERED" } } });
});

test("a shipment that goes out short: the rest waits again", async () => {
  world.stock("BER", { H: 3 });
  world.confirm("EU", "O-5", { H: 3 });
  const [{ id }] = (await world.order("O-5")).allocations;
  world.shipped(id, "BER", "O-5", [{ sku: "H", quantity: 2 }]);
  expect(await world.order("O-5")).toMatchObject({ status: "PARTIALLY_SHIPPED", lines: [{ allocated: 0, backordered: 1, shipped: 2 }] });
  expect(await world.position("BER", "H")).toEqual({ onHand: 1, allocated: 0, free: 1, backordered: 1 });
  world.stock("MUC", { H: 1 });
  expect(await world.order("O-5")).toMatchObject({ status: "PARTIALLY_SHIPPED", lines: [{ allocated: 1, backordered: 0, shipped: 2 }] });
});

test("a reported loss takes free below zero and stays visible; nothing more is allocated from it", async () => {
  world.stock("BER", { L: 5 });
  world.confirm("EU", "O-6", { L: 5 });
  await world.order("O-6");
  world.stock("BER", { L: -2 });
  expect(await world.position("BER", "L")).toEqual({ onHand: 3, allocated: 5, free: -2, backordered: 0 });
  world.confirm("EU", "O-7", { L: 1 });
  world.stock("BER", { L: 2 });
  expect(await world.order("O-7")).toMatchObject({ status: "BACKORDERED" });
  world.stock("BER", { L: 1 });
  expect(await world.order("O-7")).toMatchObject({ status: "ALLOCATED" });
});

test("stock that a rule forbids puts the order on hold with an alert; a changed rule lets it go and ends the alert", async () => {
  const save = (warehouses: object[]) =>
    world.ask(
      'mutation ($w: [SourcingNodeInput!]!) { saveSourcingRule(input: {channel: "EU", strategy: PRIORITY, allowSplit: true, warehouses: $w}) { userErrors { message } } }',
      { w: warehouses },
    );
  const alerts = async () => (await world.ask("{ alerts(kind: UNSOURCEABLE) { nodes { status subject message } } }")).data.alerts.nodes;
  world.stock("PAR", { U: 4 });
  await save([
    { warehouse: "BER", priority: 1 },
    { warehouse: "PAR", priority: 2, enabled: false },
  ]);
  world.confirm("EU", "O-8", { U: 1 });
  const order = await world.order("O-8");
  expect(order).toMatchObject({
    status: "ON_HOLD",
    unsourcedBecause: "PAR: disabled in the sourcing rule",
    lines: [{ backordered: 0, allocated: 0 }],
  });
  expect(order.decision.candidates).toEqual([
    expect.objectContaining({ warehouse: { code: "BER" }, rank: 1, freeUnits: 0 }),
    expect.objectContaining({ warehouse: { code: "MUC" }, excludedBecause: "not named in the sourcing rule" }),
    expect.objectContaining({ warehouse: { code: "PAR" }, rank: null, freeUnits: 1, excludedBecause: "disabled in the sourcing rule" }),
  ]);
  expect(await alerts()).toEqual([expect.objectContaining({ status: "OPEN", subject: order.id })]);
  await save([{ warehouse: "PAR", priority: 1 }]);
  expect(await world.order("O-8")).toMatchObject({ status: "ALLOCATED", unsourcedBecause: null });
  expect(await alerts()).toEqual([expect.objectContaining({ status: "RESOLVED" })]);
});

test("a warehouse that joins the pool later serves what waits", async () => {
  world.stock("LYS", { J: 1 });
  world.confirm("FR", "O-9", { J: 1 }, { shipTo: null });
  expect(await world.order("O-9")).toMatchObject({ status: "BACKORDERED", decision: { candidates: [] } });
  world.pool("FR", { LYS: PARIS });
  expect(await world.order("O-9")).toMatchObject({ status: "ALLOCATED", allocations: [{ warehouse: { code: "LYS" } }] });
});

test("nothing was set aside, and the books agree", async () => {
  expect(await world.parked()).toEqual([]);
});
