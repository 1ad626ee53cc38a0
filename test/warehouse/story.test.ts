import type { ShipmentShipped, StockMoved } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { checkpointWarehouse, reconcileWarehouse } from "../../services/warehouse/reconcile";
import { DELIVER, ITEM, MOVEMENTS, PACK, PICK, POST, SHIP, shipAll, START, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
});
afterAll(() => world.close());

const item = async (sku: string) => (await world.ask(ITEM, { search: sku })).data.inventoryItems.nodes[0];
const places = async (sku: string): Promise<[string, number][]> =>
  (await item(sku)).stock.nodes
    .filter(({ quantity }: { quantity: number }) => quantity > 0)
    .map(({ location, quantity }: { location: { kind: string }; quantity: number }) => [location.kind, quantity]);
const header = async (sku: string) => {
  const [row] = await world.db.query("SELECT on_hand, value, sellable, allocated FROM item_stock WHERE sku = ?", [sku]);
  return row;
};
const ENTITIES = `query ($refs: [_Any!]!) { _entities(representations: $refs) {
  ... on Order { orderRef shipments { id status shipTo { city } } movements { type lines { quantity } } } } }`;
const order = async (orderRef: string, as?: object) =>
  (await world.ask(ENTITIES, { refs: [{ __typename: "Order", orderRef }] }, as)).data?._entities?.[0];

