import { MOVEMENT_RULES, MOVEMENT_TYPES, ruleOf, type MovementType } from "../../services/warehouse/ledger/movement-rules";
import type { PostMovementInput } from "../../services/warehouse/ledger/movement.inputs";
import { postMovement } from "../../services/warehouse/ledger/post-movement";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { inTransaction } from "../../shared/db/transaction";
import { ROLES } from "../../shared/identity/scopes";
import { newId } from "../../shared/ids";
import { everything, POST, SAVE_ITEM, SAVE_MERCHANT, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";

const REVERSE = `mutation ($input: ReverseMovementInput!) { reverseMovement(input: $input) { movement { id type reversalOf { id }
  lines { quantity value { amount } } journal { lines { account { code } debit { amount } credit { amount } } } } userErrors { code message field } } }`;

let world: WarehouseWorld;
beforeEach(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_ITEM, { sku: "M", name: "At average" });
  await world.must(SAVE_ITEM, { sku: "F", name: "By layers", costingMethod: "FIFO" });
  await world.must(SAVE_ITEM, { sku: "T", name: "At standard", costingMethod: "STANDARD", standardCost: "10.00" });
});
afterEach(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

interface JournalLine {
  account: { code: string };
  debit: { amount: string } | null;
  credit: { amount: string } | null;
}
interface Movement {
  id: string;
  lines: { quantity: number; value: { amount: string } | null; unitCost: { amount: string } | null }[];
  journal: { lines: JournalLine[] } | null;
}

const movement = (type: MovementType, lines: object[], more: object = {}) => ({
  idempotencyKey: newId(),
  type,
  warehouse: "W1",
  lines,
  ...more,
});
const work = { document: { type: "WORK_ORDER", number: "WO-1" } };
const post = async (type: MovementType, lines: object[], more: object = {}): Promise<Movement> =>
  (await world.must(POST, movement(type, lines, more))).movement;
/** `account +debit` or `account -credit`, added up by account. */
function entry({ journal }: { journal: Movement["journal"] }): string[] {
  const sums = new Map<string, number>();
  for (const { account, debit, credit } of journal?.lines ?? [])
    sums.set(account.code, (sums.get(account.code) ?? 0) + Math.round(1e6 * (Number(debit?.amount ?? 0) - Number(credit?.amount ?? 0))));
  return [...sums]
    .filter(([, micros]) => micros !== 0)
    .map(([code, micros]) => `${code} ${micros / 1e6}`)
    .sort();
}
const refusal = async (input: object, source = POST): Promise<(string | undefined)[]> => {
  const before = await everything(world);
  const { data, errors } = await world.ask(source, { input });
  if (errors) return [errors[0].extensions.code];
  const [{ userErrors }] = Object.values<{ userErrors: { code: string; field: string[] }[] }>(data);
  expect(await everything(world)).toEqual(before);
  return [userErrors[0]?.code, userErrors[0]?.field?.at(-1)];
};

test("the database begins with the rules of the table", async () => {
  const rows = await world.db.query<{ type: MovementType; reason_code: string; debit: string; credit: string }>(
    "SELECT type, reason_code, debit, credit FROM posting_rule WHERE reason_code IN ('', 'VARIANCE')",
  );
  const found = Object.fromEntries(rows.map(({ type, reason_code, debit, credit }) => [`${type} ${reason_code}`, `${debit} ${credit}`]));
  const wanted = MOVEMENT_TYPES.filter((type) => ruleOf(type).accounts).flatMap((type) => {
    const { accounts, variance } = ruleOf(type);
    return [
      [`${type} `, `${accounts!.debit} ${accounts!.credit}`],
      [`${type} VARIANCE`, `${variance} ${variance}`],
    ];
  });
  expect(found).toEqual(Object.fromEntries(wanted));
  expect(MOVEMENT_TYPES).toHaveLength(21);
});

test("each type in and out books its accounts", async () => {
  const booked: Record<string, string[]> = {};
  const run = async (type: MovementType, lines: object[], more: object = {}) => (booked[type] = entry(await post(type, lines, more)));
  await run("PURCHASE_RECEIPT", [{ sku: "M", quantity: 10, unitCost: "2" }], { supplier: "ACME" });
  await run("PRODUCTION_RECEIPT", [{ sku: "M", quantity: 10, unitCost: "4" }], work);
  await run("SCRAP_RECEIPT", [{ sku: "M", quantity: 1, unitCost: "3" }], work);
  await run("MISC_RECEIPT", [{ sku: "M", quantity: 1, unitCost: "3" }], { account: "6900" });
  await run("COUNT_GAIN", [{ sku: "M", quantity: 1, unitCost: "3" }]);
  await run("SALES_ISSUE", [{ sku: "M", quantity: 2 }], { orderRef: "o-1" });
  await run("CUSTOMER_RETURN", [{ sku: "M", quantity: 1, status: "QUARANTINE" }], { orderRef: "o-1" });
  await run("EXCHANGE_IN", [{ sku: "M", quantity: 1 }], { orderRef: "o-1" });
  await run("EXCHANGE_OUT", [{ sku: "M", quantity: 1 }], { orderRef: "o-1" });
  await run("MATERIAL_ISSUE", [{ sku: "M", quantity: 3 }], work);
  await run("MATERIAL_RETURN", [{ sku: "M", quantity: 1 }], work);
  await run("TRANSFER_OUT", [{ sku: "M", quantity: 3 }], { document: { type: "TRANSFER", number: "T-1" } });
  await run("TRANSFER_IN", [{ sku: "M", quantity: 3 }], { document: { type: "TRANSFER", number: "T-1" } });
  await run("MISC_ISSUE", [{ sku: "M", quantity: 1 }]);
  await run("COUNT_LOSS", [{ sku: "M", quantity: 1 }]);
  await run("SCRAP_ISSUE", [{ sku: "M", quantity: 1, status: "QUARANTINE" }]);
  await run("SUPPLIER_RETURN", [{ sku: "M", quantity: 2, unitCost: "2" }], { supplier: "ACME" });
  await run("BIN_MOVE", [{ sku: "M", quantity: 1, toLocation: "RECEIVING" }]);
  await run("STATUS_CHANGE", [{ sku: "M", quantity: 1, toStatus: "DAMAGED" }]);
  expect(booked).toEqual({
    PURCHASE_RECEIPT: ["1400 20", "2100 -20"],
    PRODUCTION_RECEIPT: ["1400 40", "1500 -40"],
    SCRAP_RECEIPT: ["1400 3", "1500 -3"],
    MISC_RECEIPT: ["1400 3", "6900 -3"],
    COUNT_GAIN: ["1400 3", "5900 -3"],
    SALES_ISSUE: ["1400 -6", "5000 6"],
    CUSTOMER_RETURN: ["1400 3", "5000 -3"],
    EXCHANGE_IN: ["1400 3", "5000 -3"],
    EXCHANGE_OUT: ["1400 -3", "5000 3"],
    MATERIAL_ISSUE: ["1400 -9", "1500 9"],
    MATERIAL_RETURN: ["1400 3", "1500 -3"],
    TRANSFER_OUT: ["1400 -9", "1420 9"],
    TRANSFER_IN: ["1400 9", "1420 -9"],
    MISC_ISSUE: ["1400 -3", "6900 3"],
    COUNT_LOSS: ["1400 -3", "5900 3"],
    SCRAP_ISSUE: ["1400 -3", "5910 3"],
    SUPPLIER_RETURN: ["1400 -6", "2100 4", "5100 2"],
    BIN_MOVE: [],
    STATUS_CHANGE: [],
  });
});

test("FIFO takes the oldest layers, returns come back at the cost they left with, a receipt is reversed out of its own layer", async () => {
  const first = await post("PURCHASE_RECEIPT", [{ sku: "F", quantity: 10, unitCost: "1" }]);
  const second = await post("PURCHASE_RECEIPT", [{ sku: "F", quantity: 10, unitCost: "2" }]);
  const sale = await post("SALES_ISSUE", [{ sku: "F", quantity: 12 }]);
  expect(entry(sale)).toEqual(["1400 -14", "5000 14"]);
  await post("PURCHASE_RECEIPT", [{ sku: "F", quantity: 10, unitCost: "3" }]);
  expect(await refusal({ idempotencyKey: newId(), movementId: first.id, reason: "typo" }, REVERSE)).toEqual([
    "INVALID_STATE",
    "movementId",
  ]);
  expect(await refusal({ idempotencyKey: newId(), movementId: second.id, reason: "typo" }, REVERSE)).toEqual([
    "INVALID_STATE",
    "movementId",
  ]);
  const back = await post("CUSTOMER_RETURN", [{ sku: "F", quantity: 5 }], { ofMovement: sale.id });
  expect(entry(back)).toEqual(["1400 5.833333", "5000 -5.833333"]);
  expect(entry(await post("CUSTOMER_RETURN", [{ sku: "F", quantity: 7 }], { ofMovement: sale.id }))).toEqual([
    "1400 8.166667",
    "5000 -8.166667",
  ]);
  expect(await refusal(movement("CUSTOMER_RETURN", [{ sku: "F", quantity: 1 }], { ofMovement: sale.id }))).toEqual(["INVALID_STATE", "0"]);
  const third = await post("PURCHASE_RECEIPT", [{ sku: "F", quantity: 4, unitCost: "9" }]);
  const { movement: reversed } = await world.must(REVERSE, { idempotencyKey: newId(), movementId: third.id, reason: "typo" });
  expect(entry(reversed)).toEqual(["1400 -36", "2100 36"]);
  expect(reversed).toMatchObject({ type: "PURCHASE_RECEIPT", reversalOf: { id: third.id } });
});

test("STANDARD comes in and out at the standard, differences and new standards have their accounts", async () => {
  expect(entry(await post("PURCHASE_RECEIPT", [{ sku: "T", quantity: 10, unitCost: "12" }]))).toEqual(["1400 100", "2100 -120", "5100 20"]);
  const sale = await post("SALES_ISSUE", [{ sku: "T", quantity: 4 }]);
  expect(entry(sale)).toEqual(["1400 -40", "5000 40"]);
  expect(entry(await post("COST_ADJUSTMENT", [{ sku: "T", quantity: 0, unitCost: "11" }]))).toEqual(["1400 6", "5120 -6"]);
  expect(entry(await post("CUSTOMER_RETURN", [{ sku: "T", quantity: 1 }], { ofMovement: sale.id }))).toEqual([
    "1400 11",
    "5000 -10",
    "5100 -1",
  ]);
  expect(entry(await post("COST_ADJUSTMENT", [{ sku: "T", quantity: 0, amount: "5" }]))).toEqual(["2100 -5", "5100 5"]);
});

test("what a receipt turns out to have cost more is split between what is on hand and where the rest went", async () => {
  const receipt = await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 10, unitCost: "2" }]);
  await post("SALES_ISSUE", [{ sku: "M", quantity: 3 }]);
  await post("MISC_ISSUE", [{ sku: "M", quantity: 1 }]);
  const adjusted = await post("COST_ADJUSTMENT", [{ sku: "M", quantity: 0, amount: "10" }], { ofMovement: receipt.id });
  expect(entry(adjusted)).toEqual(["1400 6", "2100 -10", "5000 3", "6900 1"]);
  expect(entry(await post("COST_ADJUSTMENT", [{ sku: "M", quantity: 0, amount: "-6" }]))).toEqual(["1400 -6", "2100 6"]);
  expect(await refusal(movement("COST_ADJUSTMENT", [{ sku: "M", quantity: 0, amount: "-13" }]))).toEqual(["INVALID_INPUT", "amount"]);
  const layers = await post("PURCHASE_RECEIPT", [{ sku: "F", quantity: 10, unitCost: "2" }]);
  await post("SALES_ISSUE", [{ sku: "F", quantity: 4 }]);
  expect(entry(await post("COST_ADJUSTMENT", [{ sku: "F", quantity: 0, amount: "1" }], { ofMovement: layers.id }))).toEqual([
    "1400 0.6",
    "2100 -1",
    "5000 0.4",
  ]);
});

