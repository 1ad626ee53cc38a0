import { newId } from "../../shared/ids";
import {
  DELIVER,
  everything,
  PACK,
  PICK,
  POST,
  SAVE_ITEM,
  SAVE_MERCHANT,
  SAVE_WAREHOUSE,
  SHIP,
  shipAll,
  START,
  warehouseWorld,
  type WarehouseWorld,
} from "./support";

let world: WarehouseWorld;
let before: unknown;
const ids: Record<string, string> = {};
const line = { sku: "A", quantity: 1 };
const issue = { idempotencyKey: "fresh", type: "MISC_ISSUE", warehouse: "W1", lines: [line] };
const receipt = { ...issue, type: "PURCHASE_RECEIPT", lines: [{ ...line, unitCost: "1.00" }] };

beforeAll(async () => {
  world = await warehouseWorld();
  await world.stock({ A: 10, B: 5 });
  await world.must(SAVE_ITEM, { sku: "NEW", name: "Without a cost" });
  await world.must(SAVE_ITEM, { sku: "KIT", name: "Kit", kind: "KIT", components: [{ sku: "A", quantity: 2 }] });
  await world.must(POST, { ...receipt, idempotencyKey: "used" });
  for (const state of ["RELEASED", "PICKING", "PACKED", "SHIPPED"]) ids[state] = await world.allocate({ A: 2 });
  await world.must(START, { idempotencyKey: newId(), id: ids.PICKING });
  await world.must(START, { idempotencyKey: newId(), id: ids.PACKED });
  await world.must(PICK, { idempotencyKey: newId(), id: ids.PACKED, picks: [{ sku: "A", quantity: 2 }] });
  await world.must(PACK, { idempotencyKey: newId(), id: ids.PACKED });
  await shipAll(world, ids.SHIPPED, { A: 2 });
  before = await everything(world);
});
afterAll(() => world.close());

const refused = async (source: string, input: object, code: string, field: string[] | undefined) => {
  const { data, errors } = await world.ask(source, { input });
  expect(errors).toBeUndefined();
  const { userErrors, ...payload } = Object.values<{ userErrors: object[] }>(data)[0];
  expect(Object.values(payload)).toEqual([null]);
  expect(userErrors).toEqual([expect.objectContaining(field ? { code, field } : { code })]);
  expect(await everything(world)).toEqual(before);
};
const at = (i: number, name: string) => ["input", "lines", String(i), name];
const of = (...lines: object[]) => ({ ...issue, lines });