test("one order from receipt to delivery, with every unit in the ledger and every amount in the books", async () => {
  await world.stock({ A: 10 }, "2.50");
  await world.stock({ A: 10 }, "3.50");
  expect(await header("A")).toEqual({ on_hand: 20, value: "60.000000", sellable: 20, allocated: 0 });
  expect((await item("A")).unitCost).toEqual({ amount: "3.000000", currency: "EUR" });
  expect(await places("A")).toEqual([["STORAGE", 20]]);

  const id = await world.allocate({ A: 4 });
  const { outboundShipment } = (await world.ask(`{ outboundShipment(id: "${id}") { id status kind lines { quantity picked } } }`)).data;
  expect(outboundShipment).toEqual({ id, status: "RELEASED", kind: "ORDER", lines: [{ quantity: 4, picked: 0 }] });
  expect(await header("A")).toMatchObject({ sellable: 20, allocated: 4 });

  expect((await world.must(START, { idempotencyKey: "s", id })).outbound.status).toBe("PICKING");
  const some = await world.must(PICK, {
    idempotencyKey: "p1",
    id,
    picks: [
      { sku: "A", quantity: 2 },
      { sku: "A", quantity: 1 },
    ],
  });
  expect(some.outbound).toMatchObject({ status: "PICKING", lines: [{ quantity: 4, picked: 3 }] });
  expect(await places("A")).toEqual(
    expect.arrayContaining([
      ["STORAGE", 17],
      ["PACKING", 3],
    ]),
  );
  const all = await world.must(PICK, { idempotencyKey: "p2", id, picks: [{ sku: "A", quantity: 1 }] });
  expect(all.outbound).toMatchObject({ status: "PICKED", lines: [{ quantity: 4, picked: 4, short: 0 }] });
  const picks: { location: { code: string }; quantity: number }[] = all.outbound.lines[0].picks;
  expect(picks.reduce((units, pick) => units + pick.quantity, 0)).toBe(4);
  expect(new Set(picks.map((pick) => pick.location.code))).toEqual(new Set(["STORAGE"]));
  expect(await header("A")).toEqual({ on_hand: 20, value: "60.000000", sellable: 20, allocated: 4 });

  expect((await world.must(PACK, { idempotencyKey: "k", id })).outbound.status).toBe("PACKED");
  const shipped = (await world.must(SHIP, { idempotencyKey: "g", id, carrier: "DHL", trackingNumber: "T1" })).outbound;
  expect(shipped).toMatchObject({ status: "SHIPPED", shippedAt: expect.any(String) });
  expect(shipped.parcels).toEqual([
    expect.objectContaining({ carrier: "DHL", trackingNumber: "T1", status: "SHIPPED", lines: [{ item: { sku: "A" }, quantity: 4 }] }),
  ]);
  expect(await header("A")).toEqual({ on_hand: 16, value: "48.000000", sellable: 16, allocated: 0 });
  expect(await places("A")).toEqual([["STORAGE", 16]]);
  const delivered = (await world.must(DELIVER, { idempotencyKey: "d", id, outcome: "DELIVERED" })).outbound;
  expect(delivered).toMatchObject({ status: "DELIVERED", deliveredAt: expect.any(String), parcels: [{ status: "DELIVERED" }] });

  const [sale] = (await world.ask(MOVEMENTS, { sku: "A", type: "SALES_ISSUE" })).data.movements.nodes;
  expect(sale).toMatchObject({ order: { orderRef: `order-${id}` }, shipment: { id }, postedBy: "floor" });
  expect(sale.lines).toEqual([
    expect.objectContaining({
      quantity: -4,
      location: { code: "PACKING", kind: "PACKING" },
      unitCost: { amount: "3.000000", currency: "EUR" },
      value: { amount: "-12.000000" },
    }),
  ]);
  const amounts = sale.journal.lines.map((line: { account: { code: string }; debit: { amount: string }; credit: { amount: string } }) => [
    line.account.code,
    Number(line.debit?.amount ?? 0),
    Number(line.credit?.amount ?? 0),
  ]);
  expect(amounts).toEqual(
    expect.arrayContaining([
      ["5000", 12, 0],
      ["1400", 0, 12],
    ]),
  );
  expect(amounts).toHaveLength(2);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("what was told of it: supply by receipts, progress by steps, one shipping, and no more", async () => {
  const moved = (await world.told("StockMoved")) as unknown as (StockMoved & { aggregates: object })[];
  expect(moved.map(({ movementType, lines }) => [movementType, lines])).toEqual([
    ["PURCHASE_RECEIPT", [{ sku: "A", delta: 10 }]],
    ["PURCHASE_RECEIPT", [{ sku: "A", delta: 10 }]],
  ]);
  const steps = (await world.told("ShipmentProgressed")) as unknown as { status: string; actor: string; client: string }[];
  expect(steps.map(({ status }) => status)).toEqual(["PICKING", "PICKED", "PACKED", "DELIVERED"]);
  expect(new Set(steps.map(({ actor, client }) => `${actor} ${client}`))).toEqual(new Set(["floor shop"]));
  const [shipped, ...more] = (await world.told("ShipmentShipped")) as unknown as (ShipmentShipped & {
    aggregates: Record<string, number>;
  })[];
  expect(more).toEqual([]);
  expect(shipped).toMatchObject({ warehouse: "W1", lines: [{ sku: "A", quantity: 4 }], client: "shop" });
  expect(Object.keys(shipped.aggregates).sort()).toEqual([`shipment:${shipped.shipmentId}`, "stock:W1:A"].sort());
  const versions = (await world.told("StockMoved", "ShipmentShipped")).map(({ aggregates }) => aggregates["stock:W1:A"]);
  expect(versions).toEqual([1, 2, 3]);
});

test("an allocation that is told twice is one shipment, and repeated lines are one", async () => {
  await world.stock({ B: 10 });
  const allocationId = newId();
  const told = {
    type: "AllocationMade" as const,
    allocationId,
    orderRef: "twice",
    warehouse: "W1",
    shipTo: null,
    priority: 3,
    shipBy: "2030-01-02T03:04:05.000Z",
    lines: [
      { sku: "B", quantity: 1 },
      { sku: "B", quantity: 2 },
    ],
  };
  world.dispatch.tell(told, "shop");
  await world.ask("{ merchants { code } }");
  world.dispatch.tell(told, "shop");
  await world.ask("{ merchants { code } }");
  const { data } = await world.ask(
    '{ outboundShipments(orderRef: "twice") { nodes { id priority shipBy lines { item { sku } quantity } } } }',
  );
  expect(data.outboundShipments.nodes).toEqual([
    { id: allocationId, priority: 3, shipBy: "2030-01-02T03:04:05.000Z", lines: [{ item: { sku: "B" }, quantity: 3 }] },
  ]);
  expect(await header("B")).toMatchObject({ allocated: 3 });
});

test("an order system sees its own orders' shipments and movements only; the address needs its scope", async () => {
  await world.stock({ C: 5 });
  const id = await world.allocate({ C: 1 }, { orderRef: "mine" });
  await shipAll(world, id, { C: 1 });
  const own = await order("mine", { client: "shop", role: "order-system" });
  expect(own.shipments).toEqual([{ id, status: "SHIPPED", shipTo: { city: "Berlin" } }]);
  expect(own.movements.map(({ type }: { type: string }) => type).sort()).toEqual(["BIN_MOVE", "SALES_ISSUE"]);
  const foreign = await order("mine", { client: "rival", role: "order-system" });
  expect(foreign).toMatchObject({ shipments: [], movements: [] });
  const { data } = await world.ask(`{ outboundShipment(id: "${id}") { id } }`, {}, { client: "rival", role: "order-system" });
  expect(data.outboundShipment).toBeNull();
  const { errors } = await world.ask(
    `{ outboundShipment(id: "${id}") { shipTo { city } } }`,
    {},
    { scopes: ["orders:read"], client: "shop" },
  );
  expect(errors[0].extensions.code).toBe("FORBIDDEN");
});

test("parcels that add up leave as given; one that is lost is told apart", async () => {
  await world.stock({ D: 6 });
  const id = await world.allocate({ D: 3 });
  await world.must(START, { idempotencyKey: newId(), id });
  await world.must(PICK, { idempotencyKey: newId(), id, picks: [{ sku: "D", quantity: 3, location: "STORAGE" }] });
  await world.must(PACK, { idempotencyKey: newId(), id });
  const parcels = [
    { trackingNumber: "P1", lines: [{ sku: "D", quantity: 1 }] },
    { trackingNumber: "P2", weightGrams: 90, lines: [{ sku: "D", quantity: 2 }] },
  ];
  const { outbound } = await world.must(SHIP, { idempotencyKey: newId(), id, parcels });
  expect(outbound.parcels.map((parcel: { trackingNumber: string }) => parcel.trackingNumber)).toEqual(["P1", "P2"]);
  const lost = await world.must(DELIVER, { idempotencyKey: newId(), id, parcelId: outbound.parcels[0].id, outcome: "LOST" });
  expect(lost.outbound).toMatchObject({ status: "SHIPPED", parcels: [{ status: "LOST" }, { status: "SHIPPED" }] });
});

test("a checkpoint tells each item's sellable units once, in the order of its other events, and leaves the ledger as it is", async () => {
  await world.must(POST, {
    idempotencyKey: newId(),
    type: "MISC_RECEIPT",
    warehouse: "W1",
    lines: [{ sku: "A", quantity: 5, status: "DAMAGED" }],
  });
  const count = await checkpointWarehouse(world.db, newId());
  const told = (await world.told("StockCheckpoint")) as unknown as {
    lines: { sku: string; onHand: number }[];
    aggregates: Record<string, number>;
  }[];
  expect(told.flatMap(({ lines }) => lines)).toHaveLength(count);
  expect(told.flatMap(({ lines }) => lines)).toContainEqual({ sku: "A", onHand: 16 });
  const [last] = (await world.told("ShipmentShipped", "StockMoved")).filter(({ aggregates }) => "stock:W1:A" in aggregates).slice(-1);
  expect(told[0].aggregates["stock:W1:A"]).toBeGreaterThan(last.aggregates["stock:W1:A"]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});
