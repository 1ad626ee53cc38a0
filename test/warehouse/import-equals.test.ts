import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { newId } from "../../shared/ids";
import { handIn, type Batch } from "./import-support";
import { POST, SAVE_ITEM, warehouseWorld, type WarehouseWorld } from "./support";

const ROWS = 120;
const METHODS = ["MOVING_AVERAGE", "FIFO", "STANDARD"] as const;

let world: WarehouseWorld;
beforeAll(async () => (world = await warehouseWorld()));
afterAll(() => world.close());

/** The same rows come of the same seed, which a failure prints. */
function randomOf(seed: number): (most: number) => number {
  let state = seed;
  return (most) => (state = (state * 48_271) % 2_147_483_647) % most;
}

/** Rows about items that are named with a prefix, some of which ask for more than there is, for no item or for no place. */
function randomRows(seed: number, prefix: string) {
  const random = randomOf(seed);
  const pick = <T>(of: readonly T[]): T => of[random(of.length)];
  const cost = () => `${random(50)}.${String(random(1_000_000)).padStart(6, "0")}`;
  const line = (more: object = {}) => ({
    sku: `${prefix}-${random(20) === 0 ? "NONE" : pick(METHODS)}`,
    quantity: 1 + random(40),
    ...more,
  });
  const row = (type: string, lines: object[], more: object = {}) => ({ idempotencyKey: newId(), type, warehouse: "W1", lines, ...more });
  return Array.from({ length: ROWS }, () =>
    pick([
      () => row("PURCHASE_RECEIPT", [line({ unitCost: cost() }), line({ unitCost: cost() })]),
      () => row("PURCHASE_RECEIPT", [line({ unitCost: cost() })]),
      () => row("MISC_ISSUE", [line()]),
      () => row("MISC_ISSUE", [line(), line()]),
      () => row("SALES_ISSUE", [line()], { orderRef: `${prefix}-${random(5)}` }),
      () => row("CUSTOMER_RETURN", [line()], { orderRef: `${prefix}-${random(5)}` }),
      () => row("COUNT_LOSS", [line()]),
      () => row("STATUS_CHANGE", [line({ toStatus: "DAMAGED" })]),
      () => row("COST_ADJUSTMENT", [line({ quantity: 0, amount: cost() })]),
      () => row("MISC_RECEIPT", [line({ location: "NOWHERE" })]),
    ])(),
  );
}

/** What rows have left of items with a prefix, without what names or dates a movement. */
async function left(prefix: string): Promise<object> {
  const of = (sql: string) => world.db.query(sql.replaceAll("$", `${prefix}-%`).replaceAll("@", String(prefix.length + 1)));
  return {
    headers: await of(
      `SELECT SUBSTR(sku, @) AS item, on_hand, value, last_cost, standard_cost, sellable, allocated, version FROM item_stock WHERE sku LIKE '$' ORDER BY sku`,
    ),
    balances: await of(
      "SELECT SUBSTR(sku, @) AS item, location, lot, status, pledge, quantity FROM stock_balance WHERE sku LIKE '$' ORDER BY sku, location, status",
    ),
    lines: await of(
      "SELECT SUBSTR(sku, @) AS item, seq, location, status, quantity, unit_cost, value, worth, balance_after FROM movement_line WHERE sku LIKE '$' ORDER BY sku, seq",
    ),
    layers: await of("SELECT SUBSTR(sku, @) AS item, seq, received, units, value FROM cost_layer WHERE sku LIKE '$' ORDER BY sku, seq"),
    journal: await of(
      "SELECT SUBSTR(sku, @) AS item, account, COUNT(*) AS n, SUM(debit) AS debit, SUM(credit) AS credit, SUM(units) AS units FROM journal_line WHERE sku LIKE '$' GROUP BY sku, account ORDER BY sku, account",
    ),
  };
}

/** What the other layers were told of each item's sellable units in all, which are its sellable units. */
async function told(prefix: string): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  // In one statement: an event goes from the one to the other at any time.
  const rows = await world.db.query<{ body: unknown }>(
    "SELECT body FROM outbox WHERE type = 'StockMoved' UNION ALL SELECT body FROM feed WHERE type = 'StockMoved'",
  );
  for (const { body } of rows) {
    const { lines } = (typeof body === "string" ? JSON.parse(body) : body) as { lines: { sku: string; delta: number }[] };
    for (const { sku, delta } of lines) if (sku.startsWith(`${prefix}-`)) sums.set(sku, (sums.get(sku) ?? 0) + delta);
  }
  return sums;
}

const refusals = ({ errors }: Batch) => errors.nodes.map(({ row, code, field }) => ({ row, code, field }));

test.each([11, 222_222, 3_333_333])("random rows leave the same by import as by postMovement one by one (seed %d)", async (seed) => {
  const [one, many] = [`ONE${seed}`, `MANY${seed}`];
  for (const prefix of [one, many])
    for (const method of METHODS)
      await world.must(SAVE_ITEM, {
        sku: `${prefix}-${method}`,
        name: method,
        costingMethod: method,
        ...(method === "STANDARD" && { standardCost: "12.345678" }),
      });
  const refused: { row: number; code: string; field: string | null }[] = [];
  for (const [i, input] of randomRows(seed, one).entries()) {
    const { data, errors } = await world.ask(POST, { input });
    expect(errors).toBeUndefined();
    for (const { code, field } of data.postMovement.userErrors as { code: string; field: string[] | null }[])
      refused.push({ row: i + 1, code, field: field?.slice(1).join(".") ?? null });
  }
  const batch = await handIn(world, `equals-${seed}`, randomRows(seed, many));
  expect(batch).toMatchObject({ status: "COMPLETED", posted: ROWS - refused.length, failed: refused.length });
  expect(refused.length).toBeGreaterThan(5);
  expect(refused.length).toBeLessThan(ROWS / 2);
  expect(refusals(batch)).toEqual(refused);
  expect(await left(many)).toEqual(await left(one));
  for (const prefix of [one, many])
    for (const { sku, sellable } of await world.db.query<{ sku: string; sellable: number }>(
      `SELECT sku, sellable FROM item_stock WHERE sku LIKE '${prefix}-%' AND sellable > 0`,
    ))
      expect([sku, (await told(prefix)).get(sku)]).toEqual([sku, sellable]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});
