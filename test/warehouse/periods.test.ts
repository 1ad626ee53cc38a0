import { newId } from "../../shared/ids";
import { books, CLOSE, dayFromNow, EXPORT, OPEN, payload, PERIODS, receive, REOPEN } from "./journal-support";
import { POST, SAVE_ITEM, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_ITEM, { sku: "A", name: "A" });
});
afterAll(() => world.close());

interface Period {
  code: string;
  legalEntity: string;
  startsOn: string;
  endsBefore: string;
  status: string;
}
const periods = async (legalEntity = "MAIN"): Promise<Period[]> =>
  (await world.ask(PERIODS)).data.accountingPeriods.filter((period: Period) => period.legalEntity === legalEntity);
const warehouse = (code: string, legalEntity: string, timeZone = "UTC") =>
  world.must(SAVE_WAREHOUSE, { code, name: code, currency: "EUR", legalEntity, timeZone, address: { countryCode: "DE" } });
const close = (code: string, legalEntity = "MAIN") => payload(world, CLOSE, { code, legalEntity });
const reopen = (code: string, legalEntity = "MAIN") => payload(world, REOPEN, { code, legalEntity, reason: "an invoice was missing" });
const posted = (occurredAt: string, inWarehouse = "W1") => ({
  input: {
    idempotencyKey: newId(),
    type: "PURCHASE_RECEIPT",
    warehouse: inWarehouse,
    occurredAt,
    lines: [{ sku: "A", quantity: 1, unitCost: "1.00" }],
  },
});

test("nobody has to open anything: posting opens calendar months, and leaves no gap", async () => {
  expect(await periods()).toEqual([]);
  await receive(world, undefined);
  const now = new Date().toISOString().slice(0, 7);
  expect(await periods()).toEqual([expect.objectContaining({ code: now, startsOn: `${now}-01`, status: "OPEN", steps: [], blockers: [] })]);
  await receive(world, "2026-01-31T23:59:59.999Z");
  const all = await periods();
  expect(all[0]).toMatchObject({ code: "2026-01", startsOn: "2026-01-01", endsBefore: "2026-02-01" });
  all.slice(1).forEach(({ startsOn }, i) => expect(startsOn).toBe(all[i].endsBefore));
});

test("a period goes by the time zone of its legal entity, and so does the day of an entry", async () => {
  await warehouse("BER", "DE", "Europe/Berlin");
  const { movement } = await payload(world, POST, posted("2026-01-31T23:30:00Z", "BER"));
  expect(movement.journal).toMatchObject({ period: "2026-02", legalEntity: "DE" });
  const [entry] = await world.db.query("SELECT DATE_FORMAT(day, '%Y-%m-%d') AS day FROM journal_entry WHERE id = ?", [movement.journal.id]);
  expect(entry).toEqual({ day: "2026-02-01" });
  expect((await periods("DE")).map(({ code }) => code)).toEqual(["2026-02"]);
});

test("periods of one's own: half-open, months around them are clipped, the same again changes nothing", async () => {
  await warehouse("PL", "PL");
  const weeks = { code: "W04", startsOn: "2026-01-05", endsBefore: "2026-02-02", legalEntity: "PL" };
  expect((await payload(world, OPEN, weeks)).period).toMatchObject({ code: "W04", status: "OPEN", startsOn: "2026-01-05" });
  const later = { code: "W12", startsOn: "2026-03-02", endsBefore: "2026-03-30", legalEntity: "PL" };
  await payload(world, OPEN, later);
  expect((await payload(world, OPEN, later)).userErrors).toEqual([]);
  await payload(world, POST, posted("2026-01-04T23:59:59Z", "PL"));
  expect((await payload(world, POST, posted("2026-02-01T23:59:59Z", "PL"))).movement.journal.period).toBe("W04");
  expect((await payload(world, POST, posted("2026-02-02T00:00:00Z", "PL"))).movement.journal.period).toBe("2026-02");
  expect((await periods("PL")).map(({ code, startsOn, endsBefore }) => [code, startsOn, endsBefore])).toEqual([
    ["2026-01", "2026-01-01", "2026-01-05"],
    ["W04", "2026-01-05", "2026-02-02"],
    ["2026-02", "2026-02-02", "2026-03-01"],
    ["2026-03", "2026-03-01", "2026-03-02"],
    ["W12", "2026-03-02", "2026-03-30"],
  ]);
});

