import { driftsOf } from "../support/books";
import { startWorld, type Answer, type World } from "../support/world";

const SETTLED = { headers: { "x-strata-settle": "true" } };

/** The whole way of an order, asked in one query. */
const EVERYTHING = `query ($orderRef: ID!) { order(orderRef: $orderRef) {
  orderRef
  reservations { status channel { code name } lines { item { sku name } quantity fulfilled } }
  fulfillments { status lines { item { sku } quantity allocated shipped backordered }
    decision { strategy shipments unfilled candidates { warehouse { code name } rank distanceKm takenUnits excludedBecause } }
    allocations { status warehouse { code } shipment { id status } lines { item { sku } quantity shipped } } }
  shipments { id status warehouse { code } parcels { trackingNumber lines { item { sku } quantity } } }
  movements { type lines { item { sku } location { code } quantity value { amount currency } balanceAfter } journal { lines { account { code } debit { amount } credit { amount } } } }
  process { state history { event from to actor } } } }`;

const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { name onHand virtualStock { onHand held committed available } positions { warehouse { code } onHand allocated free } } }`;

describe.each(["embedded", "distributed"] as const)("the order story, %s", (topology) => {
  let world: World;
  const keys = { shop: "", floor: "" };
  let n = 0;

  const must = async (query: string, variables?: object, as?: { key?: string; headers?: Record<string, string> }) => {
    const { body } = await world.gql(query, variables as Record<string, unknown>, as);
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    for (const payload of Object.values(body.data ?? {}) as ({ userErrors?: unknown[] } | null)[]) {
      if (payload?.userErrors?.length) throw new Error(JSON.stringify(payload.userErrors));
    }
    return body.data;
  };
  /** As a client does it: what says when to ask again is asked again. */
  const call = async (mutation: string, type: string, input: object, fields: string, key?: string) => {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message retryAfterMs } } }`;
    for (const end = Date.now() + 10_000; ;) {
      const { body } = await world.gql(query, { input }, { key });
      const [refused] = body.data?.[mutation]?.userErrors ?? [];
      if (body.data?.[mutation] && !refused) return body.data[mutation];
      if (!refused?.retryAfterMs || Date.now() > end) throw new Error(JSON.stringify(body));
      await new Promise((resolve) => setTimeout(resolve, refused.retryAfterMs as number));
    }
  };
  const keyed = (input: object) => ({ idempotencyKey: `${topology}-${++n}`, ...input });
  const receive = async (warehouse: string, sku: string, quantity: number, unitCost: string) => {
    await call(
      "postMovement",
      "PostMovementInput",
      keyed({ type: "PURCHASE_RECEIPT", warehouse, lines: [{ sku, quantity, unitCost }] }),
      "movement { id }",
    );
    await must(STOCK, { sku }, SETTLED);
  };
  const order = async (orderRef: string, key = keys.shop) => (await must(EVERYTHING, { orderRef }, { ...SETTLED, key })).order;

  beforeAll(async () => {
    world = await startWorld({ topology, replica: true });
    keys.shop = world.keyOf("order-system");
    keys.floor = world.keyOf("warehouse-operator");
    const places: [string, string, number, number][] = [
      ["HAM", "Hamburg", 53.55, 9.99],
      ["MUC", "Munich", 48.14, 11.58],
    ];
    for (const [code, city, latitude, longitude] of places) {
      const address = { city, countryCode: "DE", latitude, longitude };
      await call("saveWarehouse", "SaveWarehouseInput", { code, name: city, currency: "EUR", address }, "warehouse { code }");
    }
    for (const sku of ["LAMP", "BULB"])
      await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: `The ${sku}` }, "item { sku }");
    await must("{ stockPools { code } channels { code } }", {}, SETTLED);
    await call(
      "saveStockPool",
      "SaveStockPoolInput",
      { code: "DE", name: "Germany", warehouses: ["HAM", "MUC"] },
      "pool { warehouses { code } }",
    );
    await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web shop", pool: "DE" }, "channel { code }");
    for (const sku of ["LAMP", "BULB"])
      await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
    await must("{ stockPositions { nodes { onHand } } }", {}, SETTLED);
    const nodes = [
      { warehouse: "HAM", priority: 2 },
      { warehouse: "MUC", priority: 1 },
    ];
    await call(
      "saveSourcingRule",
      "SaveSourcingRuleInput",
      { channel: "web", strategy: "NEAREST", allowSplit: true, warehouses: nodes },
      "rule { strategy }",
    );
    await receive("HAM", "LAMP", 10, "4.00");
    await receive("MUC", "LAMP", 10, "5.00");
    await receive("MUC", "BULB", 20, "0.50");
  });
  afterAll(() => world.close());

  async function buy(orderRef: string, lines: object[]): Promise<string> {
    const { reservation } = await call(
      "reserveStock",
      "ReserveStockInput",
      keyed({ orderRef, channel: "web", lines }),
      "reservation { id status }",
      keys.shop,
    );
    expect(reservation.status).toBe("HELD");
    return reservation.id;
  }
  const pay = (reservationId: string, shipTo: object) =>
    call("confirmReservation", "ConfirmReservationInput", keyed({ reservationId, shipTo }), "reservation { status }", keys.shop);

  /** The whole floor in one request: each step answers with the state it has made. */
  async function ship(id: string, lines: { item: { sku: string }; quantity: number }[]): Promise<void> {
    const picks = lines.map(({ item, quantity }) => ({ sku: item.sku, quantity }));
    const steps = await must(
      `mutation ($start: ShipmentActionInput!, $pick: RecordPickInput!, $pack: ShipmentActionInput!, $ship: ShipShipmentInput!) {
        startPicking(input: $start) { outbound { status } userErrors { message } } recordPick(input: $pick) { outbound { status } userErrors { message } }
        packShipment(input: $pack) { outbound { status } userErrors { message } } shipShipment(input: $ship) { outbound { status } userErrors { message } } }`,
      {
        start: keyed({ id }),
        pick: keyed({ id, picks }),
        pack: keyed({ id }),
        ship: keyed({ id, carrier: "DHL", trackingNumber: `T-${id.slice(-4)}` }),
      },
      { key: keys.floor },
    );
    const states = Object.values(steps as Record<string, { outbound: { status: string } }>).map(({ outbound }) => outbound.status);
    expect(states).toEqual(["PICKING", "PICKED", "PACKED", "SHIPPED"]);
  }

  test("one order: held, paid, sourced nearest, picked, packed, shipped, delivered, and followed in one query", async () => {
    await pay(
      await buy("O-1", [
        { sku: "LAMP", quantity: 3 },
        { sku: "BULB", quantity: 2 },
      ]),
      { city: "Hamburg", countryCode: "DE", latitude: 53.5, longitude: 10 },
    );
    const sourced = await order("O-1", world.adminKey);
    expect(sourced.reservations).toMatchObject([{ status: "CONFIRMED", channel: { name: "Web shop" } }]);
    // Munich has both items, Hamburg the lamps only: one shipment from Munich is less surprise than two.
    const [fulfillment] = sourced.fulfillments;
    expect(fulfillment.status).toBe("ALLOCATED");
    expect(fulfillment.decision).toMatchObject({ strategy: "NEAREST", unfilled: 0 });
    expect(
      fulfillment.decision.candidates.map((candidate: { warehouse: { code: string }; rank: number }) => [
        candidate.warehouse.code,
        candidate.rank,
      ]),
    ).toEqual([
      ["HAM", 1],
      ["MUC", 2],
    ]);
    for (const { shipment, lines } of fulfillment.allocations) await ship(shipment.id, lines);
    const shipped = await order("O-1", world.adminKey);
    expect(shipped.fulfillments[0].status).toBe("SHIPPED");
    expect(shipped.reservations).toMatchObject([
      {
        status: "FULFILLED",
        lines: [
          { quantity: 3, fulfilled: 3 },
          { quantity: 2, fulfilled: 2 },
        ],
      },
    ]);
    for (const { id } of shipped.shipments)
      await call("reportDelivery", "ReportDeliveryInput", keyed({ id, outcome: "DELIVERED" }), "outbound { status }", keys.floor);
    const done = await order("O-1", world.adminKey);
    expect(done.fulfillments[0].status).toBe("DELIVERED");
    expect(done.process.state).toBe("DELIVERED");
    expect(done.process.history.map(({ to }: { to: string }) => to)).toEqual(
      expect.arrayContaining(["ALLOCATED", "PICKING", "PICKED", "PACKED", "SHIPPED", "DELIVERED"]),
    );
    const issues = done.movements.filter(({ type }: { type: string }) => type === "SALES_ISSUE");
    for (const { journal, lines } of issues) {
      const total = (side: string) =>
        journal.lines.reduce((sum: number, line: Record<string, { amount: string } | null>) => sum + Number(line[side]?.amount ?? 0), 0);
      expect(total("debit")).toBe(total("credit"));
      expect(
        lines.every(
          ({ location, quantity }: { location: { code: string }; quantity: number }) => location.code === "PACKING" && quantity < 0,
        ),
      ).toBe(true);
    }
    expect((await must(STOCK, { sku: "LAMP" }, SETTLED)).inventoryItem).toMatchObject({
      name: "The LAMP",
      onHand: 17,
      virtualStock: [{ onHand: 17, held: 0, committed: 0, available: 17 }],
    });
  });

  test("what is paid and gone is backordered, and allocated when stock arrives", async () => {
    const held = await buy("O-2", [{ sku: "BULB", quantity: 18 }]);
    await call(
      "postMovement",
      "PostMovementInput",
      keyed({ type: "MISC_ISSUE", warehouse: "MUC", lines: [{ sku: "BULB", quantity: 18 }], reason: "water damage" }),
      "movement { id }",
    );
    await must("{ stockPositions { nodes { onHand } } }", {}, SETTLED);
    await pay(held, { countryCode: "DE" });
    const waiting = await order("O-2", world.adminKey);
    expect(waiting.fulfillments).toMatchObject([
      { status: "BACKORDERED", lines: [{ quantity: 18, backordered: 18, allocated: 0 }], allocations: [] },
    ]);
    await receive("HAM", "BULB", 30, "0.60");
    const filled = await order("O-2", world.adminKey);
    expect(filled.fulfillments).toMatchObject([
      { status: "ALLOCATED", lines: [{ backordered: 0, allocated: 18 }], allocations: [{ warehouse: { code: "HAM" } }] },
    ]);
    expect(filled.shipments).toMatchObject([{ status: "RELEASED", warehouse: { code: "HAM" } }]);
  });

  test("an order system sees its own orders and no costs; another client sees none of them", async () => {
    const own: Answer = await world.gql(EVERYTHING, { orderRef: "O-1" }, { key: keys.shop });
    expect(own.body.data.order.reservations).toHaveLength(1);
    expect(JSON.stringify(own.body.data)).not.toContain('"amount"');
    expect(own.body.errors!.every(({ extensions }) => extensions.code === "FORBIDDEN")).toBe(true);
    const other = await world.gql(
      '{ order(orderRef: "O-1") { orderRef } fulfillmentOrders(orderRef: "O-1") { nodes { id } } }',
      {},
      { key: world.keyOf("order-system", "other-order-system") },
    );
    expect(other.body.data).toMatchObject({ order: null, fulfillmentOrders: { nodes: [] } });
  });

  test("reconciliation finds nothing", async () => expect(await driftsOf(world)).toEqual([]));
});
