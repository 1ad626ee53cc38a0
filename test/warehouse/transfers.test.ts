import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { allOf, bookedBy, CANCEL, keyed, receive, RECEIVE, refusal, UPDATE } from "./inbound-support";
import { DELIVER, PACK, PICK, POST, SAVE_ITEM, SAVE_WAREHOUSE, SHIP, shipAll, START, warehouseWorld, type WarehouseWorld } from "./support";

/** Transfers that dispatch releases: what leaves one warehouse lies in the TRANSIT of the other with its value until it is received, or lost. */
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

test("at average: the value goes into transit, to the shelf with what comes, and to losses with what does not", async () => {
  await buy("M", 3, "1");
  await buy("M", 1, "2"); // 4 units for 5.00
  const id = await send({ M: 3 });
  expect(await bookedBy(world, id)).toEqual([
    "TRANSFER_OUT 1400 Cr 3.750000",
    "TRANSFER_OUT 1420 Dr 3.750000",
    "TRANSFER_IN 1410 Dr 3.750000",
    "TRANSFER_IN 1420 Cr 3.750000",
  ]);
  const inbound = await receive(world, id, [{ sku: "M", quantity: 1 }]);
  expect(inbound).toMatchObject({ id, kind: "TRANSFER", status: "PARTIALLY_RECEIVED", document: { type: "TRANSFER", number: id } });
  await receive(world, id, [], { final: true });
  expect((await bookedBy(world, id)).slice(4)).toEqual([
    "BIN_MOVE 1410 Cr 1.250000",
    "BIN_MOVE 1400 Dr 1.250000",
    "TRANSFER_LOSS 1410 Cr 2.500000",
    "TRANSFER_LOSS 5920 Dr 2.500000",
  ]);
  const told = await world.told("InboundChanged", "TransferProgressed");
  expect(told.at(-1)).toMatchObject({ transferId: id, warehouse: "W2", status: "RECEIVED", lines: [{ sku: "M", received: 1, lost: 2 }] });
  expect(told.at(-2)).toMatchObject({ kind: "TRANSFER", inboundId: id, warehouse: "W2", lines: [{ sku: "M", quantity: 0 }] });
});

test("by layers: the oldest leave, and arrive at what they cost; what leaves next costs what is left", async () => {
  await buy("F", 2, "1");
  await buy("F", 2, "3");
  const id = await send({ F: 3 });
  await receive(world, id, [{ sku: "F", quantity: 3 }]);
  const moved = (await bookedBy(world, id)).filter((line) => line.includes("1400"));
  expect(moved).toEqual(["TRANSFER_OUT 1400 Cr 5.000000", "BIN_MOVE 1400 Dr 5.000000"]);
  const sold = await world.must(POST, keyed({ type: "SALES_ISSUE", warehouse: "W1", lines: [{ sku: "F", quantity: 1 }] }));
  expect(sold.movement.lines[0].value.amount).toBe("-3.000000");
});

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

test("a lot that is recalled on its way arrives blocked", async () => {
  await buy("L", 2, "1", { lot: "A" });
  const id = await send({ L: 2 });
  const BLOCK = "mutation ($input: BlockLotInput!) { blockLot(input: $input) { userErrors { code } } }";
  await world.must(BLOCK, keyed({ sku: "L", lot: "A", blocked: true, reason: "recall" }));
  await receive(world, id, [{ sku: "L", quantity: 2, lot: "A" }]);
  const rows = await world.db.query(
    "SELECT location, status, quantity FROM stock_balance WHERE warehouse = 'W2' AND sku = 'L' AND quantity > 0",
  );
  expect(rows).toEqual([{ location: "STORAGE", status: "BLOCKED", quantity: 2 }]);
});

test("two transfers of one item lie in TRANSIT together, and each gives what it brought", async () => {
  await buy("M", 5, "7");
  const [a, b] = [await send({ M: 2 }), await send({ M: 3 })];
  expect((await valueIn("W2", "M")).slice(0, 2)).toEqual([6, 5]);
  expect(await refusal(world, RECEIVE, { input: keyed({ id: a, lines: [{ sku: "M", quantity: 3 }] }) })).toBe(
    "LIMIT_EXCEEDED input.lines.0.quantity",
  );
  await Promise.all([receive(world, a, [{ sku: "M", quantity: 2 }]), receive(world, b, [{ sku: "M", quantity: 3 }])]);
  expect((await valueIn("W2", "M")).slice(0, 2)).toEqual([6, 0]);
});

test("only its own documents move it", async () => {
  await buy("M", 4, "1");
  const id = await send({ M: 2 });
  const elsewhere = await release({ M: 1 }, "US");
  await world.must(START, keyed({ id: elsewhere }));
  await world.must(PICK, keyed({ id: elsewhere, picks: [{ sku: "M", quantity: 1 }] }));
  await world.must(PACK, keyed({ id: elsewhere }));
  const before = await allOf(world);
  const document = { type: "TRANSFER", number: id };
  const by = (type: string, warehouse: string) => ({ input: keyed({ type, warehouse, document, lines: [{ sku: "M", quantity: 1 }] }) });
  const [movement] = await world.db.query<{ id: string }>("SELECT id FROM movement WHERE document_number = ? AND type = 'TRANSFER_OUT'", [
    id,
  ]);
  const REVERSE = "mutation ($input: ReverseMovementInput!) { reverseMovement(input: $input) { userErrors { code message field } } }";
  expect(await refusal(world, POST, by("TRANSFER_IN", "W2"))).toBe("INVALID_STATE input.document");
  expect(await refusal(world, POST, by("TRANSFER_OUT", "W1"))).toBe("INVALID_STATE input.document");
  expect(await refusal(world, REVERSE, { input: keyed({ movementId: movement.id, reason: "typo" }) })).toBe(
    "INVALID_STATE input.movementId",
  );
  expect(await refusal(world, CANCEL, { input: keyed({ id }) })).toBe("INVALID_STATE input.id");
  expect(await refusal(world, UPDATE, { input: keyed({ id, lines: [{ sku: "M", quantity: 9 }] }) })).toBe("INVALID_STATE input.lines");
  expect(await refusal(world, DELIVER, { input: keyed({ id, outcome: "LOST" }) })).toBe("INVALID_STATE input.id");
  expect(await refusal(world, SHIP, { input: keyed({ id: elsewhere }) })).toBe("INVALID_STATE input.id");
  expect(await allOf(world)).toEqual(before);
});
