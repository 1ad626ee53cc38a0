import { LayerDatabase } from "../../shared/db/database";
import { quietLog } from "../../shared/log";
import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

const SETTLED = { headers: { "x-strata-settle": "true" } };

/** Where an order stands in all three layers. */
const EVERYTHING = `query ($orderRef: ID!) { order(orderRef: $orderRef) {
  reservations { status lines { lineRef quantity fulfilled released }
    cancellations { outcome reason requestedAt lines { item { sku } lineRef quantity released fulfilled } } }
  fulfillments { status lines { quantity allocated backordered shipped cancelled } allocations { id status lines { quantity shipped } } }
  shipments { id status warehouse { code } lines { item { sku } quantity picked picks { location { code } quantity } } }
  movements { type lines { location { code } quantity } }
  process { state history { event from to actor detail } } } }`;
const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { onHand stock { nodes { location { code } quantity allocated } }
  virtualStock { onHand held committed available } positions(warehouse: "HAM") { onHand allocated free backordered } } }`;

interface Shipment {
  id: string;
  lines: { item: { sku: string }; quantity: number; picked: number }[];
}

let world: World;
let shop: string;
let floor: string;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `cancel-${++n}`, ...input });

const ask = async (query: string, variables: Record<string, unknown>, key = world.adminKey) => {
  const { body } = await world.gql(query, variables, { key, ...SETTLED });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
/** A mutation's payload, refusals and all; what says when to ask again is asked again. */
const tryCall = async (mutation: string, type: string, input: object, fields: string, key?: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
    const payload = (await ask(query, { input }, key))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (!wait || Date.now() > end) return payload;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
const call = async (...args: Parameters<typeof tryCall>) => {
  const payload = await tryCall(...args);
  if (payload.userErrors.length > 0) throw new Error(JSON.stringify(payload.userErrors));
  return payload;
};

const orderOf = async (orderRef: string) => (await ask(EVERYTHING, { orderRef })).order;
const stockOf = async (sku: string) => (await ask(STOCK, { sku })).inventoryItem;
type Everything = Awaited<ReturnType<typeof orderOf>>;

/** Asks until it is so: what one layer does, the others hear of in their time. */
async function until(orderRef: string, isSo: (order: Everything) => boolean): Promise<Everything> {
  for (const end = Date.now() + 20_000; ;) {
    const order = await orderOf(orderRef);
    if (isSo(order)) return order;
    if (Date.now() > end) throw new Error(`${orderRef} does not get there: ${JSON.stringify(order, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const decided = (order: Everything) =>
  order.reservations[0].cancellations.every(({ outcome }: { outcome: string }) => outcome !== "PENDING") &&
  order.fulfillments[0].status !== "CANCELLING";

const receive = async (warehouse: string, sku: string, quantity: number) => {
  await call(
    "postMovement",
    "PostMovementInput",
    keyed({ type: "PURCHASE_RECEIPT", warehouse, lines: [{ sku, quantity, unitCost: "2" }] }),
    "movement { id }",
  );
  await stockOf(sku);
};

async function hold(orderRef: string, lines: object[]): Promise<string> {
  const input = keyed({ orderRef, channel: "web", lines });
  return (await call("reserveStock", "ReserveStockInput", input, "reservation { id }", shop)).reservation.id;
}
/** Holds and pays; gives back the reservation and its shipments, when there are any. */
async function buy(orderRef: string, lines: object[], shipments = 1): Promise<{ reservation: string; shipments: Shipment[] }> {
  const reservation = await hold(orderRef, lines);
  await call(
    "confirmReservation",
    "ConfirmReservationInput",
    keyed({ reservationId: reservation, shipTo: { countryCode: "DE" } }),
    "reservation { id }",
    shop,
  );
  const order = await until(orderRef, (o) => o.fulfillments.length === 1 && o.shipments.length === shipments);
  return { reservation, shipments: order.shipments };
}
const release = (reservationId: string, more: object = {}) =>
  tryCall(
    "releaseReservation",
    "ReleaseReservationInput",
    keyed({ reservationId, reason: "changed mind", ...more }),
    "reservation { status cancellations { outcome } }",
    shop,
  );

const FLOOR: [mutation: string, type: string][] = [
  ["startPicking", "ShipmentActionInput"],
  ["recordPick", "RecordPickInput"],
  ["packShipment", "ShipmentActionInput"],
  ["shipShipment", "ShipShipmentInput"],
];
/** Steps of the floor from one to another; gives back what refused one, if something did. */
async function walk({ id, lines }: Shipment, from: number, to: number): Promise<string | undefined> {
  for (const [mutation, type] of FLOOR.slice(from, to)) {
    const picks = mutation === "recordPick" && { picks: lines.map(({ item, quantity }) => ({ sku: item.sku, quantity })) };
    const { userErrors } = await tryCall(mutation, type, keyed({ id, ...picks }), "outbound { status }", floor);
    if (userErrors.length > 0) return userErrors[0].code;
  }
  return undefined;
}
const putBack = (id: string, lines: object[]) =>
  tryCall("putBack", "PutBackInput", keyed({ id, lines }), "outbound { status lines { picked } }", floor);

beforeAll(async () => {
  world = await startWorld();
  [shop, floor] = [world.keyOf("order-system"), world.keyOf("warehouse-operator")];
  for (const code of ["HAM", "MUC"]) {
    const address = { countryCode: "DE" };
    await call("saveWarehouse", "SaveWarehouseInput", { code, name: code, currency: "EUR", address }, "warehouse { code }");
  }
  const skus = ["PLAIN", "PACKED", "LATE", "PART", "SPLIT", "GONE", "NEXT", "RACE", "TWICE", "LEFT", "MIXED"];
  for (const sku of skus) await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
  await ask("{ stockPools { code } channels { code } }", {});
  await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM", "MUC"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web shop", pool: "DE" }, "channel { code }");
  for (const sku of skus) await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
  await ask("{ stockPositions { nodes { onHand } } }", {});
  for (const sku of skus.filter((one) => one !== "GONE" && one !== "SPLIT")) await receive("HAM", sku, 40);
});
afterAll(() => world?.close());

