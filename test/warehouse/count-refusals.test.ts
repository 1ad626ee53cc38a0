import { newId } from "../../shared/ids";
import { act, allIsWell, countTables, MANAGER, onHand, OPERATOR, OTHER, READ, refused, source, type Action } from "./count-support";
import { everything, POST, SAVE_ITEM, SAVE_MERCHANT, warehouseWorld, type As, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
let open: string;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_ITEM, { sku: "L", name: "By lot", tracking: "LOT" });
  await world.must(SAVE_ITEM, { sku: "S", name: "By serial", tracking: "SERIAL" });
  await world.must(SAVE_ITEM, { sku: "NEW", name: "Never received" });
  await world.must(SAVE_ITEM, { sku: "GIFT", name: "No stock", kind: "NON_STOCK" });
  await world.must(SAVE_MERCHANT, { code: "acme", name: "Acme", ownership: "CONSIGNED" });
  await world.must(SAVE_ITEM, { sku: "C", name: "Consigned", merchant: "acme" });
  await world.stock({ A: 10, B: 10, D: 10 });
  const lines = [
    { sku: "L", quantity: 5, lot: "GOOD", lotExpiresOn: "2099-01-01", unitCost: "1.00" },
    { sku: "L", quantity: 5, lot: "BAD", unitCost: "1.00" },
  ];
  await world.must(POST, { idempotencyKey: newId(), type: "PURCHASE_RECEIPT", warehouse: "W1", lines });
  await world.must(POST, { idempotencyKey: newId(), type: "MISC_RECEIPT", warehouse: "W1", lines: [{ sku: "C", quantity: 4 }] });
  const block = "mutation ($input: BlockLotInput!) { blockLot(input: $input) { userErrors { code } } }";
  await world.must(block, { idempotencyKey: newId(), sku: "L", lot: "BAD", blocked: true, reason: "recall" });
  const pledge = { sku: "D", quantity: 4, toStatus: "PLEDGED", pledge: "P1" };
  await world.must(POST, { idempotencyKey: newId(), type: "STATUS_CHANGE", warehouse: "W1", lines: [pledge] });
  open = (await act(world, "create", { warehouse: "W1", skus: ["A", "B", "D", "L", "S", "NEW"], locations: ["STORAGE", "RECEIVING"] })).id;
  await act(world, "record", {
    id: open,
    lines: [
      { sku: "A", location: "STORAGE", counted: 9 },
      { sku: "NEW", location: "STORAGE", counted: 1 },
      { sku: "D", location: "STORAGE", status: "PLEDGED", counted: 3 },
    ],
  });
});
afterAll(async () => {
  await allIsWell(world);
  await world.close();
});

const BOSS: As = { client: "boss", role: "warehouse-manager" };
const at = { sku: "B", location: "STORAGE", counted: 1 };
const MANY = Array.from({ length: 1_001 }, (_, i) => `X${i}`);

test.each<[string, object, string, string]>([
  ["no such warehouse", { warehouse: "NONE" }, "NOT_FOUND", "warehouse"],
  ["no such item", { skus: ["NONE"] }, "NOT_FOUND", "skus.0"],
  ["an item that does not lie in warehouses", { skus: ["A", "GIFT"] }, "INVALID_INPUT", "skus.1"],
  ["no items", { skus: [] }, "INVALID_INPUT", "skus"],
  ["too many items", { skus: MANY }, "INVALID_INPUT", "skus"],
  ["no such location", { locations: ["STORAGE", "NONE"] }, "NOT_FOUND", "locations.1"],
  ["goods that are leaving", { locations: ["PACKING"] }, "INVALID_INPUT", "locations.0"],
  ["goods that have not arrived", { locations: ["TRANSIT"] }, "INVALID_INPUT", "locations.0"],
  ["a tolerance above all", { tolerancePercent: 101 }, "INVALID_INPUT", "tolerancePercent"],
  ["a tolerance below nothing", { tolerancePercent: -1 }, "INVALID_INPUT", "tolerancePercent"],
  ["a value below nothing", { toleranceValue: "-0.01" }, "INVALID_INPUT", "toleranceValue"],
])("createCount refuses %s", async (_, more, code, field) => {
  expect(await refused(world, source("create", OPERATOR), { warehouse: "W1", ...more })).toEqual([code, field]);
});

