import { LAYERS } from "../../shared/db/database";
import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** Goods that come back, are exchanged, or never arrived: through all layers, from the order system to the books. */
const RETURN = `id kind status warehouse { code } inbound { id status lines { item { sku } expected received rejected } }
  lines { item { sku } quantity received restocked quarantined scrapped rejected }
  replacement { id status order { orderRef } allocations { shipment { id kind status } } }`;
const ORDER = `query ($orderRef: ID!) { order(orderRef: $orderRef) {
  fulfillments { id status allocations { id status warehouse { code } } } returns { ${RETURN} }
  shipments { id kind status lines { item { sku } quantity } } process { state } } }`;
const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { onHand virtualStock { onHand committed available } } }`;

let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `returns-${++n}`, ...input });

const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await world.gql(query, variables, { key: world.adminKey, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const call = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
    const payload = (await ask(query, { input }))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (payload.userErrors.length === 0) return payload;
    if (!wait || Date.now() > end) throw new Error(JSON.stringify(payload.userErrors));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
/** Asks until it is so. */
async function until<T>(what: string, look: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await look();
    if (isSo(found)) return found;
    if (Date.now() > end) throw new Error(`${what} does not get there: ${JSON.stringify(found, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
interface Shipment {
  id: string;
  kind: string;
  status: string;
  lines: { item: { sku: string }; quantity: number }[];
}
const orderOf = async (orderRef: string) => (await ask(ORDER, { orderRef })).order;
const returnOf = async (id: string) => (await ask(`query ($id: ID!) { returnOrder(id: $id) { ${RETURN} } }`, { id })).returnOrder;
const untilReturn = (id: string, status: string) =>
  until(
    `return ${id} ${status}`,
    () => returnOf(id),
    (found) => found.status === status,
  );
const stockOf = async (sku: string) => (await ask(STOCK, { sku })).inventoryItem;

async function purchase(sku: string, quantity: number, unitCost = "2.00"): Promise<void> {
  const lines = [{ sku, quantity, unitCost }];
  await call("postMovement", "PostMovementInput", keyed({ type: "PURCHASE_RECEIPT", warehouse: "HAM", lines }), "movement { id }");
}

const act = (mutation: string, id: string, more: object = {}, type = "ShipmentActionInput") =>
  call(mutation, type, keyed({ id, ...more }), "outbound { status parcels { id lines { item { sku } quantity } } }");

/** Picks, packs and ships every open shipment of an order; gives back their ids. */
async function shipOpen(orderRef: string, parcels?: object[]): Promise<string[]> {
  const { shipments } = await until(
    orderRef,
    () => orderOf(orderRef),
    (order) => order.shipments.some(isReleased),
  );
  const open = (shipments as Shipment[]).filter(isReleased);
  for (const { id, lines } of open) {
    await act("startPicking", id);
    await act("recordPick", id, { picks: lines.map(({ item, quantity }) => ({ sku: item.sku, quantity })) }, "RecordPickInput");
    await act("packShipment", id);
    await act("shipShipment", id, { parcels }, "ShipShipmentInput");
  }
  return open.map(({ id }) => id);
}
const isReleased = ({ status }: Shipment): boolean => status === "RELEASED";

async function bought(orderRef: string, units: Record<string, number>, parcels?: object[]): Promise<string> {
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity, lineRef: `line-${sku}` }));
  const { reservation } = await call("reserveStock", "ReserveStockInput", keyed({ orderRef, channel: "web", lines }), "reservation { id }");
  const paid = keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE", city: "Kiel" } });
  await call("confirmReservation", "ConfirmReservationInput", paid, "reservation { id }");
  const [id] = await shipOpen(orderRef, parcels);
  await until(
    orderRef,
    () => orderOf(orderRef),
    (order) => order.fulfillments[0].status === "SHIPPED",
  );
  return id;
}
async function request(orderRef: string, lines: object[], more: object = {}) {
  const input = keyed({ orderRef, kind: "RETURN", lines: lines.map((line) => ({ reason: "too small", ...line })), ...more });
  const made = (await call("requestReturn", "RequestReturnInput", input, `return { ${RETURN} }`)).return;
  if (made.kind !== "RESHIP")
    await until(
      "inbound",
      () => returnOf(made.id),
      (found) => found.inbound?.status === "EXPECTED",
    );
  return made.id as string;
}
const receive = (id: string, lines: object[], more: object = {}) =>
  call("receiveInbound", "ReceiveInboundInput", keyed({ id, lines, ...more }), "inbound { status }");

