import { partsOf } from "../../services/warehouse/receive/match-invoice";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { exact, sixPlaces } from "../../shared/units/decimal";
import { POST, SAVE_ITEM, SAVE_MERCHANT, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";
import { allOf, bookedBy, CLOSE, expectGoods, keyed, MATCH, openOn, receive, refusal } from "./inbound-support";

let world: WarehouseWorld;
const REVERSE =
  "mutation ($input: ReverseMovementInput!) { reverseMovement(input: $input) { movement { id } userErrors { code message field } } }";
const invoice = (number: string, invoiceNumber: string, lines: object[]) =>
  keyed({ document: { type: "PURCHASE", number }, invoiceNumber, lines });
const valueOf = async (sku: string, warehouse = "W1") =>
  (await world.db.query<{ value: string }>("SELECT value FROM item_stock WHERE warehouse = ? AND sku = ?", [warehouse, sku]))[0].value;
const post = (type: string, sku: string, quantity: number, more: object = {}, line: object = {}) =>
  world.must(POST, keyed({ type, warehouse: "W1", lines: [{ sku, quantity, ...line }], ...more }));

beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_MERCHANT, { code: "THEIRS", name: "Theirs", ownership: "CONSIGNED" });
  const items: object[] = [
    { sku: "A" },
    { sku: "B" },
    { sku: "F", costingMethod: "FIFO" },
    { sku: "T", costingMethod: "STANDARD", standardCost: "4.00" },
    { sku: "C", merchant: "THEIRS" },
    { sku: "MAT" },
    { sku: "MADE" },
  ];
  for (const item of items) await world.must(SAVE_ITEM, { name: "An item", ...item });
  for (const [code, currency] of [
    ["W2", "EUR"],
    ["W3", "USD"],
  ])
    await world.must(SAVE_WAREHOUSE, { code, name: code, currency, address: { countryCode: "DE" } });
});
afterAll(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

async function purchase(number: string, lines: { sku: string; quantity: number; unitCost?: string }[], warehouse = "W1"): Promise<void> {
  const { id } = await expectGoods(world, "PURCHASE", number, lines, { warehouse });
  await receive(
    world,
    id,
    lines.map(({ sku, quantity }) => ({ sku, quantity })),
  );
}

test("an invoice at another price: the share on hand to stock, the rest where the units went, nothing left open", async () => {
  await purchase("I-1", [{ sku: "A", quantity: 10, unitCost: "2.00" }]);
  await post("SALES_ISSUE", "A", 4);
  const { movements } = await world.must(MATCH, invoice("I-1", "R-1", [{ sku: "A", quantity: 10, unitCost: "2.50" }]));
  expect(movements).toMatchObject([{ type: "COST_ADJUSTMENT", reason: "Invoice R-1", document: { number: "I-1" } }]);
  expect((await bookedBy(world, "I-1")).slice(2)).toEqual([
    "COST_ADJUSTMENT 1400 Dr 3.000000",
    "COST_ADJUSTMENT 2100 Cr 5.000000",
    "COST_ADJUSTMENT 5000 Dr 2.000000",
    "COST_ADJUSTMENT 2100 Dr 25.000000",
    "COST_ADJUSTMENT 2000 Cr 25.000000",
  ]);
  expect([await openOn(world, "2100", "I-1"), await openOn(world, "2000", "I-1"), await valueOf("A")]).toEqual([0, -25, "15.000000"]);
});

test("an invoice in parts, at the price that was known, and one lower: exact to the last decimal", async () => {
  await purchase("I-2", [{ sku: "B", quantity: 3, unitCost: "0.333333" }]);
  await world.must(MATCH, invoice("I-2", "R-1", [{ sku: "B", quantity: 1, unitCost: "0.333333" }]));
  expect((await bookedBy(world, "I-2")).slice(2)).toEqual(["COST_ADJUSTMENT 2100 Dr 0.333333", "COST_ADJUSTMENT 2000 Cr 0.333333"]);
  await world.must(MATCH, invoice("I-2", "R-2", [{ sku: "B", quantity: 2, unitCost: "0.30" }]));
  expect([await openOn(world, "2100", "I-2"), await openOn(world, "2000", "I-2"), await valueOf("B")]).toEqual([0, -0.933333, "0.933333"]);
});

test("FIFO adjusts its receipts' own layers, STANDARD books variance", async () => {
  await post("PURCHASE_RECEIPT", "F", 5, {}, { unitCost: "1.00" });
  await purchase("I-3", [
    { sku: "F", quantity: 5, unitCost: "2.00" },
    { sku: "T", quantity: 2, unitCost: "5.00" },
  ]);
  await world.must(
    MATCH,
    invoice("I-3", "R-1", [
      { sku: "F", quantity: 5, unitCost: "3.00" },
      { sku: "T", quantity: 2, unitCost: "6.00" },
    ]),
  );
  expect([await valueOf("F"), await valueOf("T"), await openOn(world, "2100", "I-3"), await openOn(world, "5100", "I-3")]).toEqual([
    "20.000000",
    "8.000000",
    0,
    4,
  ]);
});

test("a document that came to two warehouses: one invoice, a movement in each", async () => {
  await purchase("I-4", [{ sku: "B", quantity: 4, unitCost: "1.00" }]);
  await purchase("I-4", [{ sku: "B", quantity: 6, unitCost: "1.00" }], "W2");
  const input = invoice("I-4", "R-1", [{ sku: "B", quantity: 10, unitCost: "1.10" }]);
  const { movements } = await world.must(MATCH, input);
  expect(movements).toHaveLength(2);
  const before = await allOf(world);
  const again = await world.must(MATCH, input);
  expect(again.movements).toEqual(movements);
  expect(await allOf(world)).toEqual(before);
  expect([await openOn(world, "2100", "I-4"), await openOn(world, "2000", "I-4")]).toEqual([0, -11]);
});

test("what went back, or was reversed, is not invoiced; what is invoiced is not reversed", async () => {
  await purchase("I-5", [{ sku: "B", quantity: 5, unitCost: "1.00" }]);
  await post("SUPPLIER_RETURN", "B", 2, { supplier: "ACME", document: { type: "PURCHASE", number: "I-5" } }, { unitCost: "1.00" });
  expect(await refusal(world, MATCH, { input: invoice("I-5", "R-1", [{ sku: "B", quantity: 4, unitCost: "1.00" }]) })).toBe(
    "INVALID_STATE input.lines.0.quantity",
  );
  await world.must(MATCH, invoice("I-5", "R-1", [{ sku: "B", quantity: 3, unitCost: "1.00" }]));
  expect(await openOn(world, "2100", "I-5")).toBe(0);
  const document = { type: "PURCHASE", number: "I-6" };
  const { movement } = await post("PURCHASE_RECEIPT", "B", 2, { document }, { unitCost: "1.00" });
  await world.must(MATCH, invoice("I-6", "R-1", [{ sku: "B", quantity: 1, unitCost: "1.00" }]));
  expect(await refusal(world, REVERSE, { input: keyed({ movementId: movement.id, reason: "wrong" }) })).toBe(
    "INVALID_STATE input.movementId",
  );
});

test("two who match at once: no unit twice", async () => {
  await purchase("I-7", [{ sku: "B", quantity: 10, unitCost: "1.00" }]);
  const inputs = Array.from({ length: 8 }, (_, i) => invoice("I-7", `R-${i}`, [{ sku: "B", quantity: 3, unitCost: "1.00" }]));
  const answers = await Promise.all(inputs.map((input) => refusal(world, MATCH, { input })));
  expect(answers.filter((answer) => answer === "")).toHaveLength(3);
  expect(answers.filter((answer) => answer.startsWith("INVALID_STATE"))).toHaveLength(5);
  expect(await openOn(world, "2100", "I-7")).toBe(-1);
});

test("refusals of matchInvoice, and nothing is changed", async () => {
  await purchase("I-8", [{ sku: "B", quantity: 2, unitCost: "1.00" }]);
  await purchase("I-8", [{ sku: "B", quantity: 2, unitCost: "1.00" }], "W3");
  await purchase("I-9", [
    { sku: "C", quantity: 2 },
    { sku: "A", quantity: 5, unitCost: "1.00" },
  ]);
  await world.must(MATCH, invoice("I-9", "R-1", [{ sku: "A", quantity: 1, unitCost: "1.00" }]));
  const line = { sku: "B", quantity: 1, unitCost: "1.00" };
  const table: [object, string][] = [
    [invoice("I-8", "R-1", []), "INVALID_INPUT input.lines"],
    [invoice("I-8", "", [line]), "INVALID_INPUT input.invoiceNumber"],
    [invoice("", "R-1", [line]), "INVALID_INPUT input.document.number"],
    [invoice("I-8", "R-1", [{ ...line, unitCost: null }]), "INVALID_INPUT input.lines.0.unitCost"],
    [invoice("I-8", "R-1", [{ ...line, unitCost: "-1" }]), "INVALID_INPUT input.lines.0.unitCost"],
    [invoice("I-8", "R-1", [line, { ...line, unitCost: "2" }]), "INVALID_INPUT input.lines.1.unitCost"],
    [invoice("I-8", "R-1", [{ ...line, quantity: 0 }]), "INVALID_INPUT input.lines.0.quantity"],
    [invoice("I-8", "R-1", [{ ...line, unit: "case" }]), "INVALID_INPUT input.lines.0.unit"],
    [invoice("I-8", "R-1", [{ ...line, sku: "NONE" }]), "NOT_FOUND input.lines.0.sku"],
    [invoice("I-8", "R-1", [{ ...line, quantity: 3 }]), "INVALID_INPUT input.document"],
    [invoice("I-8", "R-1", [{ ...line, quantity: 5 }]), "INVALID_STATE input.lines.0.quantity"],
    [invoice("NONE", "R-1", [line]), "INVALID_STATE input.lines.0.quantity"],
    [invoice("I-9", "R-1", [{ ...line, sku: "A" }]), "CONFLICT input.invoiceNumber"],
    [invoice("I-9", "R-2", [{ ...line, sku: "C" }]), "INVALID_INPUT input.lines.0.sku"],
  ];
  const before = await allOf(world);
  for (const [input, answer] of table) expect([input, await refusal(world, MATCH, { input })]).toEqual([input, answer]);
  expect(await refusal(world, MATCH, { input: invoice("I-8", "R-1", [line]) }, { role: "warehouse-manager" })).toContain("FORBIDDEN");
  expect(await allOf(world)).toEqual(before);
});

test("a work order: material out, goods in, the rest to production variance", async () => {
  const document = { type: "PRODUCTION", number: "WO-9" };
  await post("PURCHASE_RECEIPT", "MAT", 10, {}, { unitCost: "3.00" });
  await post("MATERIAL_ISSUE", "MAT", 10, { document });
  const made = await expectGoods(world, "PRODUCTION", "WO-9", [{ sku: "MADE", quantity: 4, unitCost: "7.00" }]);
  await receive(world, made.id, [{ sku: "MADE", quantity: 3 }]);
  const before = await allOf(world);
  expect(await refusal(world, CLOSE, { document: "WO-9" })).toBe("INVALID_STATE document");
  expect(await refusal(world, CLOSE, { document: "" })).toBe("INVALID_INPUT document");
  expect(await refusal(world, CLOSE, { document: "WO-NONE" })).toBe("INVALID_STATE document");
  expect(await refusal(world, CLOSE, { document: "WO-9" }, { role: "warehouse-operator" })).toContain("FORBIDDEN");
  expect(await allOf(world)).toEqual(before);
  await receive(world, made.id, [], { final: true });
  const answers = await Promise.all([1, 2, 3].map(() => refusal(world, CLOSE, { document: "WO-9" })));
  expect(answers.sort()).toEqual(["", "INVALID_STATE document", "INVALID_STATE document"]);
  expect((await bookedBy(world, "WO-9")).slice(4)).toEqual([
    "COST_ADJUSTMENT 5110 Cr 21.000000",
    "COST_ADJUSTMENT 1500 Dr 21.000000",
    "COST_ADJUSTMENT 5110 Dr 30.000000",
    "COST_ADJUSTMENT 1500 Cr 30.000000",
  ]);
  expect([await openOn(world, "1500", "WO-9"), await openOn(world, "5110", "WO-9")]).toEqual([0, 9]);
});

test("the last units of a document clear the rest of its value", () => {
  const open = [
    { warehouse: "W1", sku: "X", units: 3, value: exact("1.000000") },
    { warehouse: "W2", sku: "X", units: 1, value: exact("9.000000") },
  ];
  const cleared = (units: number) =>
    partsOf(open, "X", units, exact(1), []).map((part) => [part.warehouse, part.units, sixPlaces(part.cleared)]);
  expect(cleared(2)).toEqual([["W1", 2, "0.666667"]]);
  expect(cleared(4)).toEqual([
    ["W1", 3, "1.000000"],
    ["W2", 1, "9.000000"],
  ]);
  expect(() => cleared(5)).toThrow("Only 4 units");
});
