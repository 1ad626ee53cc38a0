import { parse } from "csv-parse/sync";
import { newId } from "../../shared/ids";
import { csvText } from "../../services/warehouse/journal/export-text";
import { books, CLOSE, EXPORT, payload, receive } from "./journal-support";
import { POST, SAVE_ITEM, SAVE_MERCHANT, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_MERCHANT, { code: "GUEST", name: "Guest" });
  await world.must(SAVE_ITEM, { sku: "A", name: "A" });
  await world.must(SAVE_ITEM, { sku: 'B,"2"', name: "B", merchant: "GUEST" });
});
afterAll(() => world.close());

const JOURNAL_EXPORT = `query ($id: ID!, $first: Int, $csv: String, $json: String) { journalExport(id: $id) { id period legalEntity level by final complete entries lines
  csv(first: $first, after: $csv) { text pageInfo { hasNextPage endCursor } } json(first: $first, after: $json) { text pageInfo { hasNextPage endCursor } } } }`;
const exported = (period: string, level: string, more: object = {}) =>
  world.must(EXPORT, { idempotencyKey: newId(), period, level, ...more });
/** Both files, put together from their parts. */
async function files(id: string, first: number): Promise<{ csv: string; json: string }> {
  let [csv, json] = ["", ""];
  for (let after: { csv?: string; json?: string } = {}; ;) {
    const { data } = await world.ask(JOURNAL_EXPORT, { id, first, ...after });
    csv += data.journalExport.csv.text;
    json += data.journalExport.json.text;
    const { pageInfo } = data.journalExport.csv;
    expect(data.journalExport.json.pageInfo).toEqual(pageInfo);
    if (!pageInfo.hasNextPage) return { csv, json };
    after = { csv: pageInfo.endCursor, json: pageInfo.endCursor };
  }
}
const records = (csv: string): Record<string, string>[] => parse(csv, { columns: true });
const sum = (rows: Record<string, string>[], side: string) => rows.reduce((all, row) => all + Number(row[side]), 0);

test("SUMMARY: one line for each day, account, merchant and currency; exported once, downloaded again and again", async () => {
  await receive(world, "2026-01-10T08:00:00Z");
  await receive(world, "2026-01-10T18:00:00Z", {
    lines: [
      { sku: "A", quantity: 3, unitCost: "2.00" },
      { sku: 'B,"2"', quantity: 1, unitCost: "0.000001" },
    ],
  });
  await receive(world, "2026-01-11T08:00:00Z", { type: "MISC_ISSUE", lines: [{ sku: "A", quantity: 1 }] });
  const made = await exported("2026-01", "SUMMARY");
  expect(made).toMatchObject({ entries: 3, lines: 6, export: { level: "SUMMARY", final: false, complete: true } });
  const { csv, json } = await files(made.exportId, 4);
  const rows = records(csv);
  expect(rows.map(({ line, day, account, merchant, debit, credit }) => [line, day, account, merchant, debit, credit])).toEqual([
    ["1", "2026-01-10", "1400", "GUEST", "0.000001", "0.000000"],
    ["2", "2026-01-10", "1400", "SELF", "7.000000", "0.000000"],
    ["3", "2026-01-10", "2100", "GUEST", "0.000000", "0.000001"],
    ["4", "2026-01-10", "2100", "SELF", "0.000000", "7.000000"],
    ["5", "2026-01-11", "1400", "SELF", "0.000000", "1.750000"],
    ["6", "2026-01-11", "6900", "SELF", "1.750000", "0.000000"],
  ]);
  expect(sum(rows, "debit")).toBe(sum(rows, "credit"));
  expect(
    json
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))[1],
  ).toEqual({
    export: made.exportId,
    line: 2,
    legalEntity: "MAIN",
    period: "2026-01",
    day: "2026-01-10",
    account: "1400",
    merchant: "SELF",
    currency: "EUR",
    debit: "7.000000",
    credit: "0.000000",
  });
  await receive(world, "2026-01-12T08:00:00Z");
  expect(await files(made.exportId, 10_000)).toEqual({ csv, json });
});

test("DETAIL: every line of every entry that was left, and entries say which export took them", async () => {
  await receive(world, "2026-01-13T08:00:00Z", {
    lines: [{ sku: 'B,"2"', quantity: 2, unitCost: "3" }],
    document: { type: "PURCHASE_ORDER", number: "PO-1", line: "10" },
  });
  const made = await exported("2026-01", "DETAIL");
  expect(made).toMatchObject({ entries: 2, lines: 4 });
  const { csv, json } = await files(made.exportId, 1);
  const rows = records(csv);
  expect(rows).toHaveLength(4);
  expect(rows[3]).toMatchObject({
    line: "2",
    day: "2026-01-13",
    at: "2026-01-13T08:00:00.000Z",
    account: "2100",
    credit: "6.000000",
    sku: 'B,"2"',
    warehouse: "W1",
    merchant: "GUEST",
    units: "2",
    documentType: "PURCHASE_ORDER",
    documentNumber: "PO-1",
    documentLine: "10",
  });
  expect(
    json
      .trim()
      .split("\n")
      .map((line) => String(JSON.parse(line).debit)),
  ).toEqual(rows.map(({ debit }) => debit));
  expect(await files(made.exportId, 10_000)).toEqual({ csv, json });
  const { data } = await world.ask(
    '{ journalEntries(period: "2026-01") { nodes { id exportedIn } } journalExports(period: "2026-01") { nodes { id } } }',
  );
  const taken = data.journalEntries.nodes.map(({ exportedIn }: { exportedIn: string }) => exportedIn);
  expect(taken.filter((id: string) => id === made.exportId)).toHaveLength(2);
  expect(new Set(taken).size).toBe(2);
  expect(data.journalExports.nodes[0].id).toBe(made.exportId);
  await receive(world, "2026-01-14T08:00:00Z");
  const [newest] = (await world.ask('{ journalEntries(period: "2026-01", first: 1) { nodes { exportedIn } } }')).data.journalEntries.nodes;
  expect(newest.exportedIn).toBeNull();
});