/** What an order's movements were, and what they booked on cost of goods sold: `TYPE amount`, out of stock positive. */
async function booked(orderRef: string): Promise<string[]> {
  const query = `query ($orderRef: ID!) { order(orderRef: $orderRef) { movements { type
    journal { lines { account { code } debit { amount } credit { amount } } } } } }`;
  const { order } = await ask(query, { orderRef });
  return order.movements.flatMap(({ type, journal }: { type: string; journal: Entry | null }) => {
    const sold = journal?.lines.filter(({ account }) => account.code === "5000") ?? [];
    const cost = sold.reduce((sum, { debit, credit }) => sum + Number(debit?.amount ?? 0) - Number(credit?.amount ?? 0), 0);
    return sold.length === 0 ? [] : [`${type} ${cost}`];
  });
}
interface Entry {
  lines: { account: { code: string }; debit: { amount: string } | null; credit: { amount: string } | null }[];
}

async function tamper(sql: string): Promise<void> {
  const admin = await world.db.primary.admin();
  await admin.query(sql);
  await admin.end();
}

async function parked(): Promise<unknown[]> {
  const admin = await world.db.primary.admin();
  try {
    const found = await Promise.all(LAYERS.map((layer) => admin.query(`SELECT reason FROM strata_${layer}.parked_event`)));
    return found.flatMap(([rows]) => rows as unknown[]);
  } finally {
    await admin.end();
  }
}

