import { reconcileSales } from "../../services/sales/reconcile";
import { CONFIRM, RELEASE, RESERVE, salesWorld, STOCK, type SalesWorld } from "./support";

/** Sale controls: who may have how much, and who gets back what was given back. */
let world: SalesWorld;
beforeAll(async () => {
  world = await salesWorld();
  await world.stock({
    CUST: 50,
    CAP: 50,
    FENCE: 50,
    TWO: 50,
    LOSS: 20,
    SAME: 6,
    PRE: 2,
    BACK: 0,
    PART: 3,
    GONE: 4,
    COMP1: 10,
    COMP2: 5,
    FRZ: 10,
    LOT: 5,
  });
  await must('mutation { saveChannel(input: {code: "app", name: "App", pool: "EU"}) { userErrors { message } } }');
});
afterAll(async () => {
  expect(await reconcileSales(world.db)).toEqual([]);
  await world.close();
});

/* eslint-disable @typescript-eslint/no-explicit-any */
async function must(source: string, variables: object = {}): Promise<any> {
  const { data, errors } = await world.ask(source, variables);
  expect(errors).toBeUndefined();
  const [payload] = Object.values(data) as any[];
  expect(payload.userErrors).toEqual([]);
  return payload;
}
const LIST = `mutation ($input: SaveListingInput!) { saveListing(input: $input) {
  listing { status control { quota { mode quantity sold } maxPerCustomer safetyStock } } userErrors { code field } } }`;
const list = (input: object) =>
  world.ask(LIST, { input: { channel: "web", status: "LISTED", ...input } }).then(({ data }) => data.saveListing);
const listed = async (input: object) => {
  const payload = await list(input);
  expect(payload.userErrors).toEqual([]);
  return payload.listing;
};
let n = 0;
const reserve = (lines: object[], more: object = {}) =>
  world
    .ask(RESERVE, { input: { idempotencyKey: `k${++n}`, orderRef: `o${n}`, channel: "web", lines, ...more } })
    .then(({ data }) => data.reserveStock);
const held = async (lines: object[], more: object = {}) => {
  const payload = await reserve(lines, more);
  expect(payload.userErrors).toEqual([]);
  return payload.reservation;
};
const code = (payload: { userErrors: { code: string }[] }) => payload.userErrors[0]?.code;
const release = (reservationId: string) =>
  must(RELEASE, { input: { idempotencyKey: `r${++n}`, reservationId, reason: "test" } }).then(({ reservation }) => reservation);
const confirm = (reservationId: string, more: object = {}) =>
  world.ask(CONFIRM, { input: { idempotencyKey: `c${++n}`, reservationId, ...more } }).then(({ data }) => data.confirmReservation);
const figures = async (sku: string) => (await world.ask(STOCK, { sku })).data.inventoryItem.virtualStock[0];
const fenced = async (sku: string) =>
  (await world.ask(`{ inventoryItem(sku: "${sku}") { virtualStock { fenced available onHand frozen incoming } } }`)).data.inventoryItem
    .virtualStock[0];
const shown = async (sku: string, channel = "web") =>
  (await world.ask(`{ availability(channel: "${channel}", skus: ["${sku}"]) { status quantity incoming expectedAt } }`)).data
    .availability[0];
const deadline = ({ expiresAt }: { expiresAt: string }) =>
  new Promise((resolve) => setTimeout(resolve, new Date(expiresAt).getTime() - Date.now() + 30));

test("a customer's limit counts what he has open and what he got; it wants his name", async () => {
  await listed({ sku: "CUST", maxPerCustomer: 3 });
  expect(code(await reserve([{ sku: "CUST", quantity: 1 }]))).toBe("INVALID_INPUT");
  const first = await held([{ sku: "CUST", quantity: 2 }], { customerRef: "anna" });
  expect(code(await reserve([{ sku: "CUST", quantity: 2 }], { customerRef: "anna" }))).toBe("LIMIT_EXCEEDED");
  await held([{ sku: "CUST", quantity: 3 }], { customerRef: "ben" });
  await release(first.id);
  const second = await held([{ sku: "CUST", quantity: 3 }], { customerRef: "anna" });
  await confirm(second.id);
  expect(code(await reserve([{ sku: "CUST", quantity: 1 }], { customerRef: "anna" }))).toBe("LIMIT_EXCEEDED");
  // Another start is another sale, which counts from zero.
  await listed({ sku: "CUST", startsAt: new Date(Date.now() - 1).toISOString() });
  await held([{ sku: "CUST", quantity: 3 }], { customerRef: "anna" });
});

