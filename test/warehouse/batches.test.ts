import { newId } from "../../shared/ids";
import { POST, SAVE_ITEM, shipAll, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  const units = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`S${String(i).padStart(2, "0")}`, 3]));
  for (const sku of Object.keys(units)) await world.must(SAVE_ITEM, { sku, name: sku });
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity, unitCost: "1" }));
  await world.must(POST, { idempotencyKey: newId(), type: "PURCHASE_RECEIPT", warehouse: "W1", lines });
  for (const sku of Object.keys(units)) {
    const id = await world.allocate({ [sku]: 1 });
    await shipAll(world, id, { [sku]: 1 });
  }
}, 240_000);
afterAll(() => world.close());

/** Statements that a query needs; the background work of the layer is stopped so that it adds none. */
async function statements(source: string, rows: number): Promise<number> {
  const before = world.db.statements;
  const { errors } = await world.ask(source, { first: rows });
  expect(errors).toBeUndefined();
  return world.db.statements - before;
}

const QUERIES: [string, string][] = [
  [
    "items",
    "inventoryItems(first: $first) { nodes { name merchant { name } barcodes { gtin } onHand unitCost { amount } stock { nodes { location { kind } quantity } } movements { nodes { type } } } }",
  ],
  [
    "movements",
    "movements(first: $first) { nodes { type shipment { status } lines { item { name } location { kind } value { amount currency } } journal { lines { account { name } item { name } } } } }",
  ],
  [
    "shipments",
    "outboundShipments(first: $first) { nodes { status warehouse { name } lines { item { name } picks { location { kind } } } parcels { lines { item { name } } } order { orderRef } } }",
  ],
  [
    "the journal",
    "journalEntries(first: $first) { nodes { movement { type } lines { account { name } merchant { name } warehouse { name } } } }",
  ],
  ["the valuation", "inventoryValuation { lines(first: $first) { nodes { item { name } warehouse { name } } } }"],
];

test("fifty rows of a list need as many statements as one", async () => {
  await world.layer.stop();
  for (const [name, query] of QUERIES) {
    const source = `query ($first: Int) { ${query} }`;
    const one = await statements(source, 1);
    expect([name, await statements(source, 50)]).toEqual([name, one]);
    expect(one).toBeGreaterThan(0);
  }
});
