import { newId } from "../../shared/ids";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { ITEM, MOVEMENTS, POST, SAVE_ITEM, SAVE_MERCHANT, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
});
afterAll(() => world.close());

const post = (type: string, lines: object[], more: object = {}) =>
  world.must(POST, { idempotencyKey: newId(), type, warehouse: "W1", lines, ...more });
const VALUATION = `query ($asOf: DateTime, $merchant: ID) { inventoryValuation(asOf: $asOf, merchant: $merchant) {
  total { amount currency } lines { nodes { item { sku } warehouse { code } inTransit quantity unitCost { amount } value { amount } } } } }`;
const valuation = async (variables: object = {}) => (await world.ask(VALUATION, variables)).data.inventoryValuation;
const accounts = (journal: {
  lines: { account: { code: string }; debit: { amount: string } | null; credit: { amount: string } | null }[];
}) => journal.lines.map(({ account, debit, credit }) => [account.code, Number(debit?.amount ?? 0), Number(credit?.amount ?? 0)]);

test("each type posts by its rule, a miscellaneous one against the account it names", async () => {
  await world.must(SAVE_ITEM, { sku: "A", name: "A" });
  const bought = await post("PURCHASE_RECEIPT", [{ sku: "A", quantity: 10, unitCost: "2.000001" }]);
  expect(accounts(bought.movement.journal)).toEqual(
    expect.arrayContaining([
      ["1400", 20.00001, 0],
      ["2100", 0, 20.00001],
    ]),
  );
  const found = await post("MISC_RECEIPT", [{ sku: "A", quantity: 1 }]);
  expect(found.movement.lines[0].unitCost.amount).toBe("2.000001");
  expect(accounts(found.movement.journal)).toEqual(
    expect.arrayContaining([
      ["1400", 2.000001, 0],
      ["6900", 0, 2.000001],
    ]),
  );
  const used = await post("MISC_ISSUE", [{ sku: "A", quantity: 1 }], { account: "5900" });
  expect(accounts(used.movement.journal)).toEqual(
    expect.arrayContaining([
      ["5900", 2.000001, 0],
      ["1400", 0, 2.000001],
    ]),
  );
  expect(used.movement.journal.period).toBe(new Date().toISOString().slice(0, 7));
});

test("a zero cost is legal and books nothing; consigned goods have neither value nor journal", async () => {
  await world.must(SAVE_ITEM, { sku: "FREE", name: "Free" });
  expect((await post("MISC_RECEIPT", [{ sku: "FREE", quantity: 3, unitCost: "0" }])).movement.journal).toBeNull();
  await world.must(SAVE_MERCHANT, { code: "GUEST", name: "Guest", ownership: "CONSIGNED" });
  await world.must(SAVE_ITEM, { sku: "THEIRS", name: "Theirs", merchant: "GUEST" });
  const { movement } = await post("PURCHASE_RECEIPT", [{ sku: "THEIRS", quantity: 4 }]);
  expect(movement.journal).toBeNull();
  expect(movement.lines[0].quantity).toBe(4);
  const [theirs] = (await world.ask(ITEM, { search: "THEIRS" })).data.inventoryItems.nodes;
  expect(theirs.onHand).toBe(4);
  const [header] = await world.db.query("SELECT on_hand, value, sellable FROM item_stock WHERE sku = 'THEIRS'");
  expect(header).toEqual({ on_hand: 4, value: "0.000000", sellable: 4 });
});