test("twenty requests of one customer at once: the limit holds", async () => {
  await listed({ sku: "LOT", maxPerCustomer: 2 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => reserve([{ sku: "LOT", quantity: 1 }], { customerRef: "crowd" })));
  expect(answers.filter(({ reservation }) => reservation)).toHaveLength(2);
});

test("a cap sells at most so many; what is given back may be sold again, but never feeds a later sale", async () => {
  await listed({ sku: "CAP", quota: { mode: "CAP", quantity: 5 } });
  const old = await held([{ sku: "CAP", quantity: 4 }]);
  expect(await shown("CAP")).toMatchObject({ status: "IN_STOCK", quantity: 1 });
  expect(code(await reserve([{ sku: "CAP", quantity: 2 }]))).toBe("INSUFFICIENT_STOCK");
  await held([{ sku: "CAP", quantity: 1 }]);
  await release(old.id);
  expect((await listed({ sku: "CAP" })).control.quota).toEqual({ mode: "CAP", quantity: 5, sold: 1 });
  const kept = await held([{ sku: "CAP", quantity: 4 }]);
  await listed({ sku: "CAP", quota: { mode: "SHARED" } });
  await listed({ sku: "CAP", quota: { mode: "CAP", quantity: 3 } });
  await release(kept.id);
  expect((await listed({ sku: "CAP" })).control.quota).toEqual({ mode: "CAP", quantity: 3, sold: 0 });
});

test("a ring fence keeps its units for one channel and gives the rest back; fences and caps add up", async () => {
  await listed({ sku: "FENCE", channel: "app", quota: { mode: "RING_FENCE", quantity: 30 } });
  expect(await fenced("FENCE")).toMatchObject({ fenced: 30, available: 20 });
  expect(await shown("FENCE", "web")).toMatchObject({ quantity: 20 });
  expect(await shown("FENCE", "app")).toMatchObject({ quantity: 30 });
  expect(code(await reserve([{ sku: "FENCE", quantity: 21 }]))).toBe("INSUFFICIENT_STOCK");
  expect(code(await list({ sku: "FENCE", quota: { mode: "RING_FENCE", quantity: 21 } }))).toBe("INSUFFICIENT_STOCK");
  const flash = await held([{ sku: "FENCE", quantity: 10 }], { channel: "app" });
  expect(await fenced("FENCE")).toMatchObject({ fenced: 20, available: 20 });
  await release(flash.id);
  expect(await fenced("FENCE")).toMatchObject({ fenced: 30, available: 20 });
  const sold = await held([{ sku: "FENCE", quantity: 10 }], { channel: "app" });
  await listed({ sku: "FENCE", channel: "app", quota: { mode: "RING_FENCE", quantity: 15 } });
  expect(await fenced("FENCE")).toMatchObject({ fenced: 5, available: 35 });
  await listed({ sku: "FENCE", channel: "app", status: "UNLISTED" });
  expect(await fenced("FENCE")).toMatchObject({ fenced: 0, available: 40 });
  await release(sold.id);
  expect(await fenced("FENCE")).toMatchObject({ fenced: 0, available: 50 });
});

test("a fence ends by the clock, and its units are for sale at once", async () => {
  const endsAt = new Date(Date.now() + 700).toISOString();
  await listed({ sku: "TWO", channel: "app", endsAt, quota: { mode: "RING_FENCE", quantity: 50 } });
  const dead = await held([{ sku: "TWO", quantity: 5 }], { channel: "app", holdSeconds: 1 });
  expect(code(await reserve([{ sku: "TWO", quantity: 1 }]))).toBe("INSUFFICIENT_STOCK");
  await deadline({ expiresAt: endsAt });
  expect(await shown("TWO")).toMatchObject({ quantity: 45 });
  await deadline(dead);
  expect(await shown("TWO")).toMatchObject({ quantity: 50 });
  await held([{ sku: "TWO", quantity: 50 }]);
});