test("a movement is reversed once, at its cost, and not where something came of it", async () => {
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 10, unitCost: "2" }]);
  const issue = await post("MISC_ISSUE", [{ sku: "M", quantity: 4 }]);
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 4, unitCost: "7" }]);
  const input = { idempotencyKey: newId(), movementId: issue.id, reason: "never happened" };
  const { movement: first } = await world.must(REVERSE, input);
  expect(entry(first)).toEqual(["1400 8", "6900 -8"]);
  expect((await world.must(REVERSE, input)).movement.id).toBe(first.id);
  const again = (movementId: string) => refusal({ idempotencyKey: newId(), movementId, reason: "again" }, REVERSE);
  expect(await again(issue.id)).toEqual(["INVALID_STATE", "movementId"]);
  expect(await again(first.id)).toEqual(["INVALID_STATE", "movementId"]);
  expect(await again(newId())).toEqual(["NOT_FOUND", "movementId"]);
  const sale = await post("SALES_ISSUE", [{ sku: "M", quantity: 2 }], { orderRef: "o-1" });
  await post("CUSTOMER_RETURN", [{ sku: "M", quantity: 1 }], { orderRef: "o-1" });
  expect(await again(sale.id)).toEqual(["INVALID_STATE", "movementId"]);
  const receipt = await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 5, unitCost: "2" }]);
  await world.allocate({ M: 15 });
  expect(await again(receipt.id)).toEqual(["INSUFFICIENT_STOCK", "movementId"]);
});

