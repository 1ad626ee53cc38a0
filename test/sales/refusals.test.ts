import { CONFIRM, RELEASE, RESERVE, salesWorld, type SalesWorld } from "./support";

let world: SalesWorld;
let before: unknown;
let heldId: string;
let goneId: string;
const everything = async () => ({
  stock: await world.db.query("SELECT * FROM virtual_stock ORDER BY pool_code, sku"),
  lines: await world.db.query("SELECT COUNT(*) AS n FROM virtual_stock_entry"),
  reservations: await world.db.query("SELECT id, status, version FROM reservation ORDER BY id"),
  keys: await world.db.query("SELECT COUNT(*) AS n FROM idempotency"),
  cancellations: await world.db.query("SELECT COUNT(*) AS n FROM cancellation"),
  listings: await world.db.query("SELECT * FROM listing ORDER BY sku"),
  channels: await world.db.query("SELECT * FROM channel"),
  pools: await world.db.query("SELECT * FROM warehouse"),
});

const EXTEND = "mutation ($input: ExtendReservationInput!) { extendReservation(input: $input) { userErrors { code field } } }";
const ADJUST = (field: string) => `mutation ($input: AdjustVirtualStockInput!) { ${field}(input: $input) { userErrors { code field } } }`;
const line = { sku: "A", quantity: 1 };
const ok = { idempotencyKey: "fresh", orderRef: "O-1", channel: "web", lines: [line] };

beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ A: 3, OFF: 3 });
  world.dispatch.tell({ type: "WarehouseSaved", code: "W2", name: "Two", address: { countryCode: "DE" }, timeZone: "UTC", cutoff: null });
  await world.ask('mutation { saveListing(input: {channel: "web", sku: "OFF", status: UNLISTED}) { userErrors { message } } }');
  await world.ask('mutation { saveListing(input: {channel: "web", sku: "A", status: LISTED, maxPerOrder: 5}) { userErrors { message } } }');
  await world.ask("{ channels { code } }");
  await world.ask('mutation { saveStockPool(input: {code: "US", name: "US", warehouses: ["W2"]}) { userErrors { message } } }');
  await world.ask('mutation { saveChannel(input: {code: "app", name: "App", pool: "EU"}) { userErrors { message } } }');
  const hold = async (key: string) =>
    (await world.ask(RESERVE, { input: { ...ok, idempotencyKey: key, orderRef: "O-held" } })).data.reserveStock.reservation.id;
  heldId = await hold("used");
  goneId = await hold("gone");
  await world.ask(RELEASE, { input: { idempotencyKey: "x", reservationId: goneId, reason: "r" } });
  await world.ask(EXTEND, { input: { idempotencyKey: "kept", reservationId: heldId, holdSeconds: 500 } });
  const frozen = { pool: "EU", sku: "OFF", quantity: 1, reason: "r" };
  await world.ask(ADJUST("freezeVirtualStock"), { input: { ...frozen, idempotencyKey: "frozen" } });
  await world.ask(ADJUST("freezeVirtualStock"), { input: { ...frozen, idempotencyKey: "frozen too" } });
  await world.ask(ADJUST("unfreezeVirtualStock"), { input: { ...frozen, idempotencyKey: "thawed" } });
  before = await everything();
});
afterAll(() => world.close());