test("cancelled before picking: stopped at once, nothing is promised any more, and the stock goes to whom it may", async () => {
  const { reservation, shipments } = await buy("C-PLAIN", [{ sku: "PLAIN", quantity: 3 }]);
  const input = keyed({ reservationId: reservation, reason: "changed mind" });
  const fields = "reservation { status cancellations { outcome } }";
  const asked = await call("releaseReservation", "ReleaseReservationInput", input, fields, shop);
  expect(asked.reservation).toEqual({ status: "CANCELLING", cancellations: [{ outcome: "PENDING" }] });
  const done = await until("C-PLAIN", decided);
  expect(done.reservations).toEqual([
    {
      status: "RELEASED",
      lines: [{ lineRef: null, quantity: 3, fulfilled: 0, released: 3 }],
      cancellations: [
        {
          outcome: "STOPPED",
          reason: "changed mind",
          requestedAt: expect.any(String),
          lines: [{ item: { sku: "PLAIN" }, lineRef: null, quantity: 3, released: 3, fulfilled: 0 }],
        },
      ],
    },
  ]);
  expect(done.fulfillments).toMatchObject([
    { status: "CANCELLED", lines: [{ allocated: 0, cancelled: 3 }], allocations: [{ status: "CANCELLED" }] },
  ]);
  expect(done.shipments).toMatchObject([{ status: "CANCELLED" }]);
  expect(done.process.state).toBe("CANCELLED");
  expect(done.process.history.slice(-2)).toEqual([
    { event: "CancelRequested", from: "ALLOCATED", to: "CANCELLING", actor: "order-system", detail: "HAM asked, changed mind" },
    {
      event: "ShipmentCancelDecided",
      from: "CANCELLING",
      to: "CANCELLED",
      actor: "warehouse",
      detail: "HAM: 3 units stopped, 0 too late",
    },
  ]);
  expect(await stockOf("PLAIN")).toMatchObject({
    virtualStock: [{ onHand: 40, committed: 0, available: 40 }],
    positions: [{ onHand: 40, allocated: 0, free: 40 }],
  });
  // The same key asks once and answers what is now; the floor can do nothing with it any more.
  const again = await call("releaseReservation", "ReleaseReservationInput", input, fields, shop);
  expect(again.reservation).toEqual({ status: "RELEASED", cancellations: [{ outcome: "STOPPED" }] });
  expect(await walk(shipments[0], 0, 1)).toBe("INVALID_STATE");
});