test("a reversal gives back to the account that gave, however large the variance was, and under the rule of then", async () => {
  const receipt = await post("PURCHASE_RECEIPT", [{ sku: "T", quantity: 1, unitCost: "1" }]);
  expect(entry(receipt)).toEqual(["1400 10", "2100 -1", "5100 -9"]);
  const { movement: reversed } = await world.must(REVERSE, { idempotencyKey: newId(), movementId: receipt.id, reason: "typo" });
  expect(entry(reversed)).toEqual(["1400 -10", "2100 1", "5100 9"]);
  const sale = await post("MISC_RECEIPT", [{ sku: "M", quantity: 1, unitCost: "3" }]);
  await world.db.query("UPDATE posting_rule SET credit = '5910' WHERE type = 'MISC_RECEIPT' AND reason_code = ''");
  const { movement: back } = await world.must(REVERSE, { idempotencyKey: newId(), movementId: sale.id, reason: "typo" });
  expect(entry(back)).toEqual(["1400 -3", "6900 3"]);
});

test("what came back of a movement has come back of its order, and the other way round", async () => {
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 20, unitCost: "2" }]);
  const sale = await post("SALES_ISSUE", [{ sku: "M", quantity: 4 }], { orderRef: "o-1" });
  const back = (quantity: number, more: object) => movement("CUSTOMER_RETURN", [{ sku: "M", quantity }], more);
  expect(await refusal(back(1, { ofMovement: sale.id, orderRef: "o-2" }))).toEqual(["INVALID_INPUT", "orderRef"]);
  await world.must(POST, back(3, { ofMovement: sale.id }));
  expect(await refusal(back(2, { orderRef: "o-1" }))).toEqual(["INVALID_STATE", "0"]);
  await world.must(POST, back(1, { orderRef: "o-1" }));
  expect(await refusal(back(1, { ofMovement: sale.id }))).toEqual(["INVALID_STATE", "0"]);
  const out = await post("MATERIAL_ISSUE", [{ sku: "M", quantity: 4 }], work);
  const other = { document: { type: "WORK_ORDER", number: "WO-2" } };
  expect(await refusal(movement("MATERIAL_RETURN", [{ sku: "M", quantity: 1 }], { ofMovement: out.id, ...other }))).toEqual([
    "INVALID_INPUT",
    "document",
  ]);
});