/** What dispatch was told of an item, whether its event has its place in the feed yet or not. */
async function oversold(sku: string): Promise<{ sku: string }[]> {
  const rows = await world.db.query<{ body: unknown }>(
    "SELECT body FROM outbox WHERE type = 'Oversold' UNION ALL SELECT body FROM feed WHERE type = 'Oversold'",
  );
  const bodies = rows.map(({ body }) => (typeof body === "string" ? JSON.parse(body) : body) as { sku: string });
  return bodies.filter((body) => body.sku === sku);
}

test("after a loss the newest fence shrinks first, and only then are orders short; dispatch is told which", async () => {
  await listed({ sku: "LOSS", quota: { mode: "RING_FENCE", quantity: 6 } });
  await listed({ sku: "LOSS", channel: "app", quota: { mode: "RING_FENCE", quantity: 6 } });
  const lose = async (delta: number) => {
    world.dispatch.tell({
      type: "SupplyChanged",
      movementId: `loss${++n}`,
      movementType: "COUNT_LOSS",
      warehouse: "W1",
      lines: [{ sku: "LOSS", delta }],
    });
    return fenced("LOSS");
  };
  const first = await held([{ sku: "LOSS", quantity: 5 }]);
  const later = await held([{ sku: "LOSS", quantity: 1 }]);
  await confirm(first.id);
  await confirm(later.id);
  expect(await lose(-10)).toMatchObject({ fenced: 4, available: 0, onHand: 10 });
  expect(await shown("LOSS", "app")).toMatchObject({ quantity: 4 });
  expect(await lose(-6)).toMatchObject({ fenced: 0, onHand: 4, available: -2 });
  expect(await oversold("LOSS")).toEqual([
    {
      pool: "EU",
      sku: "LOSS",
      units: 2,
      short: [
        { reservationId: later.id, orderRef: expect.any(String), units: 1 },
        { reservationId: first.id, orderRef: expect.any(String), units: 1 },
      ],
    },
  ]);
});

test("an order that left in the same batch as a loss is not short by it", async () => {
  const [gone, stays] = [await held([{ sku: "SAME", quantity: 3 }]), await held([{ sku: "SAME", quantity: 3 }])];
  await confirm(stays.id);
  await confirm(gone.id); // the latest, so it would be named first
  const shipped = { reservationId: gone.id, fulfillmentId: "f", shipmentId: "same", orderRef: "o", warehouse: "W1" };
  world.dispatch.tell(
    { type: "OrderShipped", ...shipped, lines: [{ sku: "SAME", quantity: 3 }] },
    { type: "SupplyChanged", movementId: "same", movementType: "COUNT_LOSS", warehouse: "W1", lines: [{ sku: "SAME", delta: -2 }] },
  );
  await fenced("SAME");
  expect(await oversold("SAME")).toMatchObject([{ units: 2, short: [{ reservationId: stays.id, units: 2 }] }]);
});

test("pre-orders against what is coming, never more; backorders and overselling within their limits", async () => {
  await listed({ sku: "PRE", preorderLimit: 10 });
  const expectedAt = "2030-01-02T00:00:00.000Z";
  const incoming = (quantity: number) =>
    world.dispatch.tell({ type: "IncomingChanged", document: "PO-1", warehouse: "W1", lines: [{ sku: "PRE", quantity, expectedAt }] });
  incoming(6);
  expect(await shown("PRE")).toEqual({ status: "IN_STOCK", quantity: 8, incoming: 6, expectedAt });
  await held([{ sku: "PRE", quantity: 2 }]);
  expect(await shown("PRE")).toMatchObject({ status: "PREORDER", quantity: 6 });
  expect(code(await reserve([{ sku: "PRE", quantity: 7 }]))).toBe("INSUFFICIENT_STOCK");
  await held([{ sku: "PRE", quantity: 6 }]);
  expect(await figures("PRE")).toMatchObject({ available: -6 });
  expect(await shown("PRE")).toMatchObject({ status: "OUT_OF_STOCK", quantity: 0 });
  incoming(4);
  expect(await fenced("PRE")).toMatchObject({ incoming: 4 });
  expect(code(await reserve([{ sku: "PRE", quantity: 1 }]))).toBe("INSUFFICIENT_STOCK");

  await listed({ sku: "BACK", backorderLimit: 2, oversellLimit: 1 });
  expect(await shown("BACK")).toMatchObject({ status: "BACKORDER", quantity: 3 });
  await held([{ sku: "BACK", quantity: 3 }]);
  expect(code(await reserve([{ sku: "BACK", quantity: 1 }]))).toBe("INSUFFICIENT_STOCK");
});