test("cancelled while packed: promised to nobody at once, put back on the shelf after that", async () => {
  const { reservation, shipments } = await buy("C-PACKED", [{ sku: "PACKED", quantity: 4 }]);
  const [{ id }] = shipments;
  expect(await walk(shipments[0], 0, 3)).toBeUndefined();
  await release(reservation);
  const stopped = await until("C-PACKED", decided);
  expect(stopped.reservations).toMatchObject([{ status: "RELEASED", cancellations: [{ outcome: "STOPPED" }] }]);
  expect(stopped.shipments).toMatchObject([{ status: "CANCELLING" }]);
  expect(await walk(shipments[0], 3, 4)).toBe("INVALID_STATE");
  expect(await stockOf("PACKED")).toMatchObject({
    virtualStock: [{ onHand: 40, committed: 0, available: 40 }],
    positions: [{ allocated: 0, free: 40 }],
  });
  expect((await putBack(id, [{ sku: "PACKED", quantity: 5 }])).userErrors).toEqual([
    expect.objectContaining({ code: "INVALID_INPUT", field: ["input", "lines", "0", "quantity"] }),
  ]);
  expect((await putBack(id, [{ sku: "PACKED", quantity: 1, location: "PACKING" }])).userErrors[0].code).toBe("INVALID_INPUT");
  expect(await driftsOf(world)).toEqual([]);
  expect(await putBack(id, [{ sku: "PACKED", quantity: 1, location: "RECEIVING" }])).toMatchObject({
    outbound: { status: "CANCELLING", lines: [{ picked: 3 }] },
  });
  expect((await putBack(id, [{ sku: "PACKED", quantity: 3 }])).outbound).toEqual({ status: "CANCELLED", lines: [{ picked: 0 }] });
  const done = await until("C-PACKED", (order) => order.process.history.at(-1).event === "ShipmentProgressed");
  expect(done.process).toMatchObject({ state: "CANCELLED" });
  // What was picked once stays readable, and is no pick from PACKING.
  expect(done.shipments[0].lines[0].picks).toEqual([{ location: { code: "STORAGE" }, quantity: 4 }]);
  expect((await stockOf("PACKED")).stock.nodes.filter(({ quantity }: { quantity: number }) => quantity > 0)).toEqual([
    { location: { code: "RECEIVING" }, quantity: 1, allocated: 0 },
    { location: { code: "STORAGE" }, quantity: 39, allocated: 0 },
  ]);
  expect((await putBack(id, [{ sku: "PACKED", quantity: 1 }])).userErrors[0].code).toBe("INVALID_STATE");
});

/** Does something while dispatch hears of nothing that concerns these orders. */
async function whileDispatchWaits(orderRefs: string[], work: () => Promise<void>): Promise<void> {
  const db = await LayerDatabase.open({ layer: "dispatch", primaryUrl: world.db.primaryUrl, replicaUrls: [], log: quietLog });
  const runner = db.primary.createQueryRunner();
  try {
    await runner.query("START TRANSACTION");
    await runner.query("SELECT id FROM fulfillment_order WHERE order_ref IN (?) FOR UPDATE", [orderRefs]);
    await work();
    await runner.query("COMMIT");
  } finally {
    await runner.release();
    await db.close();
  }
}