test("the same key answers the same export and takes nothing more; periods of other entities are apart", async () => {
  const input = { idempotencyKey: "export", period: "2026-01", level: "SUMMARY" };
  const first = await world.must(EXPORT, input);
  await receive(world, "2026-01-15T08:00:00Z");
  const before = await books(world);
  expect(await world.must(EXPORT, input)).toEqual(first);
  expect(await books(world)).toEqual(before);
  await world.must(SAVE_WAREHOUSE, { code: "X", name: "X", currency: "USD", legalEntity: "X", address: { countryCode: "US" } });
  await receive(world, "2026-01-15T08:00:00Z", { warehouse: "X" });
  const other = await exported("2026-01", "SUMMARY", { legalEntity: "X" });
  expect(other).toMatchObject({ entries: 1, lines: 2 });
  expect(records((await files(other.exportId, 10)).csv).map(({ currency }) => currency)).toEqual(["USD", "USD"]);
});

test("files hold what the trial balance of the closed period says", async () => {
  await receive(world, "2026-02-03T08:00:00Z");
  await payload(world, CLOSE, { code: "2026-01" });
  await payload(world, CLOSE, { code: "2026-02" });
  await exported("2026-01", "DETAIL");
  const { data } = await world.ask(
    '{ journalExports(period: "2026-01", first: 50) { nodes { id } } trialBalance(period: "2026-01") { account { code } debit { amount } credit { amount } } }',
  );
  const balance = new Map<string, number>();
  for (const { id } of data.journalExports.nodes)
    for (const { account, debit, credit } of records((await files(id, 1_000)).csv))
      balance.set(account, (balance.get(account) ?? 0) + Math.round((Number(debit) - Number(credit)) * 1e6));
  for (const { account, debit, credit } of data.trialBalance)
    expect(balance.get(account.code)).toBe(Math.round((Number(debit?.amount ?? 0) - Number(credit?.amount ?? 0)) * 1e6));
  expect([...balance.values()].reduce((all, one) => all + one, 0)).toBe(0);
});

const input = { idempotencyKey: "fresh", period: "2026-01" };
const REFUSED: [string, object, string, string[]][] = [
  ["an unknown period", { ...input, period: "1999-01" }, "NOT_FOUND", ["input", "period"]],
  ["an unknown legal entity", { ...input, legalEntity: "main" }, "NOT_FOUND", ["input", "period"]],
  ["an empty period", { ...input, period: "" }, "INVALID_INPUT", ["input", "period"]],
  ["an empty legal entity", { ...input, legalEntity: "" }, "INVALID_INPUT", ["input", "legalEntity"]],
  ["an empty key", { ...input, idempotencyKey: "" }, "INVALID_INPUT", ["input", "idempotencyKey"]],
  ["a reused key", { ...input, idempotencyKey: "export", level: "DETAIL" }, "IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"]],
];
test.each(REFUSED)("refused: %s", async (_name, wanted, code, field) => {
  const before = await books(world);
  const { userErrors, ...nothing } = await payload(world, EXPORT, { input: wanted });
  expect(nothing).toEqual({ exportId: null, entries: 0, lines: 0, export: null });
  expect(userErrors).toEqual([expect.objectContaining({ code, field })]);
  expect(await books(world)).toEqual(before);
});

test("exports need finance:write, their files finance:read, both the whole house", async () => {
  const id = newId();
  const refused = async (source: string, variables: object, as: object) =>
    expect((await world.ask(source, variables, as)).errors[0].extensions.code).toBe("FORBIDDEN");
  await refused(EXPORT, { input }, { role: "warehouse-manager" });
  await refused(EXPORT, { input }, { merchant: "GUEST" });
  await refused(JOURNAL_EXPORT, { id }, { role: "warehouse-manager" });
  await refused(JOURNAL_EXPORT, { id }, { merchant: "GUEST" });
  await refused("{ journalExports { nodes { id } } }", {}, { merchant: "GUEST" });
  expect((await world.ask(JOURNAL_EXPORT, { id })).data.journalExport).toBeNull();
  expect((await world.ask(JOURNAL_EXPORT, { id: "nonsense" })).data.journalExport).toBeNull();
});

test("parts are 1 to 10,000 lines, and cursors are those of the file", async () => {
  const { exportId } = await exported("2026-02", "SUMMARY");
  for (const more of [{ first: 0 }, { first: 10_001 }, { csv: "nonsense" }]) {
    const { errors } = await world.ask(JOURNAL_EXPORT, { id: exportId, first: 10, ...more });
    expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
  }
});

test("fields of CSV are quoted where they must be", () => {
  const record = { a: 'say "no"', b: "one,two", c: "line\nbreak", d: null, e: 0 };
  const text = csvText(["a", "b", "c", "d", "e"], [record], true);
  expect(text).toBe('a,b,c,d,e\r\n"say ""no""","one,two","line\nbreak",,0\r\n');
});

test("a movement of zero value has no entry, so it is in no export", async () => {
  const { movement } = await world.must(POST, {
    idempotencyKey: newId(),
    type: "MISC_RECEIPT",
    warehouse: "W1",
    lines: [{ sku: "A", quantity: 1, unitCost: "0" }],
  });
  expect(movement.journal).toBeNull();
});