test("a partial hold takes what there is and says what is missing", async () => {
  const payload = await reserve(
    [
      { sku: "PART", quantity: 2, lineRef: "1" },
      { sku: "PART", quantity: 2, lineRef: "2" },
      { sku: "BACK", quantity: 1 },
    ],
    { allowPartial: true },
  );
  expect(payload).toMatchObject({
    reservation: {
      lines: [
        { lineRef: "1", quantity: 2 },
        { lineRef: "2", quantity: 1 },
      ],
    },
    shortages: [
      { item: { sku: "PART" }, requested: 4, available: 3 },
      { item: { sku: "BACK" }, requested: 1, available: 0 },
    ],
    userErrors: [],
  });
  expect(code(await reserve([{ sku: "PART", quantity: 1 }], { allowPartial: true }))).toBe("INSUFFICIENT_STOCK");
});

test("paid and gone: refused with the facts, committed in part, or backordered, as the caller allows", async () => {
  const late = await Promise.all([1, 2, 3].map(() => held([{ sku: "GONE", quantity: 1 }], { holdSeconds: 1 })));
  await deadline(late[2]);
  await held([{ sku: "GONE", quantity: 3 }]); // one is left
  const two = await held([{ sku: "GONE", quantity: 1 }], { holdSeconds: 1 });
  await deadline(two);
  expect(await confirm(late[0].id)).toMatchObject({ reservation: { status: "CONFIRMED" }, shortages: [] });
  expect(await confirm(late[1].id)).toMatchObject({ reservation: null, shortages: [{ requested: 1, available: 0 }] });
  expect(code(await confirm(late[1].id, { allowPartial: true }))).toBe("INSUFFICIENT_STOCK");
  expect(await confirm(late[1].id, { allowBackorder: true })).toMatchObject({
    reservation: { status: "CONFIRMED" },
    shortages: [{ requested: 1, available: 0 }],
    userErrors: [],
  });
  expect(await figures("GONE")).toMatchObject({ committed: 2, held: 3, available: -1 });
});

test("a hold is extended while it lives, as long as the channel allows", async () => {
  const extend = (reservationId: string, holdSeconds: number) =>
    world
      .ask(
        "mutation ($input: ExtendReservationInput!) { extendReservation(input: $input) { reservation { expiresAt status } userErrors { code field } } }",
        {
          input: { idempotencyKey: `x${++n}`, reservationId, holdSeconds },
        },
      )
      .then(({ data }) => data.extendReservation);
  const hold = await held([{ sku: "FRZ", quantity: 1 }], { holdSeconds: 1 });
  const longer = (await extend(hold.id, 100)).reservation;
  expect(new Date(longer.expiresAt).getTime()).toBeGreaterThan(Date.now() + 50_000);
  await deadline(hold);
  expect(await figures("FRZ")).toMatchObject({ held: 1 });
  expect(code(await extend(hold.id, 86_400))).toBe("INVALID_INPUT");
  expect(code(await extend(hold.id, 0))).toBe("INVALID_INPUT");
  const dead = await held([{ sku: "FRZ", quantity: 1 }], { holdSeconds: 1 });
  await deadline(dead);
  expect(code(await extend(dead.id, 100))).toBe("INVALID_STATE");
  expect(code(await extend("no-such-id", 100))).toBe("NOT_FOUND");
  await release(hold.id);
});

test("an operator freezes what is available and gives it back, once, and only from what he saw", async () => {
  const ask = (what: string, more: object, key = `f${++n}`) =>
    world
      .ask(
        `mutation ($input: AdjustVirtualStockInput!) { ${what}VirtualStock(input: $input) { virtualStock { frozen available } userErrors { code field } } }`,
        {
          input: { idempotencyKey: key, pool: "EU", sku: "FRZ", reason: "recall", ...more },
        },
      )
      .then(({ data }) => data[`${what}VirtualStock`]);
  for (let time = 0; time < 2; time++)
    expect(await ask("freeze", { quantity: 4, compareAvailable: 10 }, "once")).toMatchObject({ virtualStock: { frozen: 4, available: 6 } });
  expect(code(await ask("freeze", { quantity: 1, compareAvailable: 10 }))).toBe("STALE_VALUE");
  expect(code(await ask("freeze", { quantity: 7 }))).toBe("INSUFFICIENT_STOCK");
  expect(code(await ask("unfreeze", { quantity: 5 }))).toBe("INVALID_INPUT");
  expect(code(await ask("freeze", { quantity: 0 }))).toBe("INVALID_INPUT");
  expect(code(await ask("freeze", { quantity: 1, sku: "never" }))).toBe("NOT_FOUND");
  expect(await ask("unfreeze", { quantity: 4 })).toMatchObject({ virtualStock: { frozen: 0, available: 10 } });
});