test("it has left, and nobody has heard of it: too late, and fulfilled, whichever came first", async () => {
  const shippedFirst = await buy("C-LATE-1", [{ sku: "LATE", quantity: 2 }]);
  const cancelledFirst = await buy("C-LATE-2", [{ sku: "LATE", quantity: 2 }]);
  for (const { shipments } of [shippedFirst, cancelledFirst]) expect(await walk(shipments[0], 0, 3)).toBeUndefined();
  await until("C-LATE-1", (order) => order.process.state === "PACKED");
  await until("C-LATE-2", (order) => order.process.state === "PACKED");
  await whileDispatchWaits(["C-LATE-1", "C-LATE-2"], async () => {
    const left = walk(shippedFirst.shipments[0], 3, 4);
    expect([await left, (await release(shippedFirst.reservation)).userErrors]).toEqual([undefined, []]);
    expect((await release(cancelledFirst.reservation)).reservation.status).toBe("CANCELLING");
    expect(await walk(cancelledFirst.shipments[0], 3, 4)).toBeUndefined();
  });
  for (const orderRef of ["C-LATE-1", "C-LATE-2"]) {
    const late = await until(orderRef, decided);
    expect(late.reservations).toMatchObject([
      {
        status: "FULFILLED",
        lines: [{ fulfilled: 2, released: 0 }],
        cancellations: [{ outcome: "TOO_LATE", lines: [{ quantity: 2, released: 0, fulfilled: 2 }] }],
      },
    ]);
    expect(late.fulfillments).toMatchObject([{ status: "SHIPPED", lines: [{ shipped: 2, cancelled: 0 }] }]);
    expect(late.process.state).toBe("SHIPPED");
  }
  expect((await release(shippedFirst.reservation)).userErrors).toEqual([
    expect.objectContaining({ code: "INVALID_STATE", message: "reservation is FULFILLED" }),
  ]);
  expect(await driftsOf(world)).toEqual([]);
});

test("some lines: before picking the shipment takes less, after that it is too late for single units", async () => {
  const lines = [
    { sku: "PART", quantity: 3, lineRef: "a" },
    { sku: "PART", quantity: 3, lineRef: "b" },
    { sku: "MIXED", quantity: 2 },
  ];
  const { reservation, shipments } = await buy("C-PART", lines);
  await release(reservation, {
    lines: [
      { sku: "PART", quantity: 2, lineRef: "b" },
      { sku: "MIXED", quantity: 2 },
    ],
  });
  const less = await until("C-PART", decided);
  expect(less.reservations).toMatchObject([
    {
      status: "CONFIRMED",
      lines: [{ released: 0 }, { released: 2 }, { released: 2 }],
      cancellations: [{ outcome: "STOPPED", lines: [{ lineRef: "b", quantity: 2, released: 2 }, { quantity: 2 }] }],
    },
  ]);
  expect(less.shipments).toMatchObject([{ status: "RELEASED", lines: [{ item: { sku: "PART" }, quantity: 4 }] }]);
  expect(less.fulfillments).toMatchObject([{ status: "ALLOCATED" }]);
  const [shipment] = (await orderOf("C-PART")).shipments as Shipment[];
  expect(await walk(shipment, 0, 1)).toBeUndefined();
  await release(reservation, { lines: [{ sku: "PART", quantity: 1, lineRef: "a" }] });
  const tooLate = await until("C-PART", decided);
  expect(tooLate.reservations[0].status).toBe("CONFIRMED");
  expect(tooLate.reservations[0].cancellations[1]).toMatchObject({
    outcome: "TOO_LATE",
    lines: [{ quantity: 1, released: 0, fulfilled: 1 }],
  });
  expect(await walk({ ...shipment, id: shipments[0].id }, 1, 4)).toBeUndefined();
  const done = await until("C-PART", (order) => order.reservations[0].status === "FULFILLED");
  expect(done.fulfillments[0].status).toBe("SHIPPED");
  expect(done.reservations[0].lines.map(({ fulfilled }: { fulfilled: number }) => fulfilled)).toEqual([3, 1, 0]);
});