const RESERVE_REFUSALS: [string, object, string, string[]][] = [
  ["an unknown channel", { ...ok, channel: "nowhere" }, "NOT_FOUND", ["input", "channel"]],
  ["a channel in another case", { ...ok, channel: "WEB" }, "NOT_FOUND", ["input", "channel"]],
  ["an unknown SKU", { ...ok, lines: [{ sku: "Z", quantity: 1 }] }, "NOT_FOUND", ["input", "lines", "0", "sku"]],
  ["a SKU in another case", { ...ok, lines: [line, { sku: "a", quantity: 1 }] }, "NOT_FOUND", ["input", "lines", "1", "sku"]],
  ["an unlisted item", { ...ok, lines: [{ sku: "OFF", quantity: 1 }] }, "NOT_LISTED", ["input", "lines", "0", "sku"]],
  ["a channel that does not list it", { ...ok, channel: "app" }, "NOT_LISTED", ["input", "lines", "0", "sku"]],
  ["zero units", { ...ok, lines: [{ sku: "A", quantity: 0 }] }, "INVALID_INPUT", ["input", "lines", "0", "quantity"]],
  ["negative units", { ...ok, lines: [{ sku: "A", quantity: -1 }] }, "INVALID_INPUT", ["input", "lines", "0", "quantity"]],
  ["over-large units", { ...ok, lines: [{ sku: "A", quantity: 2_000_000_001 }] }, "INVALID_INPUT", ["input", "lines", "0", "quantity"]],
  ["no line", { ...ok, lines: [] }, "INVALID_INPUT", ["input", "lines"]],
  ["1,001 lines", { ...ok, lines: Array(1_001).fill(line) }, "INVALID_INPUT", ["input", "lines"]],
  [
    "a repeated SKU whose sum is too much",
    {
      ...ok,
      lines: [
        { sku: "A", quantity: 2 },
        { sku: "A", quantity: 2 },
      ],
    },
    "INSUFFICIENT_STOCK",
    ["input", "lines", "0", "sku"],
  ],
  [
    "more than maxPerOrder",
    {
      ...ok,
      lines: [
        { sku: "A", quantity: 3 },
        { sku: "A", quantity: 3 },
      ],
    },
    "LIMIT_EXCEEDED",
    ["input", "lines", "0", "sku"],
  ],
  ["an empty key", { ...ok, idempotencyKey: "" }, "INVALID_INPUT", ["input", "idempotencyKey"]],
  ["a key of 201 characters", { ...ok, idempotencyKey: "k".repeat(201) }, "INVALID_INPUT", ["input", "idempotencyKey"]],
  ["a key with a space behind", { ...ok, idempotencyKey: "k " }, "INVALID_INPUT", ["input", "idempotencyKey"]],
  ["an order number with a null byte", { ...ok, orderRef: "a\u0000b" }, "INVALID_INPUT", ["input", "orderRef"]],
  ["half a surrogate pair", { ...ok, orderRef: "\ud83d" }, "INVALID_INPUT", ["input", "orderRef"]],
  ["a hold of no time", { ...ok, holdSeconds: 0 }, "INVALID_INPUT", ["input", "holdSeconds"]],
  ["a hold beyond the channel's longest", { ...ok, holdSeconds: 86_401 }, "INVALID_INPUT", ["input", "holdSeconds"]],
  ["a reused key with another input", { ...ok, idempotencyKey: "used" }, "IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"]],
];

test.each(RESERVE_REFUSALS)("reserveStock: %s", async (_name, input, code, field) => {
  const { data, errors } = await world.ask(RESERVE, { input });
  expect(errors).toBeUndefined();
  expect(data.reserveStock.reservation).toBeNull();
  expect(data.reserveStock.userErrors).toEqual([expect.objectContaining({ code, field })]);
  expect(await everything()).toEqual(before);
});

test("an order number belongs to the client that first used it", async () => {
  const { data } = await world.ask(RESERVE, { input: { ...ok, orderRef: "O-held" } }, { client: "rival" });
  expect(data.reserveStock.userErrors).toEqual([expect.objectContaining({ code: "CONFLICT", field: ["input", "orderRef"] })]);
  expect(await everything()).toEqual(before);
});

test("another client's reservation is answered like one that is not there", async () => {
  const rival = { client: "rival", role: "order-system" as const };
  const confirm = await world.ask(CONFIRM, { input: { idempotencyKey: "n", reservationId: heldId } }, rival);
  const release = await world.ask(RELEASE, { input: { idempotencyKey: "n", reservationId: heldId, reason: "r" } }, rival);
  const absent = await world.ask(RELEASE, { input: { idempotencyKey: "n", reservationId: heldId.replace(/.$/, "0"), reason: "r" } }, rival);
  expect(confirm.data.confirmReservation.userErrors[0]).toMatchObject({ code: "NOT_FOUND" });
  expect(release.data.releaseReservation).toEqual(absent.data.releaseReservation);
  const read = await world.ask(
    `{ reservation(id: "${heldId}") { id } order(orderRef: "O-held") { orderRef } reservations { nodes { id } } }`,
    {},
    rival,
  );
  expect(read.data).toEqual({ reservation: null, order: null, reservations: { nodes: [] } });
  expect(await everything()).toEqual(before);
});

test("what is no longer held can neither be confirmed nor released", async () => {
  const confirm = await world.ask(CONFIRM, { input: { idempotencyKey: "n1", reservationId: goneId } });
  expect(confirm.data.confirmReservation.userErrors[0]).toMatchObject({ code: "INVALID_STATE", message: "reservation is RELEASED" });
  const release = await world.ask(RELEASE, { input: { idempotencyKey: "n2", reservationId: goneId, reason: "r" } });
  expect(release.data.releaseReservation.userErrors[0]).toMatchObject({ code: "INVALID_STATE" });
  expect(await everything()).toEqual(before);
});