test("closing blocks postings first and says what is in the way; reopening keeps the reason", async () => {
  await warehouse("FR", "FR");
  for (const month of ["2025-11", "2025-12", "2026-01"]) await payload(world, POST, posted(`${month}-10T00:00:00Z`, "FR"));
  const early = await close("2025-12", "FR");
  expect(early.period).toMatchObject({ status: "CLOSING", blockers: ["Period 2025-11 before it is OPEN."] });
  const before = await books(world);
  const refused = await payload(world, POST, posted("2025-12-31T23:59:59Z", "FR"));
  expect(refused).toMatchObject({ movement: null, userErrors: [{ code: "PERIOD_CLOSED", field: ["input", "occurredAt"] }] });
  expect(refused.userErrors[0].message).toContain("CLOSING");
  expect(await books(world)).toEqual(before);
  expect((await close("2025-11", "FR")).period).toMatchObject({ status: "CLOSED", blockers: [] });
  expect((await close("2025-12", "FR")).period).toMatchObject({ status: "CLOSED" });
  expect((await close("2025-12", "FR")).period.steps).toHaveLength(2);
  // What is before a closed period is closed with it, even where no period was.
  expect((await payload(world, POST, posted("2025-10-10T00:00:00Z", "FR"))).userErrors).toEqual([
    expect.objectContaining({ code: "PERIOD_CLOSED", field: ["input", "occurredAt"] }),
  ]);
  expect((await reopen("2025-11", "FR")).userErrors).toEqual([expect.objectContaining({ code: "INVALID_STATE", field: ["code"] })]);
  const { period } = await reopen("2025-12", "FR");
  expect(period).toMatchObject({ status: "OPEN" });
  expect(period.steps).toEqual([
    { status: "CLOSING", by: "floor", reason: null },
    { status: "CLOSED", by: "floor", reason: null },
    { status: "OPEN", by: "floor", reason: "an invoice was missing" },
  ]);
  expect((await payload(world, POST, posted("2025-12-31T23:59:59Z", "FR"))).userErrors).toEqual([]);
  expect((await payload(world, POST, posted("2026-01-01T00:00:00Z", "FR"))).userErrors).toEqual([]);
});

test("a movement that moves no value is refused as well: stock as of the period's end stays what it was", async () => {
  await warehouse("IT", "IT");
  await payload(world, POST, posted("2026-01-10T00:00:00Z", "IT"));
  await close("2026-01", "IT");
  const free = posted("2026-01-11T00:00:00Z", "IT");
  const { userErrors } = await payload(world, POST, { input: { ...free.input, lines: [{ sku: "A", quantity: 1, unitCost: "0" }] } });
  expect(userErrors).toEqual([expect.objectContaining({ code: "PERIOD_CLOSED" })]);
});

test("a closed present stops what is posted now; a replay of what was posted before still answers", async () => {
  await warehouse("NL", "NL");
  const first = posted(new Date(Date.now() - 1_000).toISOString(), "NL");
  const { movement } = await payload(world, POST, first);
  expect((await close(movement.journal.period, "NL")).period.status).toBe("CLOSED");
  const { occurredAt: _gone, ...now } = posted("", "NL").input;
  expect((await payload(world, POST, { input: now })).userErrors).toEqual([
    expect.objectContaining({ code: "PERIOD_CLOSED", field: null }),
  ]);
  expect((await payload(world, POST, first)).movement.id).toBe(movement.id);
});

test("once exported, a closed period stays closed; exports while it is open bar nothing", async () => {
  await warehouse("ES", "ES");
  await payload(world, POST, posted("2026-01-10T00:00:00Z", "ES"));
  const exported = () => world.must(EXPORT, { idempotencyKey: newId(), period: "2026-01", legalEntity: "ES" });
  expect((await exported()).export).toMatchObject({ final: false });
  await close("2026-01", "ES");
  expect((await reopen("2026-01", "ES")).period.status).toBe("OPEN");
  await close("2026-01", "ES");
  expect(await exported()).toMatchObject({ entries: 0, lines: 0, export: { final: true, complete: true } });
  expect((await reopen("2026-01", "ES")).userErrors).toEqual([expect.objectContaining({ code: "INVALID_STATE", field: ["code"] })]);
});