// On hand 9, of which 6 are allocated to open shipments: 3 may be issued.
const POSTINGS: [string, object, string, string[] | undefined][] = [
  ["an unknown warehouse", { ...issue, warehouse: "W9" }, "NOT_FOUND", ["input", "warehouse"]],
  ["a warehouse in another case", { ...issue, warehouse: "w1" }, "NOT_FOUND", ["input", "warehouse"]],
  ["an unknown SKU", of({ sku: "Z", quantity: 1 }), "NOT_FOUND", at(0, "sku")],
  ["a SKU in another case", of(line, { sku: "a", quantity: 1 }), "NOT_FOUND", at(1, "sku")],
  ["a kit", of({ sku: "KIT", quantity: 1 }), "INVALID_INPUT", at(0, "sku")],
  ["zero units", of({ sku: "A", quantity: 0 }), "INVALID_INPUT", at(0, "quantity")],
  ["negative units", of({ sku: "A", quantity: -1 }), "INVALID_INPUT", at(0, "quantity")],
  ["over-large units", of({ sku: "A", quantity: 2_000_000_001 }), "INVALID_INPUT", at(0, "quantity")],
  [
    "more than a balance holds",
    { ...receipt, lines: [{ sku: "A", quantity: 2_000_000_000, unitCost: "0" }] },
    "INVALID_INPUT",
    at(0, "quantity"),
  ],
  ["no line", of(), "INVALID_INPUT", ["input", "lines"]],
  ["1,001 lines", { ...issue, lines: Array(1_001).fill(line) }, "INVALID_INPUT", ["input", "lines"]],
  ["a type that is not posted by hand", { ...issue, type: "TRANSFER_LOSS" }, "INVALID_INPUT", ["input", "type"]],
  ["an unknown location", of({ ...line, location: "NOWHERE" }), "NOT_FOUND", at(0, "location")],
  ["an unknown unit", of({ ...line, unit: "pallet" }), "INVALID_INPUT", at(0, "unit")],
  ["a lot", of({ ...line, lot: "L1" }), "INVALID_INPUT", at(0, "lot")],
  ["an issue at a cost", of({ ...line, unitCost: "1" }), "INVALID_INPUT", at(0, "unitCost")],
  ["more than there is", of({ sku: "B", quantity: 6 }), "INSUFFICIENT_STOCK", undefined],
  ["a repeated SKU whose sum is too much", of({ sku: "B", quantity: 3 }, { sku: "B", quantity: 3 }), "INSUFFICIENT_STOCK", undefined],
  ["units that are allocated to orders", of({ sku: "A", quantity: 4 }), "INSUFFICIENT_STOCK", undefined],
  ["another status than they have", of({ ...line, status: "DAMAGED" }), "INSUFFICIENT_STOCK", undefined],
  ["a receipt of what has no cost yet", { ...receipt, lines: [{ sku: "NEW", quantity: 1 }] }, "INVALID_INPUT", at(0, "unitCost")],
  ["a negative cost", { ...receipt, lines: [{ ...line, unitCost: "-1" }] }, "INVALID_INPUT", at(0, "unitCost")],
  ["a moment in the future", { ...issue, occurredAt: "2999-01-01T00:00:00Z" }, "INVALID_INPUT", ["input", "occurredAt"]],
  ["an unknown account", { ...issue, account: "9999" }, "NOT_FOUND", ["input", "account"]],
  ["an inventory account as the other side", { ...issue, account: "1400" }, "INVALID_INPUT", ["input", "account"]],
  ["an empty key", { ...issue, idempotencyKey: "" }, "INVALID_INPUT", ["input", "idempotencyKey"]],
  [
    "a reused key with another input",
    { ...receipt, idempotencyKey: "used", reason: "another" },
    "IDEMPOTENCY_KEY_REUSED",
    ["input", "idempotencyKey"],
  ],
];
test.each(POSTINGS)("postMovement: %s", (_name, input, code, field) => refused(POST, input, code, field));

const absent = "00000000-0000-7000-8000-000000000000";
const pick = (...picks: object[]) => ({ idempotencyKey: "fresh", id: ids.PICKING, picks });
const ship = (...parcels: object[]) => ({ idempotencyKey: "fresh", id: ids.PACKED, parcels });
const state = (id: string) => ({ idempotencyKey: "fresh", id });
const FLOOR: [string, string, () => object, string][] = [
  ["no such shipment", START, () => state(absent), "NOT_FOUND"],
  ["text that is no id", START, () => state("nonsense"), "NOT_FOUND"],
  ["starting again", START, () => state(ids.PICKING), "INVALID_STATE"],
  ["picking what is not started", PICK, () => ({ ...pick(line), id: ids.RELEASED }), "INVALID_STATE"],
  ["packing what is not picked", PACK, () => state(ids.PICKING), "INVALID_STATE"],
  ["packing again", PACK, () => state(ids.PACKED), "INVALID_STATE"],
  ["shipping what is not packed", SHIP, () => state(ids.PICKING), "INVALID_STATE"],
  ["shipping again", SHIP, () => state(ids.SHIPPED), "INVALID_STATE"],
  ["delivering what has not left", DELIVER, () => ({ ...state(ids.PACKED), outcome: "DELIVERED" }), "INVALID_STATE"],
  ["an unknown parcel", DELIVER, () => ({ ...state(ids.SHIPPED), parcelId: absent, outcome: "LOST" }), "NOT_FOUND"],
  ["no pick", PICK, () => pick(), "INVALID_INPUT"],
  ["too many picked", PICK, () => pick({ sku: "A", quantity: 3 }), "INVALID_INPUT"],
  ["too many picked in two", PICK, () => pick({ sku: "A", quantity: 2 }, line), "INVALID_INPUT"],
  ["zero picked", PICK, () => pick({ sku: "A", quantity: 0 }), "INVALID_INPUT"],
  ["an item that is not on the shipment", PICK, () => pick({ sku: "B", quantity: 1 }), "INVALID_INPUT"],
  ["a pick from an unknown location", PICK, () => pick({ ...line, location: "NOWHERE" }), "NOT_FOUND"],
  ["a pick from a location that has none", PICK, () => pick({ ...line, location: "RECEIVING" }), "INSUFFICIENT_STOCK"],
  ["a parcel that lacks a unit", SHIP, () => ship({ lines: [{ sku: "A", quantity: 1 }] }), "INVALID_INPUT"],
  [
    "parcels with a unit too many",
    SHIP,
    () => ship({ lines: [{ sku: "A", quantity: 2 }] }, { lines: [{ sku: "A", quantity: 1 }] }),
    "INVALID_INPUT",
  ],
  [
    "a parcel with another item",
    SHIP,
    () =>
      ship({
        lines: [
          { sku: "A", quantity: 2 },
          { sku: "B", quantity: 1 },
        ],
      }),
    "INVALID_INPUT",
  ],
];
test.each(FLOOR)("%s", (_name, source, input, code) => refused(source, input(), code, undefined));