test.each<[string, object | object[], string, string]>([
  ["no lines", [], "INVALID_INPUT", "lines"],
  ["no such item", { ...at, sku: "NONE" }, "NOT_FOUND", "lines.0.sku"],
  ["no such location", { ...at, location: "NONE" }, "NOT_FOUND", "lines.0.location"],
  ["PACKING", { ...at, location: "PACKING" }, "INVALID_INPUT", "lines.0.location"],
  ["an item outside of the count", { ...at, sku: "C" }, "INVALID_INPUT", "lines.0.sku"],
  ["a location outside of the count", { ...at, location: "SHELF" }, "NOT_FOUND", "lines.0.location"],
  ["less than nothing", { ...at, counted: -1 }, "INVALID_INPUT", "lines.0.counted"],
  ["a unit that the item has not", { ...at, unit: "CASE" }, "INVALID_INPUT", "lines.0.unit"],
  ["a lot of an item without", { ...at, lot: "L1" }, "INVALID_INPUT", "lines.0.lot"],
  ["serials of an item without", { ...at, serials: ["1"] }, "INVALID_INPUT", "lines.0.serials"],
  ["no lot", { ...at, sku: "L" }, "INVALID_INPUT", "lines.0.lot"],
  ["an expiry without a lot", { ...at, lotExpiresOn: "2099-01-01" }, "INVALID_INPUT", "lines.0.lotExpiresOn"],
  ["another expiry", { ...at, sku: "L", lot: "GOOD", lotExpiresOn: "2098-01-01" }, "CONFLICT", "lines.0.lotExpiresOn"],
  ["a blocked lot as available", { ...at, sku: "L", lot: "BAD" }, "INVALID_STATE", "lines.0.status"],
  ["fewer serials than units", { ...at, sku: "S", counted: 2, serials: ["1"] }, "INVALID_INPUT", "lines.0.serials"],
  [
    "a serial twice in two lines",
    [
      { ...at, sku: "S", serials: ["1"] },
      { ...at, sku: "S", serials: ["1"] },
    ],
    "INVALID_INPUT",
    "lines.1.serials",
  ],
  ["a place that is counted", [at, { ...at, sku: "A" }], "INVALID_STATE", "lines.1"],
])("recordCount refuses %s", async (_, lines, code, field) => {
  expect(await refused(world, source("record", OPERATOR), { id: open, lines: [lines].flat() })).toEqual([code, field]);
});

const A = { sku: "A", location: "STORAGE" };
const decisions: [string, Action, object, string, string][] = [
  ["a line that is none of it", "approve", { lines: [{ sku: "A", location: "RECEIVING" }] }, "NOT_FOUND", "lines.0"],
  ["a line that is not counted", "approve", { lines: [{ sku: "B", location: "STORAGE" }] }, "INVALID_STATE", "lines.0"],
  ["a line twice", "approve", { lines: [A, A] }, "INVALID_INPUT", "lines.1"],
  ["a gain whose cost nobody knows", "approve", { lines: [A, { sku: "NEW", location: "STORAGE" }] }, "INVALID_INPUT", "lines.1.unitCost"],
  [
    "pledged units that are missing",
    "approve",
    { lines: [A, { sku: "D", location: "STORAGE", status: "PLEDGED" }] },
    "INVALID_STATE",
    "lines.1",
  ],
  ["the whole, while places are open", "approve", {}, "INVALID_STATE", "id"],
  ["no lines", "recount", { lines: [] }, "INVALID_INPUT", "lines"],
  ["a line that is not counted", "recount", { lines: [{ sku: "B", location: "STORAGE" }] }, "INVALID_STATE", "lines.0"],
  ["a part", "cancel", { lines: [A] }, "INVALID_INPUT", "lines"],
];
test.each(decisions.map(([what, action, more, code, field]) => [action, what, more, code, field] as const))(
  "%s refuses %s",
  async (action, _, more, code, field) => {
    expect(await refused(world, source(action), { id: open, ...more }, MANAGER)).toEqual([code, field]);
  },
);

test.each<Action>(["record", "recount", "approve", "cancel"])("%s refuses a count that is not there, or closed", async (action) => {
  const { id: closed } = await act(world, "create", { warehouse: "W1", skus: ["A"] });
  await act(world, "cancel", { id: closed }, OTHER);
  const input = action === "record" ? { lines: [at] } : {};
  for (const [id, code] of [
    ["none", "NOT_FOUND"],
    [newId(), "NOT_FOUND"],
    [closed, "INVALID_STATE"],
  ])
    expect(await refused(world, source(action), { id, ...input }, { ...MANAGER, client: "counter" })).toEqual([code, "id"]);
});