const RELEASE_REFUSALS: [string, object, string, string[]][] = [
  ["more than is open", { lines: [{ sku: "A", quantity: 2 }] }, "INVALID_INPUT", ["input", "lines", "0", "quantity"]],
  ["more than is open, summed", { lines: [line, line] }, "INVALID_INPUT", ["input", "lines", "1", "quantity"]],
  ["an item that it does not hold", { lines: [{ sku: "OFF", quantity: 1 }] }, "INVALID_INPUT", ["input", "lines", "0", "sku"]],
  ["a line of another name", { lines: [{ ...line, lineRef: "b" }] }, "INVALID_INPUT", ["input", "lines", "0", "sku"]],
  ["no line", { lines: [] }, "INVALID_INPUT", ["input", "lines"]],
  ["1,001 lines", { lines: Array(1_001).fill(line) }, "INVALID_INPUT", ["input", "lines"]],
  ["zero units", { lines: [{ sku: "A", quantity: 0 }] }, "INVALID_INPUT", ["input", "lines", "0", "quantity"]],
  ["a reason of 501 characters", { reason: "r".repeat(501) }, "INVALID_INPUT", ["input", "reason"]],
  ["a reused key with another input", { idempotencyKey: "x" }, "IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"]],
];

test.each(RELEASE_REFUSALS)("releaseReservation: %s", async (_name, input, code, field) => {
  const { data, errors } = await world.ask(RELEASE, { input: { idempotencyKey: "n4", reservationId: heldId, reason: "r", ...input } });
  expect(errors).toBeUndefined();
  expect(data.releaseReservation).toEqual({ reservation: null, userErrors: [expect.objectContaining({ code, field })] });
  expect(await everything()).toEqual(before);
});

test("a confirmed reservation is asked to be cancelled once, and stays committed", async () => {
  const { data: hold } = await world.ask(RESERVE, { input: { ...ok, idempotencyKey: "c1", orderRef: "O-confirmed" } });
  const reservationId = hold.reserveStock.reservation.id;
  await world.ask(CONFIRM, { input: { idempotencyKey: "c2", reservationId } });
  const tooMuch = await world.ask(RELEASE, {
    input: { idempotencyKey: "c3", reservationId, reason: "r", lines: [{ sku: "A", quantity: 2 }] },
  });
  expect(tooMuch.data.releaseReservation.userErrors[0]).toMatchObject({ code: "INVALID_INPUT" });
  const ask = (idempotencyKey: string) => world.ask(RELEASE, { input: { idempotencyKey, reservationId, reason: "r" } });
  const asked = await ask("c4");
  expect(asked.data.releaseReservation.reservation).toEqual({ id: reservationId, status: "CANCELLING", lines: [{ released: 0 }] });
  before = await everything();
  expect((await ask("c4")).data.releaseReservation.reservation).toEqual(asked.data.releaseReservation.reservation);
  expect((await ask("c5")).data.releaseReservation.userErrors).toEqual([
    expect.objectContaining({ code: "INVALID_STATE", message: "reservation is CANCELLING", field: ["input", "reservationId"] }),
  ]);
  const confirm = await world.ask(CONFIRM, { input: { idempotencyKey: "c6", reservationId } });
  expect(confirm.data.confirmReservation.userErrors[0].code).toBe("INVALID_STATE");
  expect(await everything()).toEqual(before);
  const told = (await world.layer.feed.read(0, 1_000, 0)).filter(({ type }) => type === "CancelRequested");
  expect(told).toMatchObject([{ reservationId, reason: "r", actor: "shop", lines: [{ sku: "A", quantity: 1 }] }]);
});

test.each([
  ["a priority beyond a million", { priority: 1_000_001 }, "INVALID_INPUT", ["input", "priority"]],
  ["a country that is no code", { shipTo: { countryCode: "de" } }, "INVALID_INPUT", ["input", "shipTo", "countryCode"]],
  ["a place off the Earth", { shipTo: { countryCode: "DE", latitude: 91 } }, "INVALID_INPUT", ["input", "shipTo", "latitude"]],
  ["a pick-up at no warehouse", { pickupAt: "none" }, "NOT_FOUND", ["input", "pickupAt"]],
  ["a pick-up in another pool", { pickupAt: "W2" }, "INVALID_INPUT", ["input", "pickupAt"]],
  ["no reservation", { reservationId: "none" }, "NOT_FOUND", ["input", "reservationId"]],
  ["a reused key with another input", { idempotencyKey: "c2" }, "IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"]],
])("confirmReservation: %s", async (_name, input, code, field) => {
  const { data } = await world.ask(CONFIRM, { input: { idempotencyKey: "n3", reservationId: heldId, ...input } });
  expect(data.confirmReservation.userErrors).toEqual([expect.objectContaining({ code, field })]);
  expect(await everything()).toEqual(before);
});

