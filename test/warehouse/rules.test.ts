import { newId } from "../../shared/ids";
import { books, dayFromNow, payload, SAVE_ACCOUNT, SAVE_RULE } from "./journal-support";
import { POST, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
const today = dayFromNow(0);
const tomorrow = dayFromNow(1);
const account = (code: string, kind = "EXPENSE") => world.must(SAVE_ACCOUNT, { code, name: `Account ${code}`, kind });

beforeAll(async () => {
  world = await warehouseWorld();
  await world.stock({ A: 100 });
  for (const code of ["6100", "6200"]) await account(code);
});
afterAll(() => world.close());

const issue = async (more: object = {}) => {
  const { movement } = await world.must(POST, {
    idempotencyKey: newId(),
    type: "MISC_ISSUE",
    warehouse: "W1",
    lines: [{ sku: "A", quantity: 1 }],
    ...more,
  });
  return movement.journal.lines.find(({ debit }: { debit: unknown }) => debit).account.code;
};
const rules = async (type: string) =>
  (await world.ask("{ postingRules { type reasonCode debit { code } credit { code } validFrom } }")).data.postingRules.filter(
    (rule: { type: string }) => rule.type === type,
  );

test("an account is made, renamed, and keeps its kind once it is used", async () => {
  expect((await account("6300")).account).toEqual({ code: "6300", name: "Account 6300", kind: "EXPENSE" });
  expect((await world.must(SAVE_ACCOUNT, { code: "6300", name: "Samples", kind: "ASSET" })).account).toMatchObject({
    name: "Samples",
    kind: "ASSET",
  });
  await issue({ account: "6300" });
  const before = await books(world);
  const { userErrors } = await payload(world, SAVE_ACCOUNT, { input: { code: "6300", name: "Samples", kind: "EXPENSE" } });
  expect(userErrors).toEqual([expect.objectContaining({ code: "INVALID_STATE", field: ["input", "kind"] })]);
  expect(await books(world)).toEqual(before);
  expect((await world.must(SAVE_ACCOUNT, { code: "6300", name: "Free samples", kind: "ASSET" })).account.name).toBe("Free samples");
  expect((await world.must(SAVE_ACCOUNT, { code: "1400", name: "Stock", kind: "ASSET" })).account.name).toBe("Stock");
  expect(await world.db.query("SELECT inventory FROM account WHERE code = '1400'")).toEqual([{ inventory: 1 }]);
});

test("a rule holds from its day on for what is posted then, whenever it happened; what was posted stays", async () => {
  expect(await issue()).toBe("6900");
  const { rule } = await world.must(SAVE_RULE, { type: "MISC_ISSUE", debit: "6100", credit: "1400", validFrom: today });
  expect(rule).toEqual({ type: "MISC_ISSUE", reasonCode: null, debit: { code: "6100" }, credit: { code: "1400" }, validFrom: today });
  const lines = await world.db.query<{ n: number }>("SELECT COUNT(*) AS n FROM journal_line WHERE account = '6900'");
  expect(Number(lines[0].n)).toBe(1);
  expect(await issue()).toBe("6100");
  const [{ now }] = await world.db.query<{ now: Date }>("SELECT NOW(6) - INTERVAL 10000 MICROSECOND AS now");
  expect(await issue({ occurredAt: now.toISOString() })).toBe("6100");
  await world.must(SAVE_RULE, { type: "MISC_ISSUE", debit: "6200", credit: "1400", validFrom: tomorrow });
  expect(await issue()).toBe("6100");
  const plain = (await rules("MISC_ISSUE")).filter(({ reasonCode }: { reasonCode: string | null }) => reasonCode === null);
  expect(plain.map((one: { validFrom: string }) => one.validFrom)).toEqual(["1970-01-01", today, tomorrow]);
});

test("a rule that is to come can be replaced, one with a reason code is beside the others", async () => {
  await world.must(SAVE_RULE, { type: "COUNT_LOSS", debit: "6100", credit: "1400", validFrom: tomorrow });
  await world.must(SAVE_RULE, { type: "COUNT_LOSS", debit: "6200", credit: "1400", validFrom: tomorrow });
  expect((await rules("COUNT_LOSS")).map(({ debit }: { debit: { code: string } }) => debit.code)).toContain("6200");
  await world.must(SAVE_RULE, { type: "COUNT_LOSS", reasonCode: "THEFT", debit: "6100", credit: "1400", validFrom: today });
  const lost = { idempotencyKey: newId(), type: "COUNT_LOSS", warehouse: "W1", lines: [{ sku: "A", quantity: 1 }], reasonCode: "THEFT" };
  const { movement } = await world.must(POST, lost);
  expect(movement.journal.lines.map((line: { account: { code: string } }) => line.account.code)).toEqual(
    expect.arrayContaining(["6100", "1400"]),
  );
  const variance = { type: "COUNT_LOSS", reasonCode: "VARIANCE", debit: "6100", credit: "6100", validFrom: tomorrow };
  expect((await world.must(SAVE_RULE, variance)).rule.reasonCode).toBe("VARIANCE");
  const before = await books(world);
  await world.must(SAVE_RULE, variance);
  expect(await books(world)).toEqual(before);
});

const rule = { type: "PURCHASE_RECEIPT", debit: "1400", credit: "2100", validFrom: tomorrow };
const REFUSED: [string, string, object, string, string[]][] = [
  ["an account without a code", SAVE_ACCOUNT, { code: "", name: "N", kind: "ASSET" }, "INVALID_INPUT", ["input", "code"]],
  ["an account without a name", SAVE_ACCOUNT, { code: "X", name: " ", kind: "ASSET" }, "INVALID_INPUT", ["input", "name"]],
  ["a name of 201 characters", SAVE_ACCOUNT, { code: "X", name: "x".repeat(201), kind: "ASSET" }, "INVALID_INPUT", ["input", "name"]],
  ["another kind for stock", SAVE_ACCOUNT, { code: "1400", name: "N", kind: "EXPENSE" }, "INVALID_STATE", ["input", "kind"]],
  ["another kind for what a rule names", SAVE_ACCOUNT, { code: "5000", name: "N", kind: "ASSET" }, "INVALID_STATE", ["input", "kind"]],
  ["an unknown debit", SAVE_RULE, { ...rule, debit: "9999" }, "NOT_FOUND", ["input", "debit"]],
  ["an unknown credit", SAVE_RULE, { ...rule, credit: "9999" }, "NOT_FOUND", ["input", "credit"]],
  ["a day that has passed", SAVE_RULE, { ...rule, validFrom: dayFromNow(-1) }, "INVALID_INPUT", ["input", "validFrom"]],
  ["stock on the wrong side", SAVE_RULE, { ...rule, debit: "2100", credit: "1400" }, "INVALID_INPUT", ["input", "debit"]],
  ["no stock at all", SAVE_RULE, { ...rule, debit: "6100" }, "INVALID_INPUT", ["input", "debit"]],
  ["stock on both sides", SAVE_RULE, { ...rule, credit: "1400" }, "INVALID_INPUT", ["input", "credit"]],
  ["another account of stock", SAVE_RULE, { ...rule, debit: "1410" }, "INVALID_INPUT", ["input", "debit"]],
  ["goods in transit as the other side", SAVE_RULE, { ...rule, credit: "1410" }, "INVALID_INPUT", ["input", "credit"]],
  [
    "no stock on the side of an issue",
    SAVE_RULE,
    { ...rule, type: "SALES_ISSUE", debit: "5000", credit: "6100" },
    "INVALID_INPUT",
    ["input", "credit"],
  ],
  [
    "stock on both sides of an issue",
    SAVE_RULE,
    { ...rule, type: "SALES_ISSUE", debit: "1400", credit: "1400" },
    "INVALID_INPUT",
    ["input", "debit"],
  ],
  ["a type that moves no value", SAVE_RULE, { ...rule, type: "BIN_MOVE" }, "INVALID_INPUT", ["input", "type"]],
  ["a reason code that is empty", SAVE_RULE, { ...rule, reasonCode: "" }, "INVALID_INPUT", ["input", "reasonCode"]],
  [
    "differences on two accounts",
    SAVE_RULE,
    { ...rule, reasonCode: "VARIANCE", debit: "6100", credit: "6200" },
    "INVALID_INPUT",
    ["input", "credit"],
  ],
  [
    "differences in stock",
    SAVE_RULE,
    { ...rule, reasonCode: "VARIANCE", debit: "1400", credit: "1400" },
    "INVALID_INPUT",
    ["input", "credit"],
  ],
  [
    "another rule for today",
    SAVE_RULE,
    { type: "MISC_ISSUE", debit: "6200", credit: "1400", validFrom: today },
    "INVALID_STATE",
    ["input", "validFrom"],
  ],
];
test.each(REFUSED)("refused: %s", async (_name, source, input, code, field) => {
  const before = await books(world);
  const { userErrors, ...nothing } = await payload(world, source, { input });
  expect(Object.values(nothing)).toEqual([null]);
  expect(userErrors).toEqual([expect.objectContaining({ code, field })]);
  expect(await books(world)).toEqual(before);
});

test.each([
  ["accounts", SAVE_ACCOUNT, { code: "X", name: "X", kind: "ASSET" }],
  ["rules", SAVE_RULE, rule],
])("%s need finance:write, and the whole house", async (_name, source, input) => {
  for (const as of [{ role: "warehouse-manager" as const }, { merchant: "SELF" }]) {
    const { errors } = await world.ask(source, { input }, as);
    expect(errors[0].extensions.code).toBe("FORBIDDEN");
  }
});