test("an order from two warehouses: one has left, the other is stopped", async () => {
  await receive("HAM", "SPLIT", 2);
  await receive("MUC", "SPLIT", 2);
  const { reservation, shipments } = await buy("C-SPLIT", [{ sku: "SPLIT", quantity: 4 }], 2);
  expect(await walk(shipments[0], 0, 4)).toBeUndefined();
  await until("C-SPLIT", (order) => order.reservations[0].lines[0].fulfilled === 2);
  await release(reservation);
  const done = await until("C-SPLIT", decided);
  expect(done.reservations).toMatchObject([
    { status: "FULFILLED", lines: [{ fulfilled: 2, released: 2 }], cancellations: [{ outcome: "STOPPED" }] },
  ]);
  expect(done.fulfillments).toMatchObject([{ status: "SHIPPED", lines: [{ shipped: 2, cancelled: 2 }] }]);
});

test("a backordered order is cancelled at once, and what an order gives up is had by the one that waits", async () => {
  await receive("HAM", "GONE", 4);
  const first = await hold("C-GONE", [{ sku: "GONE", quantity: 4 }]);
  const loss = keyed({ type: "COUNT_LOSS", warehouse: "HAM", lines: [{ sku: "GONE", quantity: 4 }] });
  await call("postMovement", "PostMovementInput", loss, "movement { id }");
  await stockOf("GONE");
  const pay = (reservationId: string) =>
    call("confirmReservation", "ConfirmReservationInput", keyed({ reservationId }), "reservation { id }", shop);
  await pay(first);
  await until("C-GONE", (order) => order.fulfillments[0]?.status === "BACKORDERED");
  await release(first, { lines: [{ sku: "GONE", quantity: 1 }] });
  const part = await until("C-GONE", decided);
  expect(part.reservations).toMatchObject([{ status: "CONFIRMED", lines: [{ released: 1 }] }]);
  expect(part.fulfillments).toMatchObject([{ status: "BACKORDERED", lines: [{ backordered: 3, cancelled: 1 }] }]);
  await release(first);
  const gone = await until("C-GONE", (order) => order.reservations[0].status === "RELEASED");
  expect(gone.fulfillments).toMatchObject([{ status: "CANCELLED", lines: [{ backordered: 0, cancelled: 4 }] }]);
  expect(gone.process.history.at(-1)).toMatchObject({ event: "CancelRequested", from: "BACKORDERED", to: "CANCELLED" });

  // 40 of NEXT: one order has them all, another waits for a loss of 10 to be made good.
  const has = await buy("C-NEXT-1", [{ sku: "NEXT", quantity: 30 }]);
  const waits = await hold("C-NEXT-2", [{ sku: "NEXT", quantity: 10 }]);
  await call(
    "postMovement",
    "PostMovementInput",
    keyed({ type: "COUNT_LOSS", warehouse: "HAM", lines: [{ sku: "NEXT", quantity: 10 }] }),
    "movement { id }",
  );
  await stockOf("NEXT");
  await pay(waits);
  await until("C-NEXT-2", (order) => order.fulfillments[0]?.status === "BACKORDERED");
  await release(has.reservation);
  const served = await until("C-NEXT-2", (order) => order.shipments.length === 1);
  expect(served.fulfillments).toMatchObject([{ status: "ALLOCATED", lines: [{ allocated: 10, backordered: 0 }] }]);
});