test.each<[string, { holdSeconds: number; reservationId?: string; idempotencyKey?: string }, string, string[]]>([
  ["no time", { holdSeconds: 0 }, "INVALID_INPUT", ["input", "holdSeconds"]],
  ["more time than the channel allows", { holdSeconds: 86_401 }, "INVALID_INPUT", ["input", "holdSeconds"]],
  ["no reservation", { holdSeconds: 60, reservationId: "none" }, "NOT_FOUND", ["input", "reservationId"]],
  ["one that was given back", { holdSeconds: 60, reservationId: "gone" }, "INVALID_STATE", ["input", "reservationId"]],
  ["a reused key with another input", { holdSeconds: 60, idempotencyKey: "kept" }, "IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"]],
])("extendReservation: %s", async (_name, input, code, field) => {
  const given = {
    idempotencyKey: "n4",
    ...input,
    reservationId: { gone: goneId }[input.reservationId ?? ""] ?? input.reservationId ?? heldId,
  };
  const { data } = await world.ask(EXTEND, { input: given });
  expect(data.extendReservation.userErrors).toEqual([{ code, field }]);
  expect(await everything()).toEqual(before);
});

const CONFIGURATION_REFUSALS: [string, string, string, string[]][] = [
  ["a channel of an unknown pool", 'saveChannel(input: {code: "new", name: "N", pool: "none"})', "NOT_FOUND", ["input", "pool"]],
  ["another pool for a channel", 'saveChannel(input: {code: "web", name: "N", pool: "US"})', "INVALID_STATE", ["input", "pool"]],
  ["a channel code with a space before", 'saveChannel(input: {code: " x", name: "N", pool: "EU"})', "INVALID_INPUT", ["input", "code"]],
  [
    "an unknown warehouse",
    'saveStockPool(input: {code: "EU", name: "EU", warehouses: ["W1", "none"]})',
    "NOT_FOUND",
    ["input", "warehouses", "1"],
  ],
  [
    "a warehouse of another pool",
    'saveStockPool(input: {code: "EU", name: "EU", warehouses: ["W1", "W2"]})',
    "CONFLICT",
    ["input", "warehouses", "1"],
  ],
  [
    "a pool without its warehouse",
    'saveStockPool(input: {code: "NEW", name: "N", warehouses: []})',
    "INVALID_INPUT",
    ["input", "warehouses"],
  ],
  ["a listing of an unknown item", 'saveListing(input: {channel: "web", sku: "none", status: LISTED})', "NOT_FOUND", ["input", "sku"]],
  ["a listing in an unknown channel", 'saveListing(input: {channel: "none", sku: "A", status: LISTED})', "NOT_FOUND", ["input", "channel"]],
  [
    "negative safety stock",
    'saveListing(input: {channel: "web", sku: "A", status: LISTED, safetyStock: -1})',
    "INVALID_INPUT",
    ["input", "safetyStock"],
  ],
  ...[
    ["no unit a customer", "maxPerCustomer: 0", "INVALID_INPUT", ["input", "maxPerCustomer"]],
    ["a negative pre-order limit", "preorderLimit: -1", "INVALID_INPUT", ["input", "preorderLimit"]],
    ["a cap without units", "quota: {mode: CAP}", "INVALID_INPUT", ["input", "quota", "quantity"]],
    ["a shared quota with units", "quota: {mode: SHARED, quantity: 1}", "INVALID_INPUT", ["input", "quota", "quantity"]],
    ["a fence of less than nothing", "quota: {mode: RING_FENCE, quantity: -1}", "INVALID_INPUT", ["input", "quota", "quantity"]],
    ["a fence of more than there is", "quota: {mode: RING_FENCE, quantity: 4}", "INSUFFICIENT_STOCK", ["input", "quota", "quantity"]],
    ["an end before the start", 'startsAt: "2030-01-02T00:00:00Z", endsAt: "2030-01-01T00:00:00Z"', "INVALID_INPUT", ["input", "endsAt"]],
  ].map(([name, controls, code, field]): [string, string, string, string[]] => [
    name as string,
    `saveListing(input: {channel: "web", sku: "A", status: LISTED, ${controls as string}})`,
    code as string,
    field as string[],
  ]),
  [
    "a schedule without a start",
    'saveListing(input: {channel: "web", sku: "A", status: SCHEDULED})',
    "INVALID_INPUT",
    ["input", "startsAt"],
  ],
];