describe.each(["embedded", "distributed"] as const)("%s", (topology) => {
  beforeAll(async () => {
    world = await startWorld({ topology });
    for (const code of ["HAM", "MUC"])
      await call(
        "saveWarehouse",
        "SaveWarehouseInput",
        { code, name: code, currency: "EUR", address: { countryCode: "DE" } },
        "warehouse { code }",
      );
    const skus = ["ALL", "MANY", "HAND", "OLD", "NEW", "RED", "BLUE", "GONE", "LATE", "BACK", "LOST", "STOP", "DRIFT", "NEVER"];
    for (const sku of skus) await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
    await ask("{ stockPools { code } channels { code } }");
    await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM", "MUC"] }, "pool { code }");
    await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web shop", pool: "DE" }, "channel { code }");
    for (const sku of skus) await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
    for (const sku of skus.filter((one) => one !== "LATE" && one !== "NEVER")) await purchase(sku, 10);
    await ask("{ channels { code } }");
  });
  afterEach(async () => {
    expect(await driftsOf(world)).toEqual([]);
    expect(await parked()).toEqual([]);
  });
  afterAll(() => world?.close());

  test("a return with every disposition: what is restocked is for sale again, at the cost it left with", async () => {
    await bought("R-ALL", { ALL: 5 });
    await purchase("ALL", 10, "8.00"); // What lies there costs 6.00 now.
    const id = await request("R-ALL", [{ sku: "ALL", quantity: 5, lineRef: "line-ALL" }]);
    await receive(id, [
      { sku: "ALL", quantity: 2, status: "AVAILABLE" },
      { sku: "ALL", quantity: 1 },
      { sku: "ALL", quantity: 1, scrap: true },
      { sku: "ALL", quantity: 0, rejected: 1, rejectReason: "not ours" },
    ]);
    expect(await untilReturn(id, "COMPLETED")).toMatchObject({
      warehouse: { code: "HAM" },
      lines: [{ quantity: 5, received: 4, restocked: 2, quarantined: 1, scrapped: 1, rejected: 1 }],
      inbound: { id, status: "RECEIVED", lines: [{ expected: 5, received: 4, rejected: 1 }] },
    });
    // 10 - 5 + 10 + 2 restocked and one in quarantine.
    expect(
      await until(
        "stock",
        () => stockOf("ALL"),
        (item) => item.virtualStock[0].onHand === 17,
      ),
    ).toMatchObject({
      onHand: 18,
      virtualStock: [{ committed: 0, available: 17 }],
    });
    expect(await booked("R-ALL")).toEqual(["SALES_ISSUE 10", "CUSTOMER_RETURN -8"]);
    const { order } = await ask('{ order(orderRef: "R-ALL") { returns { id } fulfillments { id } } }');
    expect(order.returns).toEqual([{ id }]);
    const { orderEvents } = await ask('{ orderEvents(orderRef: "R-ALL") { nodes { kind lines { lineRef quantity } } } }');
    expect(orderEvents.nodes.slice(-2)).toEqual([
      { kind: "RETURN_REQUESTED", lines: [{ lineRef: "line-ALL", quantity: 5 }] },
      { kind: "RETURNED", lines: [{ lineRef: "line-ALL", quantity: 4 }] },
    ]);
  });

  test("several returns of one order, in parts, to different warehouses", async () => {
    await bought("R-MANY", { MANY: 6 });
    const first = await request("R-MANY", [{ sku: "MANY", quantity: 2 }]);
    const second = await request("R-MANY", [{ sku: "MANY", quantity: 3 }], { warehouse: "MUC" });
    await receive(second, [{ sku: "MANY", quantity: 1, status: "AVAILABLE" }]);
    await untilReturn(second, "RECEIVING");
    await receive(first, [{ sku: "MANY", quantity: 2, status: "AVAILABLE" }]);
    await receive(second, [], { final: true });
    await untilReturn(first, "COMPLETED");
    expect(await untilReturn(second, "COMPLETED")).toMatchObject({ lines: [{ quantity: 3, received: 1 }], warehouse: { code: "MUC" } });
    const third = await request("R-MANY", [{ sku: "MANY", quantity: 3 }]);
    await receive(third, [{ sku: "MANY", quantity: 3, status: "AVAILABLE" }]);
    await untilReturn(third, "COMPLETED");
    expect(
      await until(
        "stock",
        () => stockOf("MANY"),
        (item) => item.onHand === 10,
      ),
    ).toMatchObject({ virtualStock: [{ available: 10 }] });
    expect(await booked("R-MANY")).toEqual(["SALES_ISSUE 12", "CUSTOMER_RETURN -2", "CUSTOMER_RETURN -4", "CUSTOMER_RETURN -6"]);
  });

  test("what came back by hand is not asked back again, unless it was reversed", async () => {
    await bought("R-HAND", { HAND: 2 });
    const lines = [{ sku: "HAND", quantity: 2 }];
    const byHand = keyed({ type: "CUSTOMER_RETURN", warehouse: "HAM", orderRef: "R-HAND", lines });
    const { movement } = await call("postMovement", "PostMovementInput", byHand, "movement { id }");
    await ask("{ alerts { nodes { id } } }");
    await expect(request("R-HAND", [{ sku: "HAND", quantity: 1 }])).rejects.toThrow("2 left, 2 came back or are on their way back");
    await call("reverseMovement", "ReverseMovementInput", keyed({ movementId: movement.id, reason: "not theirs" }), "movement { id }");
    await ask("{ alerts { nodes { id } } }");
    const id = await request("R-HAND", [{ sku: "HAND", quantity: 2 }]);
    await receive(id, lines);
    await untilReturn(id, "COMPLETED");
  });

  test("an exchange on receipt: the replacement is committed when the goods are in, and leaves as an exchange", async () => {
    await bought("X-REC", { OLD: 2 });
    const id = await request("X-REC", [{ sku: "OLD", quantity: 2, exchangeFor: "NEW" }], { kind: "EXCHANGE" });
    expect((await stockOf("NEW")).virtualStock[0].committed).toBe(0);
    await receive(id, [{ sku: "OLD", quantity: 2, status: "AVAILABLE" }]);
    const done = await untilReturn(id, "COMPLETED");
    expect(done.replacement).toMatchObject({ status: "ALLOCATED", order: { orderRef: "X-REC" } });
    await shipOpen("X-REC");
    const { replacement } = await until(
      "replacement",
      () => returnOf(id),
      (found) => found.replacement.status === "SHIPPED",
    );
    expect(replacement.allocations).toMatchObject([{ shipment: { kind: "EXCHANGE", status: "SHIPPED" } }]);
    expect(await booked("X-REC")).toEqual(["SALES_ISSUE 4", "EXCHANGE_IN -4", "EXCHANGE_OUT 4"]);
    expect(
      await until(
        "stock",
        () => stockOf("NEW"),
        (item) => item.virtualStock[0].onHand === 8,
      ),
    ).toMatchObject({
      onHand: 8,
      virtualStock: [{ committed: 0, available: 8 }],
    });
    expect(
      await until(
        "stock",
        () => stockOf("OLD"),
        (item) => item.virtualStock[0].onHand === 10,
      ),
    ).toMatchObject({ onHand: 10 });
    // What was sent in exchange comes back like anything else.
    const again = await request("X-REC", [{ sku: "NEW", quantity: 2 }]);
    await receive(again, [{ sku: "NEW", quantity: 2 }]);
    await untilReturn(again, "COMPLETED");
    expect((await booked("X-REC")).at(-1)).toBe("CUSTOMER_RETURN -4");
  });

  test("an exchange at once: both go on beside each other", async () => {
    await bought("X-NOW", { RED: 1 });
    const id = await request("X-NOW", [{ sku: "RED", quantity: 1, exchangeFor: "BLUE" }], {
      kind: "EXCHANGE",
      replacementShips: "AT_ONCE",
    });
    await shipOpen("X-NOW");
    expect(
      await until(
        "replacement",
        () => returnOf(id),
        (found) => found.replacement?.status === "SHIPPED",
      ),
    ).toMatchObject({ status: "APPROVED" });
    await receive(id, [{ sku: "RED", quantity: 1 }]);
    await untilReturn(id, "COMPLETED");
    expect(await booked("X-NOW")).toEqual(["SALES_ISSUE 2", "EXCHANGE_OUT 2", "EXCHANGE_IN -2"]);
  });

  test("without stock the exchange waits for its replacement, and has it when there is some", async () => {
    await bought("X-LATE", { GONE: 1 });
    const id = await request("X-LATE", [{ sku: "GONE", quantity: 1, exchangeFor: "LATE" }], {
      kind: "EXCHANGE",
      replacementShips: "AT_ONCE",
    });
    expect(await untilReturn(id, "WAITING_FOR_REPLACEMENT")).toMatchObject({ replacement: null });
    await purchase("LATE", 1);
    expect((await untilReturn(id, "APPROVED")).replacement).toMatchObject({ status: "ALLOCATED" });
    await shipOpen("X-LATE");
    await receive(id, [{ sku: "GONE", quantity: 1 }]);
    await untilReturn(id, "COMPLETED");
    // Another one is given up: what came back stays.
    await bought("X-NONE", { GONE: 1 });
    const given = await request("X-NONE", [{ sku: "GONE", quantity: 1, exchangeFor: "LATE" }], { kind: "EXCHANGE" });
    await receive(given, [{ sku: "GONE", quantity: 1 }]);
    await untilReturn(given, "WAITING_FOR_REPLACEMENT");
    await call("cancelReturn", "ReturnActionInput", keyed({ id: given, reason: "refunded" }), "return { status }");
    expect(await untilReturn(given, "COMPLETED")).toMatchObject({ replacement: null });
    await purchase("LATE", 1);
    expect(
      await until(
        "stock",
        () => stockOf("LATE"),
        (item) => item.virtualStock[0].onHand === 1,
      ),
    ).toMatchObject({ virtualStock: [{ committed: 0 }] });
  });

  test("a refused parcel opens its own return; a lost one is sent again", async () => {
    const parcels = [{ lines: [{ sku: "BACK", quantity: 2 }] }, { lines: [{ sku: "LOST", quantity: 3 }] }];
    const shipment = await bought("U-1", { BACK: 2, LOST: 3 }, parcels);
    const { outboundShipment } = await ask("query ($id: ID!) { outboundShipment(id: $id) { parcels { id lines { item { sku } } } } }", {
      id: shipment,
    });
    for (const parcel of outboundShipment.parcels) {
      const outcome = parcel.lines[0].item.sku === "BACK" ? "REFUSED" : "LOST";
      await act("reportDelivery", shipment, { parcelId: parcel.id, outcome }, "ReportDeliveryInput");
    }
    const { returns } = await until(
      "U-1",
      () => orderOf("U-1"),
      (order) => order.returns.length === 1 && order.returns[0].inbound?.status === "EXPECTED",
    );
    expect(returns).toMatchObject([
      { kind: "UNDELIVERED", status: "APPROVED", warehouse: { code: "HAM" }, lines: [{ item: { sku: "BACK" }, quantity: 2 }] },
    ]);
    await receive(returns[0].id, [{ sku: "BACK", quantity: 2, status: "AVAILABLE" }]);
    await untilReturn(returns[0].id, "COMPLETED");
    const again = await request("U-1", [{ sku: "LOST", quantity: 3 }], { kind: "RESHIP" });
    await untilReturn(again, "COMPLETED");
    await shipOpen("U-1");
    await until(
      "reship",
      () => returnOf(again),
      (found) => found.replacement.status === "SHIPPED",
    );
    expect(await booked("U-1")).toEqual(["SALES_ISSUE 10", "CUSTOMER_RETURN -4", "EXCHANGE_OUT 6"]);
    expect(
      await until(
        "stock",
        () => stockOf("LOST"),
        (item) => item.virtualStock[0].onHand === 4,
      ),
    ).toMatchObject({ onHand: 4 });
    expect(await stockOf("BACK")).toMatchObject({ onHand: 10, virtualStock: [{ available: 10 }] });
  });

  test("cancelled before anything came; a cancelled replacement gives its units back", async () => {
    await bought("C-1", { STOP: 2 });
    const id = await request("C-1", [{ sku: "STOP", quantity: 1 }], { kind: "EXCHANGE", replacementShips: "AT_ONCE" });
    const found = await until(
      "replacement",
      () => returnOf(id),
      (one) => one.replacement !== null,
    );
    const { fulfillmentOrder } = await ask("query ($id: ID!) { fulfillmentOrder(id: $id) { reservation { id } } }", {
      id: found.replacement.id,
    });
    const release = keyed({ reservationId: fulfillmentOrder.reservation.id, reason: "keeps it" });
    await call("releaseReservation", "ReleaseReservationInput", release, "reservation { status }");
    await call("cancelReturn", "ReturnActionInput", keyed({ id, reason: "keeps it" }), "return { status }");
    await untilReturn(id, "COMPLETED");
    const cancelled = await until(
      "C-1",
      () => returnOf(id),
      (one) => one.replacement.status === "CANCELLED",
    );
    expect(cancelled.inbound.status).toBe("CANCELLED");
    expect(
      await until(
        "stock",
        () => stockOf("STOP"),
        (item) => item.virtualStock[0].committed === 0,
      ),
    ).toMatchObject({ onHand: 8 });
    const plain = await request("C-1", [{ sku: "STOP", quantity: 2 }]);
    await call("cancelReturn", "ReturnActionInput", keyed({ id: plain }), "return { status }");
    expect((await untilReturn(plain, "CANCELLED")).inbound.status).toBe("CANCELLED");
  });

  test("reconcile finds a return that another layer does not know, and more that came back than left", async () => {
    await bought("D-1", { DRIFT: 2 });
    const exchange = { kind: "EXCHANGE", replacementShips: "AT_ONCE" };
    const id = await request("D-1", [{ sku: "DRIFT", quantity: 1, exchangeFor: "NEVER" }], exchange);
    await untilReturn(id, "WAITING_FOR_REPLACEMENT");
    const done = await request("D-1", [{ sku: "DRIFT", quantity: 1 }]);
    await receive(done, [{ sku: "DRIFT", quantity: 1 }]);
    await untilReturn(done, "COMPLETED");
    const turn = async (sold: string, expected: number, came: number) => {
      await tamper(`UPDATE strata_sales.replacement SET status = '${sold}' WHERE return_id = '${id}'`);
      await tamper(`UPDATE strata_warehouse.inbound_line SET expected = ${expected}, most = ${expected} WHERE inbound_id = '${id}'`);
      await tamper(`UPDATE strata_dispatch.return_line SET quantity = 5, restocked = ${came} WHERE return_id = '${done}'`);
    };
    await turn("WITHDRAWN", 2, 3);
    const found = (await driftsOf(world)).map(({ invariant, layer, subject, message }) => [invariant, layer, subject, message]);
    expect(found).toEqual(
      expect.arrayContaining([
        [1, "dispatch", "return_line D-1 DRIFT", "4 came back, 2 left"],
        [7, "dispatch", `return_order ["${id}","DRIFT"]`, "1 units are to come back, the warehouse expects 2"],
        [7, "dispatch", `return_order ${id}`, "its replacement is not known in sales"],
      ]),
    );
    await turn("WAITING", 1, 0);
  });
});
