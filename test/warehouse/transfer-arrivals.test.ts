import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { allOf, bookedBy, keyed, receive, RECEIVE, refusal } from "./inbound-support";
import { PACK, PICK, POST, SAVE_ITEM, SAVE_WAREHOUSE, SHIP, shipAll, START, warehouseWorld, type WarehouseWorld } from "./support";

/** Transfers that arrive otherwise than they were sent: scrapped, without some serial numbers, beside others of the same item. */
let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_WAREHOUSE, { code: "W2", name: "Two", currency: "EUR", address: { countryCode: "DE" } });
  await world.must(SAVE_WAREHOUSE, { code: "US", name: "US", currency: "USD", legalEntity: "US", address: { countryCode: "US" } });
  await world.must(SAVE_ITEM, { sku: "M", name: "Moving average" });
  await world.must(SAVE_ITEM, { sku: "F", name: "FIFO", costingMethod: "FIFO" });
  await world.must(SAVE_ITEM, { sku: "S", name: "Standard", costingMethod: "STANDARD", standardCost: "10" });
  await world.must(SAVE_ITEM, { sku: "N", name: "Serial", tracking: "SERIAL" });
  await world.must(SAVE_ITEM, { sku: "L", name: "Lot", tracking: "LOT" });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.db.query("SELECT reason FROM parked_event")).toEqual([]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

const buy = (sku: string, quantity: number, unitCost: string, more: object = {}) =>
  world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse: "W1", lines: [{ sku, quantity, unitCost, ...more }] }));
const release = (units: Record<string, number>, to = "W2"): Promise<string> =>
  world.allocate(units, { orderRef: "", transfer: { to, expectedAt: "2030-01-01T00:00:00Z" } });
async function send(units: Record<string, number>): Promise<string> {
  const id = await release(units);
  await shipAll(world, id, units);
  return id;
}
const valueIn = async (warehouse: string, sku: string): Promise<[number, number, string]> => {
  const [row] = await world.db.query<{ units: number; transit: number; value: string }>(
    `SELECT b.units, b.transit, CAST(s.value AS CHAR) AS value FROM (
       SELECT CAST(SUM(quantity) AS SIGNED) AS units, CAST(SUM(IF(location = 'TRANSIT', quantity, 0)) AS SIGNED) AS transit
       FROM stock_balance WHERE warehouse = ? AND sku = ?) b JOIN item_stock s ON s.warehouse = ? AND s.sku = ?`,
    [warehouse, sku, warehouse, sku],
  );
  return [Number(row.units), Number(row.transit), row.value];
};

test("at standard: in and out at the standard of each warehouse, the difference is variance", async () => {
  await buy("S", 4, "10");
  await world.must(POST, keyed({ type: "PURCHASE_RECEIPT", warehouse: "W2", lines: [{ sku: "S", quantity: 1, unitCost: "10" }] }));
  await world.must(
    POST,
    keyed({ type: "COST_ADJUSTMENT", warehouse: "W2", reason: "new standard", lines: [{ sku: "S", quantity: 0, unitCost: "12" }] }),
  );
  const id = await send({ S: 2 });
  expect((await bookedBy(world, id)).filter((line) => line.startsWith("TRANSFER_IN"))).toEqual([
    "TRANSFER_IN 1410 Dr 24.000000",
    "TRANSFER_IN 1420 Cr 20.000000",
    "TRANSFER_IN 5100 Cr 4.000000",
  ]);
  await receive(world, id, [{ sku: "S", quantity: 2, scrap: true }]);
  expect((await bookedBy(world, id)).slice(-2)).toEqual(["SCRAP_ISSUE 1400 Cr 24.000000", "SCRAP_ISSUE 5910 Dr 24.000000"]);
});

test("serial numbers travel: those that were sent come, and the others are lost", async () => {
  await buy("N", 3, "5", { serials: ["N-1", "N-2", "N-3"] });
  const id = await release({ N: 2 });
  await world.must(START, keyed({ id }));
  await world.must(PICK, keyed({ id, picks: [{ sku: "N", quantity: 2, serials: ["N-1", "N-3"] }] }));
  await world.must(PACK, keyed({ id }));
  await world.must(SHIP, keyed({ id }));
  const line = (serial: string, more: object = {}) => ({
    input: keyed({ id, lines: [{ sku: "N", quantity: 1, serials: [serial], ...more }] }),
  });
  const before = await allOf(world);
  expect(await refusal(world, RECEIVE, line("N-2"))).toBe("INVALID_INPUT input.lines.0.serials");
  const rejected = { quantity: 0, rejected: 1, rejectReason: "crushed", serials: undefined };
  expect(await refusal(world, RECEIVE, line("N-1", rejected))).toBe("INVALID_INPUT input.lines.0.rejected");
  expect(await allOf(world)).toEqual(before);
  await receive(world, id, [{ sku: "N", quantity: 1, serials: ["N-3"], status: "DAMAGED" }], { final: true });
  const rows = await world.db.query("SELECT serial, warehouse, location, status FROM serial WHERE sku = 'N' ORDER BY serial");
  expect(rows).toMatchObject([
    { serial: "N-1", warehouse: null },
    { serial: "N-2", warehouse: "W1", location: "STORAGE" },
    { serial: "N-3", warehouse: "W2", location: "STORAGE", status: "DAMAGED" },
  ]);
});

test("two transfers of one item lie in TRANSIT together, and each gives what it brought", async () => {
  await buy("M", 5, "7");
  const [a, b] = [await send({ M: 2 }), await send({ M: 3 })];
  expect((await valueIn("W2", "M")).slice(0, 2)).toEqual([5, 5]);
  expect(await refusal(world, RECEIVE, { input: keyed({ id: a, lines: [{ sku: "M", quantity: 3 }] }) })).toBe(
    "LIMIT_EXCEEDED input.lines.0.quantity",
  );
  await Promise.all([receive(world, a, [{ sku: "M", quantity: 2 }]), receive(world, b, [{ sku: "M", quantity: 3 }])]);
  expect((await valueIn("W2", "M")).slice(0, 2)).toEqual([5, 0]);
});