test("the valuation as of a moment is rebuilt from the lines by when they happened", async () => {
  await world.must(SAVE_ITEM, { sku: "T", name: "T" });
  const lines = (quantity: number, unitCost?: string) => [{ sku: "T", quantity, ...(unitCost ? { unitCost } : {}) }];
  await post("PURCHASE_RECEIPT", lines(10, "4"), { occurredAt: "2026-01-10T00:00:00Z" });
  await post("MISC_ISSUE", lines(4), { occurredAt: "2026-02-10T00:00:00Z" });
  const of = async (asOf?: string) => {
    const { total, lines: page } = await valuation(asOf ? { asOf } : {});
    return { total, line: page.nodes.find(({ item }: { item: { sku: string } }) => item.sku === "T") };
  };
  expect((await of("2026-01-09T00:00:00Z")).line).toBeUndefined();
  expect(await of("2026-01-31T00:00:00Z")).toMatchObject({
    total: [{ amount: "40.000000", currency: "EUR" }],
    line: { quantity: 10, value: { amount: "40.000000" }, unitCost: { amount: "4.000000" }, inTransit: false },
  });
  expect((await of()).line).toMatchObject({ quantity: 6, value: { amount: "24.000000" } });
  const { data } = await world.ask(`{ journalEntries(period: "2026-01") { nodes { period lines { account { code } } } }
    trialBalance(period: "2026-02") { account { code } debit { amount currency } credit { amount } } accounts { code kind } }`);
  expect(data.journalEntries.nodes).toHaveLength(1);
  const sum = (side: "debit" | "credit") =>
    data.trialBalance.reduce((all: number, line: Record<string, { amount: string } | null>) => all + Number(line[side]?.amount ?? 0), 0);
  expect([sum("debit"), sum("credit")]).toEqual([16, 16]);
  expect(data.accounts.map(({ code }: { code: string }) => code)).toEqual(expect.arrayContaining(["1400", "2100", "5000", "6900"]));
});

test("movements are found by item, type, document and time, page by page", async () => {
  await world.must(SAVE_ITEM, { sku: "P", name: "P" });
  for (let i = 0; i < 5; i++)
    await post("MISC_RECEIPT", [{ sku: "P", quantity: 1, unitCost: "1" }], { document: { type: "NOTE", number: `N-${i}` } });
  const read = async (variables: object) => (await world.ask(MOVEMENTS, variables)).data.movements;
  const seen = new Set<string>();
  for (let after: string | undefined; ;) {
    const page = await read({ sku: "P", first: 2, after });
    for (const { id } of page.nodes) seen.add(id);
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  expect(seen.size).toBe(5);
  expect((await read({ document: "N-3" })).nodes.map((node: { document: { number: string } }) => node.document.number)).toEqual(["N-3"]);
  expect((await read({ sku: "P", type: "PURCHASE_RECEIPT" })).nodes).toEqual([]);
  expect((await read({ sku: "P", from: "2030-01-01T00:00:00Z" })).nodes).toEqual([]);
  expect((await read({ sku: "P", to: "2030-01-01T00:00:00Z", warehouse: "W1" })).nodes).toHaveLength(5);
});

test("reconciliation finds nothing, remembers, and finds what somebody changed behind the ledger's back", async () => {
  expect(await reconcileWarehouse(world.db)).toEqual([]);
  expect(await reconcileWarehouse(world.db)).toEqual([]);
  const tampered: [string, string, number][] = [
    ["UPDATE item_stock SET value = value + 1 WHERE sku = 'A'", "UPDATE item_stock SET value = value - 1 WHERE sku = 'A'", 5],
    ["UPDATE item_stock SET allocated = 1 WHERE sku = 'A'", "UPDATE item_stock SET allocated = 0 WHERE sku = 'A'", 1],
    [
      "UPDATE stock_balance SET quantity = quantity + 1 WHERE sku = 'A' AND quantity > 0",
      "UPDATE stock_balance SET quantity = quantity - 1 WHERE sku = 'A' AND quantity > 0",
      6,
    ],
    ["UPDATE item_stock SET on_hand = on_hand + 1 WHERE sku = 'A'", "UPDATE item_stock SET on_hand = on_hand - 1 WHERE sku = 'A'", 1],
  ];
  for (const [wrong, right, invariant] of tampered) {
    await world.db.query(wrong);
    expect(await reconcileWarehouse(world.db, { full: true })).toContainEqual(expect.objectContaining({ invariant, layer: "warehouse" }));
    await world.db.query(right);
  }
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});