test("units of one order that come back to two warehouses at once are no more than were sold: the second waits for the first", async () => {
  await world.must(SAVE_WAREHOUSE, { code: "W2", name: "Two", currency: "EUR", address: { countryCode: "DE" } });
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 20, unitCost: "2" }]);
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 1, unitCost: "2" }], { warehouse: "W2" });
  await post("SALES_ISSUE", [{ sku: "M", quantity: 10 }], { orderRef: "o-1" });
  const back = (quantity: number, warehouse: string) =>
    movement("CUSTOMER_RETURN", [{ sku: "M", quantity }], { orderRef: "o-1", warehouse }) as unknown as PostMovementInput;
  const caller = { client: "test", scopes: new Set(ROLES.admin) };
  let second: Promise<unknown> | undefined;
  let answered = false;
  const waits = () => world.db.query("SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT sku FROM item % FOR UPDATE'");
  await inTransaction(world.db, async (tx) => {
    await postMovement(tx, caller, back(10, "W1"));
    second ??= world.ask(POST, { input: back(1, "W2") }).finally(() => (answered = true));
    while (!answered && (await waits()).length === 0);
  });
  expect(await second).toMatchObject({ data: { postMovement: { movement: null, userErrors: [{ code: "INVALID_STATE" }] } } });
});

