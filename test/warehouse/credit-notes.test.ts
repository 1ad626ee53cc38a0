import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { POST, SAVE_ITEM, SAVE_MERCHANT, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";
import { allOf, bookedBy, CREDIT, keyed, MATCH, openOn, refusal } from "./inbound-support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_MERCHANT, { code: "THEIRS", name: "Theirs", ownership: "CONSIGNED" });
  const items: object[] = [
    { sku: "A" },
    { sku: "B" },
    { sku: "R" },
    { sku: "F", costingMethod: "FIFO" },
    { sku: "T", costingMethod: "STANDARD", standardCost: "4.00" },
    { sku: "C", merchant: "THEIRS" },
  ];
  for (const item of items) await world.must(SAVE_ITEM, { name: "An item", ...item });
  await world.must(SAVE_WAREHOUSE, { code: "W2", name: "W2", currency: "EUR", address: { countryCode: "DE" } });
});
afterAll(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

const documentOf = (number: string) => ({ type: "PURCHASE", number });
const post = (type: string, number: string, sku: string, quantity: number, unitCost?: string, warehouse = "W1") =>
  world.must(
    POST,
    keyed({
      type,
      warehouse,
      ...(type === "SALES_ISSUE" ? {} : { document: documentOf(number) }),
      ...(type === "SUPPLIER_RETURN" && { supplier: "ACME" }),
      lines: [{ sku, quantity, unitCost }],
    }),
  );
const invoice = (number: string, sku: string, quantity: number, unitCost: string) =>
  world.must(MATCH, keyed({ document: documentOf(number), invoiceNumber: "R-1", lines: [{ sku, quantity, unitCost }] }));
const credit = (number: string, reason: string, lines: object[], creditNoteNumber = "C-1") =>
  keyed({ document: documentOf(number), invoiceNumber: "R-1", creditNoteNumber, reason, lines });
const valueOf = async (sku: string) =>
  (await world.db.query<{ value: string }>("SELECT value FROM item_stock WHERE warehouse = 'W1' AND sku = ?", [sku]))[0].value;
/** Goods received not invoiced, and what is owed. */
const openOf = async (number: string) => [await openOn(world, "2100", number), await openOn(world, "2000", number)];

test("a lower price: less is owed, the share on hand leaves the stock's value, the rest the accounts where the units went", async () => {
  await post("PURCHASE_RECEIPT", "K-1", "A", 10, "2.00");
  await invoice("K-1", "A", 10, "2.00");
  await post("SALES_ISSUE", "", "A", 4);
  const { movements } = await world.must(CREDIT, credit("K-1", "PRICE", [{ sku: "A", quantity: 10, unitCost: "0.50" }]));
  expect(movements).toMatchObject([{ type: "COST_ADJUSTMENT", reason: "Credit note C-1", document: { number: "K-1" } }]);
  expect((await bookedBy(world, "K-1")).slice(-5)).toEqual([
    "COST_ADJUSTMENT 1400 Cr 3.000000",
    "COST_ADJUSTMENT 2100 Dr 5.000000",
    "COST_ADJUSTMENT 5000 Cr 2.000000",
    "COST_ADJUSTMENT 2100 Cr 5.000000",
    "COST_ADJUSTMENT 2000 Dr 5.000000",
  ]);
  expect([await openOf("K-1"), await valueOf("A")]).toEqual([[0, -15], "9.000000"]);
});

test("units that went back after they were invoiced: credited at the receipt's price nothing is left open and no cost moves", async () => {
  await post("PURCHASE_RECEIPT", "K-2", "B", 5, "3.00");
  await invoice("K-2", "B", 5, "3.00");
  await post("SUPPLIER_RETURN", "K-2", "B", 2, "3.00");
  expect(await openOf("K-2")).toEqual([6, -15]);
  await world.must(CREDIT, credit("K-2", "RETURN", [{ sku: "B", quantity: 1, unitCost: "3.00" }]));
  expect(await openOf("K-2")).toEqual([3, -12]);
  await world.must(CREDIT, credit("K-2", "RETURN", [{ sku: "B", quantity: 1, unitCost: "3.00" }], "C-2"));
  expect([await openOf("K-2"), await valueOf("B")]).toEqual([[0, -9], "9.000000"]);
});

test("a return that is credited at less than it was received at: the loss is cost of what stayed", async () => {
  await post("PURCHASE_RECEIPT", "K-3", "R", 4, "5.00");
  await invoice("K-3", "R", 4, "5.00");
  await post("SUPPLIER_RETURN", "K-3", "R", 2, "5.00");
  await world.must(CREDIT, credit("K-3", "RETURN", [{ sku: "R", quantity: 2, unitCost: "4.00" }]));
  expect(await openOf("K-3")).toEqual([0, -12]);
  // Two of four received are on hand: half of the loss. What went back carries nothing: the other half is variance.
  expect([await valueOf("R"), await openOn(world, "5100", "K-3")]).toEqual(["11.000000", 1]);
});

test("an invoice at another price after units went back leaves nothing open either", async () => {
  await post("PURCHASE_RECEIPT", "K-9", "R", 4, "1.00", "W2");
  await post("SUPPLIER_RETURN", "K-9", "R", 1, "1.00", "W2");
  await invoice("K-9", "R", 3, "2.00");
  expect(await openOf("K-9")).toEqual([0, -6]);
});

test("a return from another warehouse than received it: the difference is variance", async () => {
  await post("PURCHASE_RECEIPT", "K-4", "B", 4, "1.00");
  await invoice("K-4", "B", 4, "1.00");
  await post("PURCHASE_RECEIPT", "K-OTHER", "B", 4, "1.00", "W2");
  await post("SUPPLIER_RETURN", "K-4", "B", 1, "1.00", "W2");
  await world.must(CREDIT, credit("K-4", "RETURN", [{ sku: "B", quantity: 1, unitCost: "0.75" }]));
  expect(await openOf("K-4")).toEqual([0, -3.25]);
  expect(await openOn(world, "5100", "K-4")).toBe(0.25);
});

test("FIFO lowers its receipt's layer, STANDARD books variance; the credit of a credit is none", async () => {
  for (const [number, sku, cost] of [
    ["K-5", "F", "2.00"],
    ["K-6", "T", "4.00"],
  ]) {
    await post("PURCHASE_RECEIPT", number, sku, 5, cost);
    await invoice(number, sku, 5, cost);
    await world.must(CREDIT, credit(number, "PRICE", [{ sku, quantity: 5, unitCost: "1.00" }]));
  }
  expect([await valueOf("F"), await valueOf("T")]).toEqual(["5.000000", "20.000000"]);
  expect([await openOf("K-5"), await openOf("K-6"), await openOn(world, "5100", "K-6")]).toEqual([[0, -5], [0, -15], -5]);
  const again = { ...credit("K-5", "PRICE", [{ sku: "F", quantity: 1, unitCost: "1.00" }], "C-2"), invoiceNumber: "C-1" };
  expect(await refusal(world, CREDIT, { input: again })).toBe("INVALID_STATE input.lines.0.quantity");
});

test("said twice it is credited once, and eight at once credit no unit twice", async () => {
  await post("PURCHASE_RECEIPT", "K-7", "B", 10, "1.00");
  await invoice("K-7", "B", 10, "1.00");
  await post("SUPPLIER_RETURN", "K-7", "B", 7, "1.00");
  const input = credit("K-7", "RETURN", [{ sku: "B", quantity: 1, unitCost: "1.00" }], "C-0");
  const { movements } = await world.must(CREDIT, input);
  const before = await allOf(world);
  expect((await world.must(CREDIT, input)).movements).toEqual(movements);
  expect(await refusal(world, CREDIT, { input: { ...input, creditNoteNumber: "C-9" } })).toContain("IDEMPOTENCY_KEY_REUSED");
  expect(await allOf(world)).toEqual(before);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      refusal(world, CREDIT, { input: credit("K-7", "RETURN", [{ sku: "B", quantity: 2, unitCost: "1.00" }], `C-${i + 1}`) }),
    ),
  );
  expect(answers.filter((answer) => answer === "")).toHaveLength(3);
  expect(answers.filter((answer) => answer === "INVALID_STATE input.lines.0.quantity")).toHaveLength(5);
  expect(await openOf("K-7")).toEqual([0, -3]);
});

