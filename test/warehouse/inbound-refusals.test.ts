import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { allOf, CANCEL, CREATE, expectGoods, keyed, receive, RECEIVE, refusal, UPDATE } from "./inbound-support";
import { POST, SAVE_ITEM, SAVE_MERCHANT, warehouseWorld, type As, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
const open: Record<"bought" | "begun" | "closed" | "called" | "back", string> = { bought: "", begun: "", closed: "", called: "", back: "" };
const NOWHERE = "00000000-0000-7000-8000-000000000000";

beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_MERCHANT, { code: "OTHER", name: "Other", ownership: "OWNED" });
  const items: object[] = [
    { sku: "A", units: [{ code: "case", factor: 24 }] },
    { sku: "L", tracking: "LOT" },
    { sku: "S", tracking: "SERIAL" },
    { sku: "N", kind: "NON_STOCK" },
    { sku: "O", merchant: "OTHER" },
    { sku: "NEW" },
  ];
  for (const item of items) await world.must(SAVE_ITEM, { name: "An item", ...item });
  const lines = ["A", "L", "S"].map((sku) => ({ sku, quantity: 10, unitCost: "1.00" }));
  for (const name of Object.keys(open) as (keyof typeof open)[])
    open[name] = (
      await expectGoods(world, name === "back" ? "RETURN" : "PURCHASE", name, [
        ...lines,
        ...(name === "bought" ? [{ sku: "NEW", quantity: 1 }] : []),
      ])
    ).id;
  await receive(world, open.bought, [{ sku: "L", quantity: 1, lot: "OLD", lotExpiresOn: "2020-01-01", status: "QUARANTINE" }]);
  await receive(world, open.bought, [{ sku: "S", quantity: 1, serials: ["S-1"] }]);
  await receive(world, open.begun, [{ sku: "A", quantity: 4, rejected: 1, rejectReason: "broken" }]);
  await receive(world, open.closed, [], { final: true });
  await world.must(CANCEL, keyed({ id: open.called }));
  await world.must(POST, keyed({ type: "MISC_RECEIPT", warehouse: "W1", lines: [{ sku: "A", quantity: 5, unitCost: "1.00" }] }));
  await world.must(POST, keyed({ type: "SALES_ISSUE", warehouse: "W1", orderRef: "back", lines: [{ sku: "A", quantity: 5 }] }));
});
afterAll(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

type Row = [what: string, input: () => object, answer: string, as?: As];

async function refuses(mutation: string, rows: Row[]): Promise<void> {
  const before = await allOf(world);
  for (const [what, input, answer, as] of rows)
    expect([what, await refusal(world, mutation, { input: keyed(input()) }, as)]).toEqual([what, answer]);
  expect(await allOf(world)).toEqual(before);
}

test("createInbound", async () => {
  const create =
    (more: object = {}) =>
    () => ({ kind: "PURCHASE", document: { type: "PURCHASE", number: "X" }, warehouse: "W1", lines: [{ sku: "A", quantity: 1 }], ...more });
  const line = (more: object) => create({ lines: [{ sku: "A", quantity: 1, ...more }] });
  await refuses(CREATE, [
    ["no lines", create({ lines: [] }), "INVALID_INPUT input.lines"],
    ["no units", line({ quantity: 0 }), "INVALID_INPUT input.lines.0.quantity"],
    ["too many in base units", line({ quantity: 2_000_000_000, unit: "case" }), "INVALID_INPUT input.lines.0.quantity"],
    [
      "too many with the tolerance",
      create({ lines: [{ sku: "A", quantity: 2_000_000_000 }], overReceiptPercent: 1 }),
      "INVALID_INPUT input.overReceiptPercent",
    ],
    ["unknown unit", line({ unit: "box" }), "INVALID_INPUT input.lines.0.unit"],
    ["negative cost", line({ unitCost: "-0.01" }), "INVALID_INPUT input.lines.0.unitCost"],
    [
      "two costs",
      create({
        lines: [
          { sku: "A", quantity: 1, unitCost: "1" },
          { sku: "A", quantity: 1, unitCost: "2" },
        ],
      }),
      "INVALID_INPUT input.lines.1.unitCost",
    ],
    ["unknown item", line({ sku: "NONE" }), "NOT_FOUND input.lines.0.sku"],
    ["not in warehouses", line({ sku: "N" }), "INVALID_INPUT input.lines.0.sku"],
    ["another's goods", line({ sku: "O" }), "NOT_FOUND input.lines.0.sku", { merchant: "SELF" }],
    ["unknown warehouse", create({ warehouse: "W9" }), "NOT_FOUND input.warehouse"],
    ["no number", create({ document: { type: "PURCHASE", number: "" } }), "INVALID_INPUT input.document.number"],
    ["a supplier of a return", create({ kind: "RETURN", supplier: "ACME" }), "INVALID_INPUT input.supplier"],
    ["tolerance below zero", create({ overReceiptPercent: -1 }), "INVALID_INPUT input.overReceiptPercent"],
    ["tolerance above all", create({ overReceiptPercent: 1001 }), "INVALID_INPUT input.overReceiptPercent"],
    ["open already", create({ document: { type: "PURCHASE", number: "bought" } }), "CONFLICT input.document"],
  ]);
  expect(await refusal(world, CREATE, { input: keyed(create()()) }, { role: "order-system" })).toContain("FORBIDDEN");
});

test("updateInbound", async () => {
  const update = (name: keyof typeof open, more: object) => () => ({ id: open[name], ...more });
  const lines = [{ sku: "A", quantity: 6 }];
  await refuses(UPDATE, [
    ["nothing", update("bought", {}), "INVALID_INPUT input"],
    ["no lines", update("bought", { lines: [] }), "INVALID_INPUT input.lines"],
    ["unknown", () => ({ id: NOWHERE, lines }), "NOT_FOUND input.id"],
    ["no id", () => ({ id: "x", lines }), "NOT_FOUND input.id"],
    ["another merchant's", update("bought", { lines }), "NOT_FOUND input.id", { merchant: "OTHER" }],
    ["closed", update("closed", { lines }), "INVALID_STATE input.id"],
    ["cancelled", update("called", { lines }), "INVALID_STATE input.id"],
    ["below what has come", update("begun", { lines: [{ sku: "A", quantity: 4 }] }), "INVALID_STATE input.lines.0.quantity"],
    ["without what has come", update("begun", { lines: [{ sku: "L", quantity: 4 }] }), "INVALID_STATE input.lines"],
    ["another's goods", update("bought", { lines: [{ sku: "O", quantity: 1 }] }), "INVALID_INPUT input.lines.0.sku"],
    ["unknown item", update("bought", { lines: [{ sku: "NONE", quantity: 1 }] }), "NOT_FOUND input.lines.0.sku"],
  ]);
});

test("receiveInbound", async () => {
  const take =
    (line: object, name: keyof typeof open = "bought") =>
    () => ({ id: open[name], lines: [{ sku: "A", quantity: 1, ...line }] });
  const [lot, serial] = [
    { sku: "L", lot: "L1" },
    { sku: "S", serials: ["S-9"] },
  ];
  await refuses(RECEIVE, [
    ["nothing, and not final", () => ({ id: open.bought, lines: [] }), "INVALID_INPUT input.lines"],
    ["unknown", () => ({ id: NOWHERE, lines: [{ sku: "A", quantity: 1 }] }), "NOT_FOUND input.id"],
    ["another merchant's", take({}), "NOT_FOUND input.id", { merchant: "OTHER" }],
    ["closed", take({}, "closed"), "INVALID_STATE input.id"],
    ["cancelled", take({}, "called"), "INVALID_STATE input.id"],
    ["no units", take({ quantity: 0 }), "INVALID_INPUT input.lines.0.quantity"],
    ["rejected below zero", take({ rejected: -1, rejectReason: "x" }), "INVALID_INPUT input.lines.0.rejected"],
    ["rejected, and nobody knows why", take({ rejected: 1 }), "INVALID_INPUT input.lines.0.rejectReason"],
    ["a reason for nothing", take({ rejectReason: "x" }), "INVALID_INPUT input.lines.0.rejectReason"],
    ["not of it", take({ sku: "O" }), "INVALID_INPUT input.lines.0.sku"],
    ["unknown item", take({ sku: "NONE" }), "NOT_FOUND input.lines.0.sku"],
    ["unknown unit", take({ unit: "box" }), "INVALID_INPUT input.lines.0.unit"],
    ["more than expected", take({ quantity: 1, unit: "case" }), "LIMIT_EXCEEDED input.lines.0.quantity"],
    [
      "with the rejected more than expected",
      take({ quantity: 10, rejected: 1, rejectReason: "x" }),
      "LIMIT_EXCEEDED input.lines.0.quantity",
    ],
    ["unknown location", take({ location: "NOWHERE" }), "NOT_FOUND input.lines.0.location"],
    ["in transit", take({ location: "TRANSIT" }), "INVALID_INPUT input.lines.0.location"],
    ["pledged", take({ status: "PLEDGED" }), "INVALID_INPUT input.lines.0.status"],
    ["expired", take({ status: "EXPIRED" }), "INVALID_INPUT input.lines.0.status"],
    ["no lot", take({ sku: "L" }), "INVALID_INPUT input.lines.0.lot"],
    ["a lot of what has none", take({ lot: "L1" }), "INVALID_INPUT input.lines.0.lot"],
    ["a day without a lot", take({ lotExpiresOn: "2030-01-01" }), "INVALID_INPUT input.lines.0.lotExpiresOn"],
    ["another day", take({ ...lot, lot: "OLD", lotExpiresOn: "2030-01-01" }), "CONFLICT input.lines.0.lotExpiresOn"],
    ["past its day", take({ ...lot, lot: "OLD" }), "INVALID_STATE input.lines.0.lot"],
    ["too few serial numbers", take({ ...serial, quantity: 2 }), "INVALID_INPUT input.lines.0.serials"],
    ["in stock already", take({ ...serial, serials: ["S-1"] }), "CONFLICT input.lines.0.serials"],
    ["no cost known", take({ sku: "NEW" }), "INVALID_INPUT input.lines.0.unitCost"],
    ["more than ever left", take({ quantity: 6 }, "back"), "INVALID_STATE input.lines.0"],
  ]);
});

test("cancelInbound: nothing of it may have come", async () => {
  await refuses(CANCEL, [
    ["unknown", () => ({ id: NOWHERE }), "NOT_FOUND input.id"],
    ["begun", () => ({ id: open.begun }), "INVALID_STATE input.id"],
    ["closed", () => ({ id: open.closed }), "INVALID_STATE input.id"],
    ["cancelled", () => ({ id: open.called }), "INVALID_STATE input.id"],
  ]);
});

test("by hand nothing doubles what an open inbound shipment is to bring", async () => {
  for (const kind of ["TRANSFER", "PRODUCTION"]) await expectGoods(world, kind, "X-1", [{ sku: "A", quantity: 1 }]);
  const post = (type: string, more: object) => () => ({ type, warehouse: "W1", lines: [{ sku: "A", quantity: 1 }], ...more });
  const by = (number: string) => ({ document: { type: "ANY", number } });
  await refuses(POST, [
    ["a purchase", post("PURCHASE_RECEIPT", by("bought")), "INVALID_STATE input.document"],
    ["a transfer", post("TRANSFER_IN", by("X-1")), "INVALID_STATE input.document"],
    ["production", post("PRODUCTION_RECEIPT", by("X-1")), "INVALID_STATE input.document"],
    ["a return", post("CUSTOMER_RETURN", { orderRef: "back" }), "INVALID_STATE input.orderRef"],
    ["an exchange", post("EXCHANGE_IN", { orderRef: "back" }), "INVALID_STATE input.orderRef"],
  ]);
  for (const number of ["closed", "called", "X-1"]) await world.must(POST, keyed(post("PURCHASE_RECEIPT", by(number))()));
});

test("what an inbound shipment posted is not reversed by hand", async () => {
  const REVERSE = "mutation ($input: ReverseMovementInput!) { reverseMovement(input: $input) { userErrors { code message field } } }";
  const [{ id }] = await world.db.query<{ id: string }>("SELECT id FROM movement WHERE inbound_id = ? LIMIT 1", [open.begun]);
  expect(await refusal(world, REVERSE, { input: keyed({ movementId: id, reason: "wrong" }) })).toBe("INVALID_STATE input.movementId");
});