test("reversing one movement ten times at once books it once", async () => {
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 10, unitCost: "2" }]);
  const issue = await post("MISC_ISSUE", [{ sku: "M", quantity: 4 }]);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => world.ask(REVERSE, { input: { idempotencyKey: newId(), movementId: issue.id, reason: "once" } })),
  );
  expect(answers.filter(({ data }) => data.reverseMovement.movement)).toHaveLength(1);
  const [{ on_hand }] = await world.db.query<{ on_hand: number }>("SELECT on_hand FROM item_stock WHERE sku = 'M'");
  expect(on_hand).toBe(10);
});

test("two who return the same sale at once return no more than was sold", async () => {
  await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 10, unitCost: "2" }]);
  await post("SALES_ISSUE", [{ sku: "M", quantity: 4 }], { orderRef: "o-1" });
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      world.ask(POST, { input: movement("CUSTOMER_RETURN", [{ sku: "M", quantity: 1 }], { orderRef: "o-1" }) }),
    ),
  );
  expect(answers.filter(({ data }) => data.postMovement.movement)).toHaveLength(4);
});

test("consigned goods have quantities and lots of refusals, but no value", async () => {
  await world.must(SAVE_MERCHANT, { code: "GUEST", name: "Guest", ownership: "CONSIGNED" });
  await world.must(SAVE_ITEM, { sku: "C", name: "Consigned", merchant: "GUEST", costingMethod: "FIFO" });
  const receipt = await post("PURCHASE_RECEIPT", [{ sku: "C", quantity: 5 }]);
  expect(receipt.journal).toBeNull();
  expect((await post("SALES_ISSUE", [{ sku: "C", quantity: 5 }])).journal).toBeNull();
  expect(await refusal(movement("COST_ADJUSTMENT", [{ sku: "C", quantity: 0, amount: "1" }]))).toEqual(["INVALID_INPUT", "sku"]);
});