test("refusals of creditInvoice, and nothing is changed", async () => {
  await post("PURCHASE_RECEIPT", "K-8", "B", 4, "2.00");
  await invoice("K-8", "B", 3, "2.00");
  await post("SUPPLIER_RETURN", "K-8", "B", 2, "2.00");
  await world.must(CREDIT, credit("K-8", "PRICE", [{ sku: "B", quantity: 3, unitCost: "1.50" }]));
  const line = { sku: "B", quantity: 1, unitCost: "1.00" };
  const note = (reason: string, of: object, number = "K-8") => credit(number, reason, [{ ...line, ...of }], "C-2");
  const table: [object, string][] = [
    [credit("K-8", "PRICE", [], "C-2"), "INVALID_INPUT input.lines"],
    [{ ...note("PRICE", {}), creditNoteNumber: "" }, "INVALID_INPUT input.creditNoteNumber"],
    [{ ...note("PRICE", {}), invoiceNumber: "" }, "INVALID_INPUT input.invoiceNumber"],
    [note("PRICE", {}, ""), "INVALID_INPUT input.document.number"],
    [note("PRICE", { unitCost: null }), "INVALID_INPUT input.lines.0.unitCost"],
    [note("PRICE", { unitCost: "-1" }), "INVALID_INPUT input.lines.0.unitCost"],
    [note("PRICE", { unitCost: "0" }), "INVALID_INPUT input.lines.0.unitCost"],
    [note("PRICE", { quantity: 0 }), "INVALID_INPUT input.lines.0.quantity"],
    [note("PRICE", { unit: "case" }), "INVALID_INPUT input.lines.0.unit"],
    [note("PRICE", { sku: "NONE" }), "NOT_FOUND input.lines.0.sku"],
    [note("PRICE", {}, "NONE"), "NOT_FOUND input.invoiceNumber"],
    [{ ...note("PRICE", {}), invoiceNumber: "R-9" }, "NOT_FOUND input.invoiceNumber"],
    [credit("K-8", "PRICE", [line], "C-1"), "CONFLICT input.creditNoteNumber"],
    [credit("K-8", "PRICE", [line], "R-1"), "CONFLICT input.creditNoteNumber"],
    [note("PRICE", { sku: "A" }), "INVALID_STATE input.lines.0.quantity"],
    [note("PRICE", { sku: "C" }), "INVALID_STATE input.lines.0.quantity"],
    [note("PRICE", { quantity: 4, unitCost: "0.01" }), "INVALID_STATE input.lines.0.quantity"],
    // 6.00 was asked for and 4.50 given back.
    [note("PRICE", { quantity: 3, unitCost: "0.51" }), "INVALID_STATE input.lines.0.unitCost"],
    // Four came, three were invoiced and two went back: one more than was not invoiced.
    [note("RETURN", { quantity: 2, unitCost: "0.10" }), "INVALID_STATE input.lines.0.quantity"],
  ];
  const before = await allOf(world);
  for (const [input, answer] of table) expect([input, await refusal(world, CREDIT, { input })]).toEqual([input, answer]);
  const input = note("PRICE", {});
  expect(await refusal(world, CREDIT, { input }, { role: "warehouse-manager" })).toContain("FORBIDDEN");
  expect(await allOf(world)).toEqual(before);
});