test.each(CONFIGURATION_REFUSALS)("%s", async (_name, call, code, field) => {
  const { data, errors } = await world.ask(`mutation { ${call} { userErrors { code field } } }`);
  expect(errors).toBeUndefined();
  expect(Object.values(data)).toEqual([{ userErrors: [{ code, field }] }]);
  expect(await everything()).toEqual(before);
});

const FREEZE = "freezeVirtualStock";
const UNFREEZE = "unfreezeVirtualStock";
test.each([
  [FREEZE, "nothing", { quantity: 0 }, "INVALID_INPUT", "quantity"],
  [FREEZE, "more than is available", { quantity: 3 }, "INSUFFICIENT_STOCK", "quantity"],
  [FREEZE, "by an old figure", { compareAvailable: 3 }, "STALE_VALUE", "compareAvailable"],
  [FREEZE, "in a pool that never had it", { pool: "US" }, "NOT_FOUND", "sku"],
  [FREEZE, "for no reason", { reason: " " }, "INVALID_INPUT", "reason"],
  [FREEZE, "with a reused key", { idempotencyKey: "frozen" }, "IDEMPOTENCY_KEY_REUSED", "idempotencyKey"],
  [UNFREEZE, "nothing", { quantity: 0 }, "INVALID_INPUT", "quantity"],
  [UNFREEZE, "what is not frozen", {}, "INVALID_INPUT", "quantity"],
  [UNFREEZE, "more than is frozen", { sku: "OFF", quantity: 2 }, "INVALID_INPUT", "quantity"],
  [UNFREEZE, "by an old figure", { sku: "OFF", compareAvailable: 3 }, "STALE_VALUE", "compareAvailable"],
  [UNFREEZE, "in a pool that never had it", { pool: "US" }, "NOT_FOUND", "sku"],
  [UNFREEZE, "for no reason", { sku: "OFF", reason: " " }, "INVALID_INPUT", "reason"],
  [UNFREEZE, "with a reused key", { idempotencyKey: "thawed" }, "IDEMPOTENCY_KEY_REUSED", "idempotencyKey"],
])("%s: %s", async (mutation, _name, more, code, field) => {
  const { data } = await world.ask(ADJUST(mutation), {
    input: { idempotencyKey: "z", pool: "EU", sku: "A", quantity: 1, reason: "r", ...more },
  });
  expect(data[mutation].userErrors).toEqual([{ code, field: ["input", field] }]);
  expect(await everything()).toEqual(before);
});

test.each([
  ["saveListings", "[SaveListingInput!]!", { channel: "web", sku: "A", status: "LISTED" }, 1_001],
  ["reserveStockBatch", "[ReserveStockInput!]!", ok, 501],
])("%s takes no more than a call's worth", async (mutation, type, input, count) => {
  const { errors } = await world.ask(`mutation ($inputs: ${type}) { ${mutation}(inputs: $inputs) { userErrors { code } } }`, {
    inputs: Array(count).fill(input),
  });
  expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
  expect(await everything()).toEqual(before);
});

test.each([
  ["a malformed cursor", '{ reservations(after: "nonsense") { nodes { id } } }'],
  ["a cursor of another list", `{ reservations(after: "${Buffer.from("[1]").toString("base64url")}") { nodes { id } } }`],
  ["no page size", "{ reservations(first: 0) { nodes { id } } }"],
  ["a page beyond the limit", "{ reservations(first: 201) { nodes { id } } }"],
  ["201 SKUs", `{ availability(channel: "web", skus: [${'"A",'.repeat(201)}]) { quantity } }`],
])("%s is BAD_USER_INPUT", async (_name, source) => {
  const { errors } = await world.ask(source);
  expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
});

test("a channel that nobody made is NOT_FOUND", async () => {
  const { errors } = await world.ask('{ availability(channel: "none", skus: ["A"]) { quantity } }');
  expect(errors[0].extensions.code).toBe("NOT_FOUND");
});