describe("refusals of every type", () => {
  const one = { sku: "M", quantity: 1 };
  const needed: Record<string, object> = {
    document: work,
    supplier: { supplier: "ACME" },
  };
  const lineNeeds: Record<string, object> = { toLocation: { toLocation: "RECEIVING" }, toStatus: { toStatus: "DAMAGED" } };
  /** A posting of the type that lacks nothing but stock. */
  function complete(type: MovementType): [lines: Record<string, unknown>, more: object] {
    const needs: readonly string[] = ruleOf(type).needs ?? [];
    const more = Object.assign({}, ...needs.map((name) => needed[name] ?? {})) as object;
    const line = Object.assign({}, one, ...needs.map((name) => lineNeeds[name] ?? {})) as Record<string, unknown>;
    if (type === "COST_ADJUSTMENT") Object.assign(line, { quantity: 0, amount: "1" });
    if (type === "SUPPLIER_RETURN") line.unitCost = "1";
    return [line, more];
  }
  const byHand = MOVEMENT_TYPES.filter((type) => type !== "TRANSFER_LOSS");

  test("what a type does not take, or lacks, is refused by name", async () => {
    expect(await refusal(movement("TRANSFER_LOSS", [one]))).toEqual(["INVALID_INPUT", "type"]);
    for (const type of byHand) {
      const rule = ruleOf(type);
      const [line, more] = complete(type);
      const said = async (field: string, input: object) =>
        expect([type, field, ...(await refusal(input))]).toEqual([type, field, "INVALID_INPUT", field]);
      for (const field of ["account", "ofMovement", "supplier"] as const)
        if (!rule.takes.includes(field))
          await said(field, movement(type, [line], { ...more, [field]: field === "account" ? "6900" : newId() }));
      for (const [field, value] of Object.entries({
        toLocation: "RECEIVING",
        toStatus: "DAMAGED",
        pledge: "P",
        amount: "1",
        unitCost: "1",
      }))
        if (!rule.takes.includes(field as never)) await said(field, movement(type, [{ ...line, [field]: value }], more));
      for (const field of rule.needs ?? []) {
        const { [field]: _, ...less } = { ...line, ...more } as Record<string, unknown>;
        const lines = [Object.fromEntries(Object.entries(less).filter(([name]) => name in line))];
        await said(field, movement(type, lines, Object.fromEntries(Object.entries(less).filter(([name]) => !(name in line)))));
      }
      await said("occurredAt", movement(type, [line], { ...more, occurredAt: "2999-01-01T00:00:00Z" }));
    }
  });

  test("no type takes more than there is, nor what orders are to get, losses aside", async () => {
    await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 3, unitCost: "2" }]);
    await world.allocate({ M: 3 });
    const took: string[] = [];
    for (const type of byHand.filter((one) => ruleOf(one).sign < 0)) {
      const [line, more] = complete(type);
      expect([type, ...(await refusal(movement(type, [{ ...line, quantity: 4 }], more)))]).toEqual([type, "INSUFFICIENT_STOCK", "0"]);
      if (ruleOf(type).sparesAllocated)
        expect([type, ...(await refusal(movement(type, [line], more)))]).toEqual([type, "INSUFFICIENT_STOCK", "0"]);
      else took.push(entry(await post(type, [line], more)).join());
    }
    expect(took).toEqual(["1400 -2,5900 2", "1400 -2,5910 2"]);
  });

  test("COST_ADJUSTMENT is finance's", async () => {
    await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 3, unitCost: "2" }]);
    const input = movement("COST_ADJUSTMENT", [{ sku: "M", quantity: 0, amount: "1" }]);
    const { errors } = await world.ask(POST, { input }, { role: "warehouse-operator" });
    expect(errors[0].extensions.code).toBe("FORBIDDEN");
    for (const [lines, field] of [
      [[{ sku: "M", quantity: 1, amount: "1" }], "quantity"],
      [[{ sku: "M", quantity: 0 }], "amount"],
      [[{ sku: "M", quantity: 0, amount: "0" }], "amount"],
      [[{ sku: "M", quantity: 0, unitCost: "1" }], "unitCost"],
      [[{ sku: "M", quantity: 0, amount: "1", lot: "L" }], "lot"],
    ] as const)
      expect(await refusal(movement("COST_ADJUSTMENT", [...lines]))).toEqual(["INVALID_INPUT", field]);
    expect(await refusal(movement("COST_ADJUSTMENT", [{ sku: "F", quantity: 0, amount: "1" }]))).toEqual(["INVALID_STATE", "0"]);
    expect(Object.keys(MOVEMENT_RULES)).toContain("COST_ADJUSTMENT");
  });

  test("a sale by hand does not double what a shipment is to take", async () => {
    await post("PURCHASE_RECEIPT", [{ sku: "M", quantity: 9, unitCost: "2" }]);
    await world.allocate({ M: 1 }, { orderRef: "o-7" });
    expect(await refusal(movement("SALES_ISSUE", [one], { orderRef: "o-7" }))).toEqual(["INVALID_STATE", "orderRef"]);
    await post("SALES_ISSUE", [one], { orderRef: "o-8" });
  });
});
