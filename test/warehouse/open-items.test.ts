import { createConnection } from "mysql2/promise";
import { periodMigrations } from "../../services/warehouse/migrations/period.migrations";
import { newId } from "../../shared/ids";
import { receive } from "./journal-support";
import { POST, SAVE_ITEM, SAVE_MERCHANT, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_MERCHANT, { code: "GUEST", name: "Guest" });
  await world.must(SAVE_ITEM, { sku: "A", name: "A" });
  await world.must(SAVE_ITEM, { sku: "G", name: "G", merchant: "GUEST" });
});
afterAll(() => world.close());

const OPEN_ITEMS = `query ($account: ID!, $asOf: DateTime) { openItems(account: $account, asOf: $asOf) {
  document { type number } supplier quantity amount { amount currency } since } }`;
const openItems = async (account: string, asOf?: string, as: object = {}) =>
  (await world.ask(OPEN_ITEMS, { account, asOf }, as)).data.openItems;
const order = (number: string) => ({ document: { type: "PURCHASE_ORDER", number, line: "1" } });
const lines = (quantity: number, unitCost?: string, sku = "A") => ({ lines: [{ sku, quantity, ...(unitCost ? { unitCost } : {}) }] });

test("goods received and not invoiced are open by document; what is cleared is gone", async () => {
  await receive(world, "2026-01-10T00:00:00Z", { ...order("PO-1"), supplier: "ACME", ...lines(10, "2.50") });
  await receive(world, "2026-01-12T00:00:00Z", { ...order("PO-1"), supplier: "ACME", ...lines(4, "2.50") });
  await receive(world, "2026-01-11T00:00:00Z", { ...order("PO-2"), ...lines(3, "1") });
  const { movement } = await receive(world, "2026-01-20T00:00:00Z", lines(1, "1", "G"));
  expect(await openItems("2100")).toEqual([
    {
      document: { type: "PURCHASE_ORDER", number: "PO-1" },
      supplier: "ACME",
      quantity: 14,
      amount: { amount: "35.000000", currency: "EUR" },
      since: "2026-01-10T00:00:00.000Z",
    },
    expect.objectContaining({ document: { type: "PURCHASE_ORDER", number: "PO-2" }, supplier: null, quantity: 3 }),
    expect.objectContaining({ document: { type: "MOVEMENT", number: movement.id }, amount: { amount: "1.000000", currency: "EUR" } }),
  ]);
  expect((await openItems("2100", "2026-01-11T12:00:00Z")).map(({ quantity }: { quantity: number }) => quantity)).toEqual([10, 3]);
  expect(await openItems("2100", "2026-01-09T00:00:00Z")).toEqual([]);
  expect((await openItems("2100", undefined, { merchant: "GUEST" })).map(({ quantity }: { quantity: number }) => quantity)).toEqual([1]);
  // A posting against the account under the same document clears it.
  await receive(world, "2026-01-21T00:00:00Z", { type: "MISC_ISSUE", account: "2100", ...order("PO-2"), ...lines(1) });
  const [, second] = await openItems("2100");
  expect(second).toMatchObject({ document: { number: "PO-2" }, quantity: 2 });
  expect(await openItems("2100", "2026-01-20T23:00:00Z")).toContainEqual(expect.objectContaining({ quantity: 3 }));
});

test("an account that issues are debited to shows what went there, in its own direction", async () => {
  const work = { document: { type: "WORK_ORDER", number: "WO-1" } };
  const post = (type: string, quantity: number) =>
    world.must(POST, { idempotencyKey: newId(), type, warehouse: "W1", account: "6900", ...work, ...lines(quantity) });
  await post("MISC_ISSUE", 3);
  await post("MISC_RECEIPT", 1);
  expect(await openItems("6900")).toContainEqual(
    expect.objectContaining({ document: { type: "WORK_ORDER", number: "WO-1" }, quantity: 2 }),
  );
  const [{ rest }] = await world.db.query<{ rest: string }>("SELECT SUM(debit - credit) AS rest FROM journal_line WHERE account = '6900'");
  const all: { amount: { amount: string } }[] = await openItems("6900");
  expect(all.reduce((sum, { amount }) => sum + Number(amount.amount), 0)).toBeCloseTo(Number(rest), 6);
});

test("an unknown account is null, a cleared one empty; both need finance:read", async () => {
  expect(await openItems("9999")).toBeNull();
  expect(await openItems("1410")).toEqual([]);
  const { errors } = await world.ask(OPEN_ITEMS, { account: "2100" }, { role: "warehouse-manager" });
  expect(errors[0].extensions.code).toBe("FORBIDDEN");
});

test("what was posted before the columns were there gets its units and its period from the migrations", async () => {
  const migrator = await createConnection(world.database.migrationUrl);
  const figures = async () => [
    await world.db.query("SELECT entry_id, line_no, units FROM journal_line ORDER BY entry_id, line_no"),
    await world.db.query("SELECT code, ends_before FROM accounting_period WHERE code IN (SELECT period FROM journal_entry) ORDER BY code"),
  ];
  try {
    await migrator.query("USE strata_warehouse");
    const before = await figures();
    await migrator.query("UPDATE journal_line SET units = NULL");
    await migrator.query("DELETE FROM accounting_period");
    expect(await figures()).not.toEqual(before);
    for (const { sql } of periodMigrations.filter(({ number }) => [1133, 1140].includes(number))) await migrator.query(sql);
    expect(await figures()).toEqual(before);
  } finally {
    await migrator.end();
  }
});
