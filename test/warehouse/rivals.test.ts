import { inTransaction } from "../../shared/db/transaction";
import { newId } from "../../shared/ids";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { PACK, PICK, POST, SAVE_ITEM, SHIP, START, warehouseWorld, type WarehouseWorld } from "./support";

/** Pickers who want the same lot, or the very same unit, at once. */
const BLOCK = `mutation ($input: BlockLotInput!) { blockLot(input: $input) { lot { blocked } userErrors { code } } }`;
const RIVALS = 20;

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld({ poolSize: 24 });
});
afterAll(() => world.close());

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const codesOf = (answers: { data: Record<string, { userErrors: { code: string }[] }> }[], mutation: string): string[] =>
  answers.map(({ data }) => data[mutation].userErrors[0]?.code ?? "done");
const count = (codes: string[], code: string): number => codes.filter((one) => one === code).length;

/** An item with 40 units, and as many started shipments as there are rivals, each of one. */
async function prepare(sku: string, tracking: "LOT" | "SERIAL", lines: object[]): Promise<string[]> {
  await world.must(SAVE_ITEM, { sku, name: sku, tracking });
  await world.must(POST, { idempotencyKey: newId(), type: "PURCHASE_RECEIPT", warehouse: "W1", lines });
  const ids: string[] = [];
  for (let i = 0; i < RIVALS; i++) ids.push(await world.allocate({ [sku]: 1 }));
  await Promise.all(ids.map((id) => world.must(START, { idempotencyKey: newId(), id })));
  return ids;
}
const pick = (id: string, line: object) => world.ask(PICK, { input: { idempotencyKey: newId(), id, picks: [{ quantity: 1, ...line }] } });

test("twenty who pick one lot of seven: seven have it, and the rest may take another", async () => {
  const sku = "LOT";
  const ids = await prepare(sku, "LOT", [
    { sku, quantity: 7, lot: "FEW", unitCost: "1" },
    { sku, quantity: 33, lot: "MANY", unitCost: "1" },
  ]);
  const codes = codesOf(await Promise.all(ids.map((id) => pick(id, { sku, lot: "FEW" }))), "recordPick");
  expect([count(codes, "done"), count(codes, "INSUFFICIENT_STOCK")]).toEqual([7, 13]);
  const others = codesOf(await Promise.all(ids.filter((_, i) => codes[i] !== "done").map((id) => pick(id, { sku }))), "recordPick");
  expect(count(others, "done")).toBe(13);
  const rows = await world.db.query(
    "SELECT lot, SUM(allocated) + 0 AS picked FROM stock_balance WHERE sku = ? AND location = 'PACKING' GROUP BY lot ORDER BY lot",
    [sku],
  );
  expect(rows.map((row) => ({ ...(row as object), picked: Number((row as { picked: unknown }).picked) }))).toEqual([
    { lot: "FEW", picked: 7 },
    { lot: "MANY", picked: 13 },
  ]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("twenty who pick one unit by its number: one has it, and it leaves once", async () => {
  const sku = "SER";
  const ids = await prepare(sku, "SERIAL", [{ sku, quantity: 40, serials: times(40, (i) => `N${i}`), unitCost: "1" }]);
  const codes = codesOf(await Promise.all(ids.map((id) => pick(id, { sku, serials: ["N7"] }))), "recordPick");
  expect([count(codes, "done"), count(codes, "INSUFFICIENT_STOCK")]).toEqual([1, 19]);
  const open = ids.filter((_, i) => codes[i] !== "done");
  expect(count(codesOf(await Promise.all(open.map((id) => pick(id, { sku }))), "recordPick"), "done")).toBe(19);
  for (const id of ids) {
    await world.must(PACK, { idempotencyKey: newId(), id });
    await world.must(SHIP, { idempotencyKey: newId(), id });
  }
  const left = await world.db.query<{ serial: string; n: number }>(
    `SELECT s.serial, CAST(COUNT(*) AS SIGNED) AS n FROM movement_serial s JOIN movement m ON m.id = s.movement_id
     WHERE s.sku = ? AND m.type = 'SALES_ISSUE' GROUP BY s.serial`,
    [sku],
  );
  expect(left.map(({ n }) => Number(n))).toEqual(Array(RIVALS).fill(1));
  expect(left.map(({ serial }) => serial)).toContain("N7");
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("their wrong twin, which looks for a free number and marks it without the header's lock, gives one unit to several", async () => {
  const sku = "TWIN";
  const numbers = times(3, (i) => `T${i}`);
  await world.must(SAVE_ITEM, { sku, name: sku, tracking: "SERIAL" });
  await world.must(POST, {
    idempotencyKey: newId(),
    type: "PURCHASE_RECEIPT",
    warehouse: "W1",
    lines: [{ sku, quantity: 3, serials: numbers, unitCost: "1" }],
  });
  const given = await Promise.all(
    times(RIVALS, () =>
      inTransaction(world.db, async (tx) => {
        const [free] = await tx.query<{ serial: string }>(
          "SELECT serial FROM serial WHERE sku = ? AND shipment_id IS NULL ORDER BY serial LIMIT 1",
          [sku],
        );
        if (!free) return null;
        await tx.execute("UPDATE serial SET shipment_id = ? WHERE sku = ? AND serial = ?", [newId(), sku, free.serial]);
        return free.serial;
      }),
    ),
  );
  const had = given.filter((serial) => serial !== null);
  expect(had.length).toBeGreaterThan(new Set(had).size);
  await world.db.query("UPDATE serial SET shipment_id = NULL WHERE sku = ?", [sku]);
});

test("a recall while the lot is picked: what was picked before does not ship, and nothing is picked after", async () => {
  const sku = "RECALL";
  const ids = await prepare(sku, "LOT", [{ sku, quantity: 40, lot: "GLASS", unitCost: "1" }]);
  const recall = { input: { idempotencyKey: newId(), sku, lot: "GLASS", blocked: true, reason: "glass" } };
  const [picked] = await Promise.all([Promise.all(ids.map((id) => pick(id, { sku }))), world.ask(BLOCK, recall)]);
  const codes = codesOf(picked, "recordPick");
  expect(count(codes, "done") + count(codes, "INSUFFICIENT_STOCK")).toBe(RIVALS);
  const rows = await world.db.query<{ status: string; n: string }>(
    "SELECT status, CAST(SUM(quantity) AS CHAR) AS n FROM stock_balance WHERE sku = ? AND quantity > 0 GROUP BY status ORDER BY status",
    [sku],
  );
  const units = new Map(rows.map(({ status, n }) => [status, Number(n)]));
  expect([units.get("AVAILABLE") ?? 0, units.get("BLOCKED")]).toEqual([count(codes, "done"), 40 - count(codes, "done")]);
  for (const id of ids.filter((_, i) => codes[i] === "done")) {
    await world.must(PACK, { idempotencyKey: newId(), id });
    const [code] = codesOf([await world.ask(SHIP, { input: { idempotencyKey: newId(), id } })], "shipShipment");
    expect(code).toBe("INVALID_STATE");
  }
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("which numbered unit is missing only a count can say", async () => {
  const sku = "GONE";
  const [id] = await prepare(sku, "SERIAL", [{ sku, quantity: 20, serials: times(20, (i) => `G${i}`), unitCost: "1" }]);
  const { data } = await pick(id, { sku, quantity: 0, short: 1 });
  expect(data.recordPick.userErrors).toMatchObject([{ code: "INVALID_INPUT", field: ["input", "picks", "0", "short"] }]);
});