test("a kit is held and shipped as its components; what has no stock is fulfilled when it is paid", async () => {
  const item = { type: "ItemSaved" as const, itemMerchant: "SELF", weightGrams: null };
  world.dispatch.tell({
    ...item,
    sku: "SET",
    name: "Set",
    kind: "KIT",
    components: [
      { sku: "COMP1", quantity: 2 },
      { sku: "COMP2", quantity: 1 },
    ],
  });
  world.dispatch.tell({ ...item, sku: "WRAP", name: "Wrapping", kind: "NON_STOCK", components: [] });
  await world.ask("{ channels { code } }");
  for (const sku of ["SET", "WRAP"]) await listed({ sku });
  expect(code(await list({ sku: "SET", quota: { mode: "RING_FENCE", quantity: 1 } }))).toBe("INVALID_INPUT");
  expect(await shown("SET")).toMatchObject({ status: "IN_STOCK", quantity: 5 });
  expect(
    code(
      await reserve([
        { sku: "SET", quantity: 4 },
        { sku: "COMP1", quantity: 3 },
      ]),
    ),
  ).toBe("INSUFFICIENT_STOCK");
  const order = await held([
    { sku: "SET", quantity: 4 },
    { sku: "COMP1", quantity: 2 },
    { sku: "WRAP", quantity: 1 },
  ]);
  expect(order.lines).toMatchObject([
    { item: { sku: "SET" }, quantity: 4 },
    { item: { sku: "COMP1" }, quantity: 2 },
    { item: { sku: "WRAP" }, quantity: 1 },
  ]);
  expect(await figures("COMP1")).toMatchObject({ held: 10, available: 0 });
  expect(await figures("COMP2")).toMatchObject({ held: 4, available: 1 });
  expect(await shown("SET")).toMatchObject({ status: "OUT_OF_STOCK", quantity: 0 });
  expect((await confirm(order.id)).reservation.status).toBe("CONFIRMED");
  const lines = [
    { sku: "COMP1", quantity: 8 },
    { sku: "COMP2", quantity: 3 },
  ];
  world.dispatch.tell({
    type: "OrderShipped",
    reservationId: order.id,
    fulfillmentId: "f",
    shipmentId: "s",
    orderRef: "o",
    warehouse: "W1",
    lines,
  });
  const after = await world.ask(`{ reservation(id: "${order.id}") { status lines { item { sku } fulfilled } } }`);
  expect(after.data.reservation).toMatchObject({ status: "CONFIRMED", lines: [{ fulfilled: 3 }, { fulfilled: 0 }, { fulfilled: 1 }] });
  const wrap = await held([{ sku: "WRAP", quantity: 2 }]);
  expect((await confirm(wrap.id)).reservation.status).toBe("FULFILLED");
});

test("a thousand listings in one call", async () => {
  const skus = Array.from({ length: 1_000 }, (_, i) => `BULK${i}`);
  for (const sku of skus)
    world.dispatch.tell({ type: "ItemSaved", sku, name: sku, kind: "STOCKED", components: [], itemMerchant: "SELF", weightGrams: null });
  await world.ask("{ channels { code } }");
  const inputs = skus.map((sku, i) => ({ channel: "web", sku: i === 7 ? "none" : sku, status: "LISTED" }));
  const { data } = await world.ask(
    "mutation ($inputs: [SaveListingInput!]!) { saveListings(inputs: $inputs) { listing { item { sku } } userErrors { code } } }",
    { inputs },
  );
  expect(data.saveListings.map((one: any) => one.listing?.item.sku ?? one.userErrors[0].code)).toEqual(
    skus.map((sku, i) => (i === 7 ? "NOT_FOUND" : sku)),
  );
});