test("a refusal for its state names the state", async () => {
  const { data } = await world.ask(PACK, { input: state(ids.PICKING) });
  expect(data.packShipment.userErrors[0].message).toContain("PICKING");
});

const address = { countryCode: "DE" };
const CONFIGURATION: [string, string, object, string][] = [
  ["an item of an unknown merchant", SAVE_ITEM, { sku: "X", name: "X", merchant: "none" }, "NOT_FOUND"],
  ["a SKU with a space before", SAVE_ITEM, { sku: " X", name: "X" }, "INVALID_INPUT"],
  ["a kit without components", SAVE_ITEM, { sku: "X", name: "X", kind: "KIT" }, "INVALID_INPUT"],
  ["a kit of unknown components", SAVE_ITEM, { sku: "X", name: "X", kind: "KIT", components: [{ sku: "none", quantity: 1 }] }, "NOT_FOUND"],
  ["another tracking with stock on hand", SAVE_ITEM, { sku: "A", name: "A", tracking: "LOT" }, "INVALID_STATE"],
  ["another costing method with stock on hand", SAVE_ITEM, { sku: "A", name: "A", costingMethod: "FIFO" }, "INVALID_STATE"],
  ["costing at standard without one", SAVE_ITEM, { sku: "X", name: "X", costingMethod: "STANDARD" }, "INVALID_INPUT"],
  ["a standard cost of another method", SAVE_ITEM, { sku: "X", name: "X", standardCost: "1" }, "INVALID_INPUT"],
  ["another kind with stock on hand", SAVE_ITEM, { sku: "A", name: "A", kind: "NON_STOCK" }, "INVALID_STATE"],
  ["a merchant code that is empty", SAVE_MERCHANT, { code: "", name: "N" }, "INVALID_INPUT"],
  ["another owner for a merchant", SAVE_MERCHANT, { code: "SELF", name: "Own goods", ownership: "CONSIGNED" }, "INVALID_STATE"],
  ["no currency code", SAVE_WAREHOUSE, { code: "W2", name: "Two", currency: "euro", address }, "INVALID_INPUT"],
  ["another currency", SAVE_WAREHOUSE, { code: "W1", name: "One", currency: "USD", address }, "INVALID_STATE"],
  [
    "a time zone that does not exist",
    SAVE_WAREHOUSE,
    { code: "W2", name: "Two", currency: "EUR", timeZone: "Mars/Olympus", address },
    "INVALID_INPUT",
  ],
  [
    "another kind for a location",
    SAVE_WAREHOUSE,
    { code: "W1", name: "One", currency: "EUR", address, locations: [{ code: "STORAGE", kind: "PICKING" }] },
    "INVALID_STATE",
  ],
];
test.each(CONFIGURATION)("%s", (_name, source, input, code) => refused(source, input, code, undefined));

test.each([
  ["a malformed cursor", '{ movements(after: "nonsense") { nodes { id } } }'],
  ["no page size", "{ movements(first: 0) { nodes { id } } }"],
  ["a page beyond the limit", "{ outboundShipments(first: 201) { nodes { id } } }"],
])("%s is BAD_USER_INPUT", async (_name, source) => {
  const { errors } = await world.ask(source);
  expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
});

test.each([
  ["costs", "{ inventoryItems { nodes { unitCost { amount } } } }"],
  ["the valuation", "{ inventoryValuation { total { amount } } }"],
  ["the journal", "{ journalEntries { nodes { id } } }"],
  ["a movement's value", '{ movements(sku: "A") { nodes { lines { value { amount } } } } }'],
])("an operator does not see %s", async (_name, source) => {
  const { errors } = await world.ask(source, {}, { role: "warehouse-operator" });
  expect(errors[0].extensions.code).toBe("FORBIDDEN");
});