const main = { legalEntity: "MAIN" };
const REFUSED: [string, string, object, string, string[]][] = [
  [
    "an unknown legal entity",
    OPEN,
    { code: "X", startsOn: "2030-01-01", endsBefore: "2030-02-01", legalEntity: "main" },
    "NOT_FOUND",
    ["legalEntity"],
  ],
  ["an empty code", OPEN, { code: "", startsOn: "2030-01-01", endsBefore: "2030-02-01" }, "INVALID_INPUT", ["code"]],
  ["a code with a space", OPEN, { code: " X", startsOn: "2030-01-01", endsBefore: "2030-02-01" }, "INVALID_INPUT", ["code"]],
  ["a code that is another day", OPEN, { code: "2030-01-02", startsOn: "2030-01-01", endsBefore: "2030-02-01" }, "INVALID_INPUT", ["code"]],
  ["an end before the start", OPEN, { code: "X", startsOn: "2030-01-01", endsBefore: "2029-12-01" }, "INVALID_INPUT", ["endsBefore"]],
  ["no day at all", OPEN, { code: "X", startsOn: "2030-01-01", endsBefore: "2030-01-01" }, "INVALID_INPUT", ["endsBefore"]],
  ["401 days", OPEN, { code: "X", startsOn: "2030-01-01", endsBefore: "2031-02-06" }, "INVALID_INPUT", ["endsBefore"]],
  ["a code that is taken", OPEN, { code: "2026-01", startsOn: "2030-01-01", endsBefore: "2030-02-01" }, "CONFLICT", ["code"]],
  ["a day of another", OPEN, { code: "X", startsOn: "2026-01-31", endsBefore: "2026-02-15" }, "CONFLICT", ["startsOn"]],
  ["all days of others", OPEN, { code: "X", startsOn: "2025-12-01", endsBefore: "2026-12-01" }, "CONFLICT", ["startsOn"]],
  ["a hundred years of gap", OPEN, { code: "X", startsOn: "2200-01-01", endsBefore: "2200-02-01" }, "INVALID_INPUT", ["startsOn"]],
  [
    "days before a closed period",
    OPEN,
    { code: "X", startsOn: "2025-01-01", endsBefore: "2025-02-01", legalEntity: "FR" },
    "PERIOD_CLOSED",
    ["startsOn"],
  ],
  ["closing an unknown period", CLOSE, { code: "1999-01", ...main }, "NOT_FOUND", ["code"]],
  ["closing one of another entity", CLOSE, { code: "W04", ...main }, "NOT_FOUND", ["code"]],
  ["reopening an unknown period", REOPEN, { code: "1999-01", reason: "x" }, "NOT_FOUND", ["code"]],
  ["reopening without a reason", REOPEN, { code: "2026-01", reason: " " }, "INVALID_INPUT", ["reason"]],
  ["a reason of 501 characters", REOPEN, { code: "2026-01", reason: "x".repeat(501) }, "INVALID_INPUT", ["reason"]],
];
test.each(REFUSED)("refused: %s", async (_name, source, variables, code, field) => {
  const before = await books(world);
  const { period, userErrors } = await payload(world, source, variables);
  expect(period).toBeNull();
  expect(userErrors).toEqual([expect.objectContaining({ code, field })]);
  expect(await books(world)).toEqual(before);
});

test("a posting a hundred years from everything is refused; a warehouse keeps its books", async () => {
  const before = await books(world);
  expect((await payload(world, POST, posted("1905-01-01T00:00:00Z"))).userErrors).toEqual([
    expect.objectContaining({ code: "INVALID_INPUT", field: ["input", "occurredAt"] }),
  ]);
  const moved = { code: "W1", name: "One", currency: "EUR", legalEntity: "DE", address: { countryCode: "DE" } };
  expect((await payload(world, SAVE_WAREHOUSE, { input: moved })).userErrors).toEqual([
    expect.objectContaining({ code: "INVALID_STATE", field: ["input", "legalEntity"] }),
  ]);
  expect(await books(world)).toEqual(before);
});

test("reopening an open period changes nothing", async () => {
  const before = await books(world);
  expect((await reopen("2026-01")).period.status).toBe("OPEN");
  expect(await books(world)).toEqual(before);
});

test.each([
  ["closing needs finance:write", CLOSE, { role: "warehouse-manager" as const }],
  ["a key bound to a merchant closes nothing", CLOSE, { merchant: "SELF" }],
])("%s", async (_name, source, as) => {
  const { errors } = await world.ask(source, { code: "2026-01" }, as);
  expect(errors[0].extensions.code).toBe("FORBIDDEN");
});

test("entries out of balance and value beside the books are in the way", async () => {
  await warehouse("AT", "AT");
  const { movement } = await payload(world, POST, posted("2026-01-10T00:00:00Z", "AT"));
  const line = "'AT', '2026-01', '1400', 'EUR', 5, 0, 'A', 'AT', 'SELF'";
  await world.db.query(
    `INSERT INTO journal_line (entry_id, line_no, legal_entity, period, account, currency, debit, credit, sku, warehouse, merchant) VALUES (?, 9, ${line})`,
    [movement.journal.id],
  );
  const { period } = await close("2026-01", "AT");
  expect(period.status).toBe("CLOSING");
  expect(period.blockers).toEqual([
    `Entry ${movement.journal.id} is not balanced: debits 6.000000, credits 1.000000.`,
    "Movements changed stock by 1.000000 EUR, the inventory accounts by 6.000000.",
  ]);
  expect((await close("2026-01", "AT")).period.status).toBe("CLOSING");
  expect((await reopen("2026-01", "AT")).period).toMatchObject({ status: "OPEN", blockers: [] });
});

test("a period to come may be opened", async () => {
  const far = { code: "NEXT", startsOn: dayFromNow(70), endsBefore: dayFromNow(100) };
  expect((await payload(world, OPEN, far)).userErrors).toEqual([]);
  const all = await periods();
  all.slice(1).forEach(({ startsOn }, i) => expect(startsOn).toBe(all[i].endsBefore));
});