test("while a request is undecided a second is refused, and it changes nothing", async () => {
  const { reservation } = await buy("C-TWICE", [{ sku: "TWICE", quantity: 2 }]);
  const answers = await Promise.all([1, 2, 3].map(() => release(reservation)));
  const refused = answers.filter(({ userErrors }) => userErrors.length > 0);
  expect(refused).toHaveLength(2);
  for (const { userErrors } of refused) expect(userErrors[0]).toMatchObject({ code: "INVALID_STATE", field: ["input", "reservationId"] });
  expect((await until("C-TWICE", decided)).reservations[0].cancellations).toHaveLength(1);
});

test("ship and cancel at the same moment: each of twenty orders ends in exactly one outcome", async () => {
  const bought = await Promise.all(
    Array.from({ length: 20 }, (_, i) => buy(`C-RACE-${i}`, [{ sku: "RACE", quantity: i % 3 === 0 ? 2 : 1 }])),
  );
  // A quarter of them has nothing done, a quarter is being picked, picked, packed.
  await Promise.all(bought.map(({ shipments }, i) => walk(shipments[0], 0, i % 4)));
  const refusals = await Promise.all(
    bought.map(async ({ reservation, shipments }, i) => {
      const cancelled = release(reservation);
      // For half of them the floor goes on when the request has been taken: dispatch and the warehouse are still to hear of it.
      if (i % 2 === 0) await cancelled;
      const [refused] = await Promise.all([walk(shipments[0], i % 4, 4), cancelled]);
      return refused;
    }),
  );
  const orders = await Promise.all(bought.map((_, i) => until(`C-RACE-${i}`, decided)));
  orders.forEach((order, i) => {
    const shipped = refusals[i] === undefined;
    const [{ status, cancellations }] = order.reservations;
    expect([status, cancellations[0]?.outcome]).toEqual(shipped ? ["FULFILLED", "TOO_LATE"] : ["RELEASED", "STOPPED"]);
    expect(order.fulfillments[0].status).toBe(shipped ? "SHIPPED" : "CANCELLED");
    expect(order.shipments[0].status).toMatch(shipped ? /^SHIPPED$/ : /^CANCELL(ED|ING)$/);
    if (!shipped) expect(refusals[i]).toBe("INVALID_STATE");
  });
  expect(await driftsOf(world)).toEqual([]);
  for (const { shipments } of orders) {
    const [{ id, status, lines }] = shipments;
    if (status !== "CANCELLING") continue;
    const back = (lines as Shipment["lines"]).map(({ item, picked }) => ({ sku: item.sku, quantity: picked }));
    expect((await putBack(id, back)).outbound.status).toBe("CANCELLED");
  }
});

test("some lines of a hold are given back at once, the rest can be paid", async () => {
  const id = await hold("C-LEFT", [
    { sku: "LEFT", quantity: 4, lineRef: "a" },
    { sku: "LEFT", quantity: 2, lineRef: "b" },
  ]);
  // What names its line comes first, whatever the order.
  const some = await release(id, {
    lines: [
      { sku: "LEFT", quantity: 2 },
      { sku: "LEFT", quantity: 3, lineRef: "a" },
    ],
  });
  expect(some.reservation).toEqual({ status: "HELD", cancellations: [] });
  const left = await orderOf("C-LEFT");
  expect(left.reservations[0].lines.map(({ released }: { released: number }) => released)).toEqual([4, 1]);
  expect((await stockOf("LEFT")).virtualStock).toEqual([{ onHand: 40, held: 1, committed: 0, available: 39 }]);
  await call("confirmReservation", "ConfirmReservationInput", keyed({ reservationId: id }), "reservation { id }", shop);
  const paid = await until("C-LEFT", (order) => order.shipments.length === 1);
  expect(paid.shipments[0].lines).toMatchObject([{ quantity: 1 }]);
  const other = await hold("C-LEFT-2", [{ sku: "LEFT", quantity: 2 }]);
  expect((await release(other, { lines: [{ sku: "LEFT", quantity: 2 }] })).reservation.status).toBe("RELEASED");
});

test("reconciliation finds nothing", async () => expect(await driftsOf(world)).toEqual([]));