test("approval and values have their scopes; who counted does not approve, and no merchant sees another's count", async () => {
  expect(await refused(world, source("approve", OPERATOR), { id: open, lines: [A] })).toEqual(["FORBIDDEN"]);
  const values = await world.ask(READ, { id: open }, BOSS);
  expect(values.errors.map((error: { extensions: { code: string } }) => error.extensions.code)).toContain("FORBIDDEN");
  const counter = { ...MANAGER, client: "counter" };
  expect(await refused(world, source("approve"), { id: open, lines: [A] }, counter)).toEqual(["INVALID_STATE", "lines.0"]);
  const acme = { ...OTHER, merchant: "acme" };
  const asked = await world.ask(READ, { id: open }, { ...MANAGER, merchant: "acme" });
  expect(asked.data.stockCount).toBeNull();
  expect(await refused(world, source("record", acme), { id: open, lines: [at] }, acme)).toEqual(["NOT_FOUND", "id"]);
  const own = await act(world, "create", { warehouse: "W1" }, acme);
  expect(own.lines.nodes.map(({ item }: { item: { sku: string } }) => item.sku)).toEqual(["C"]);
  expect(await refused(world, source("record", acme), { id: own.id, lines: [at] }, acme)).toEqual(["NOT_FOUND", "lines.0.sku"]);
  const counted = await act(world, "record", { id: own.id, lines: [{ sku: "C", location: "STORAGE", counted: 1 }] }, acme);
  expect(counted).toMatchObject({ status: "COUNTED", pendingLines: 1 });
  const done = await act(world, "approve", { id: own.id }, MANAGER);
  expect(done.lines.nodes[0]).toMatchObject({ variance: -3, varianceValue: null });
  expect(await onHand(world, "C")).toEqual([1, "0.000000"]);
});

test("what is missing has left meanwhile: the approval says so, and a recount goes on", async () => {
  await world.stock({ GONE: 10 });
  const { id } = await act(world, "create", { warehouse: "W1", skus: ["GONE"] });
  await act(world, "record", { id, lines: [{ sku: "GONE", location: "STORAGE", counted: 4 }] });
  const issue = { idempotencyKey: newId(), type: "MISC_ISSUE", warehouse: "W1", lines: [{ sku: "GONE", quantity: 7 }] };
  await world.must(POST, issue);
  expect(await refused(world, source("approve"), { id }, MANAGER)).toEqual(["INSUFFICIENT_STOCK", "id"]);
  await act(world, "recount", { id, lines: [{ sku: "GONE", location: "STORAGE" }] }, MANAGER);
  await act(world, "record", { id, lines: [{ sku: "GONE", location: "STORAGE", counted: 3 }] });
  expect(await act(world, "approve", { id }, MANAGER)).toMatchObject({ status: "APPROVED", movements: [] });
});

test("every call that is repeated with its key changes nothing and answers the present state", async () => {
  await world.stock({ R: 10 });
  const key = { idempotencyKey: "k" };
  const create = { ...key, warehouse: "W1", skus: ["R"] };
  const { id } = await act(world, "create", create);
  const calls: [Action, object, As][] = [
    ["create", create, OPERATOR],
    ["record", { ...key, id, lines: [{ sku: "R", location: "STORAGE", counted: 8 }] }, OPERATOR],
    ["recount", { ...key, id }, OPERATOR],
    ["record", { idempotencyKey: "k2", id, lines: [{ sku: "R", location: "STORAGE", counted: 7 }] }, OPERATOR],
    ["approve", { ...key, id }, MANAGER],
  ];
  for (const [action, input, as] of calls) await act(world, action, input, as);
  const before = [await everything(world), await countTables(world)];
  for (const [action, input, as] of calls) expect(await act(world, action, input, as)).toMatchObject({ id, status: "APPROVED" });
  expect([await everything(world), await countTables(world)]).toEqual(before);
  for (const [action, input, as] of calls) {
    const other = action === "create" ? { ...input, blind: false } : { ...input, id: newId() };
    const code = action === "create" ? ["IDEMPOTENCY_KEY_REUSED", "idempotencyKey"] : ["NOT_FOUND", "id"];
    expect(await refused(world, source(action, as), other, as)).toEqual(code);
  }
  const reused = { ...key, id: open, lines: [at] };
  expect(await refused(world, source("record", OPERATOR), reused)).toEqual(["IDEMPOTENCY_KEY_REUSED", "idempotencyKey"]);
  expect((await onHand(world, "R"))[0]).toBe(7);
});
