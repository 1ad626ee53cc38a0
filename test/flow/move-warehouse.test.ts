import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** A warehouse changes its pool while both pools' channels sell: the whole world, from the floor to the buyer. */
let world: World;
let n = 0;

/* eslint-disable @typescript-eslint/no-explicit-any */
const SETTLED = { headers: { "x-strata-settle": "true" } };
const must = async (query: string, variables: object = {}, as = {}): Promise<any> => {
  const { body } = await world.gql(query, variables as Record<string, unknown>, as);
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const ask = async (mutation: string, type: string, input: object, fields: string, key?: string): Promise<any> =>
  (
    await must(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message retryAfterMs } } }`,
      { input },
      { key },
    )
  )[mutation];
const done = async (...args: Parameters<typeof ask>): Promise<any> => {
  const payload = await ask(...args);
  expect(payload.userErrors).toEqual([]);
  return payload;
};
const settle = () => must("{ stockPositions(first: 1) { nodes { onHand } } channels { code } }", {}, SETTLED);
const move = (warehouse: string, toPool: string, idempotencyKey = `move-${++n}`) =>
  ask("moveWarehouse", "MoveWarehouseInput", { idempotencyKey, warehouse, toPool }, "pool { code warehouses { code } }");
const code = (payload: any) => payload.userErrors[0]?.code;
/** As a client does it: what is not decided within two seconds is asked again with the same key. */
const outcomeOfMove = async (warehouse: string, toPool: string): Promise<string> => {
  const key = `move-${++n}`;
  for (const end = Date.now() + 20_000; ;) {
    const found = code(await move(warehouse, toPool, key)) ?? "DONE";
    if (found !== "IN_PROGRESS" || Date.now() > end) return found;
  }
};
const receive = async (warehouse: string, sku: string, quantity: number) => {
  const lines = [{ sku, quantity, unitCost: "1.00" }];
  await done(
    "postMovement",
    "PostMovementInput",
    { idempotencyKey: `in-${++n}`, type: "PURCHASE_RECEIPT", warehouse, lines },
    "movement { id }",
  );
};
const reserve = (channel: string, sku: string, quantity: number) =>
  ask(
    "reserveStock",
    "ReserveStockInput",
    { idempotencyKey: `k-${++n}`, orderRef: `o-${n}`, channel, lines: [{ sku, quantity }] },
    "reservation { id }",
  );
const shipTo = { city: "Hamburg", countryCode: "DE", latitude: 53.5, longitude: 10 };
const confirm = (reservationId: string) =>
  done("confirmReservation", "ConfirmReservationInput", { idempotencyKey: `c-${++n}`, reservationId, shipTo }, "reservation { status }");

/** What each channel can sell. */
const sellable = async (sku: string): Promise<[number, number]> => {
  const { inventoryItem } = await must(
    "query ($sku: ID!) { inventoryItem(sku: $sku) { virtualStock { pool { code } available } } }",
    { sku },
    SETTLED,
  );
  const of = (pool: string) => inventoryItem.virtualStock.find((row: any) => row.pool.code === pool)?.available ?? 0;
  return [of("EU"), of("OUT")];
};

async function ship(orderRef: string): Promise<void> {
  const { order } = await must(
    "query ($ref: ID!) { order(orderRef: $ref) { fulfillments { allocations { warehouse { code } shipment { id } lines { item { sku } quantity } } } } }",
    { ref: orderRef },
    SETTLED,
  );
  for (const { shipment, lines } of order.fulfillments[0].allocations) {
    const { id } = shipment;
    const picks = lines.map(({ item, quantity }: any) => ({ sku: item.sku, quantity }));
    await done("startPicking", "ShipmentActionInput", { idempotencyKey: `f-${++n}`, id }, "outbound { status }");
    await done("recordPick", "RecordPickInput", { idempotencyKey: `f-${++n}`, id, picks }, "outbound { status }");
    await done("packShipment", "ShipmentActionInput", { idempotencyKey: `f-${++n}`, id }, "outbound { status }");
    await done(
      "shipShipment",
      "ShipShipmentInput",
      { idempotencyKey: `f-${++n}`, id, carrier: "DHL", trackingNumber: `T${n}` },
      "outbound { status }",
    );
  }
}

const SKUS = ["PLAIN", "OPEN", "RUSH"];
beforeAll(async () => {
  world = await startWorld();
  // The order of the letters is that of the distance from the buyers: HAM would be asked first.
  const places: [string, number, number][] = [
    ["HAM", 53.55, 9.99],
    ["MUC", 48.14, 11.58],
    ["WIE", 48.21, 16.37],
  ];
  for (const [name, latitude, longitude] of places)
    await done(
      "saveWarehouse",
      "SaveWarehouseInput",
      { code: name, name, currency: "EUR", address: { countryCode: "DE", latitude, longitude } },
      "warehouse { code }",
    );
  for (const sku of SKUS) await done("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
  await settle();
  await done("saveStockPool", "SaveStockPoolInput", { code: "EU", name: "EU", warehouses: ["HAM", "MUC"] }, "pool { code }");
  await done("saveStockPool", "SaveStockPoolInput", { code: "OUT", name: "Outlet", warehouses: ["WIE"] }, "pool { code }");
  await done("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "EU" }, "channel { code }");
  await done("saveChannel", "SaveChannelInput", { code: "outlet", name: "Outlet", pool: "OUT" }, "channel { code }");
  for (const sku of SKUS)
    for (const channel of ["web", "outlet"])
      await done("saveListing", "SaveListingInput", { channel, sku, status: "LISTED" }, "listing { status }");
  for (const sku of SKUS) for (const [warehouse] of places) await receive(warehouse, sku, 10);
  await settle();
});
afterEach(async () => expect(await driftsOf(world)).toEqual([]));
afterAll(() => world?.close());

test("its stock leaves the one pool and comes to the other, and orders follow it", async () => {
  expect(await sellable("PLAIN")).toEqual([20, 10]);
  const moved = await move("HAM", "OUT", "first");
  expect(moved).toEqual({ pool: { code: "OUT", warehouses: [{ code: "HAM" }, { code: "WIE" }] }, userErrors: [] });
  expect(await sellable("PLAIN")).toEqual([10, 20]);
  expect(await move("HAM", "OUT", "first")).toEqual(moved);
  expect(code(await move("HAM", "EU", "first"))).toBe("IDEMPOTENCY_KEY_REUSED");
  await receive("HAM", "PLAIN", 2);
  expect(await sellable("PLAIN")).toEqual([10, 22]);
  const { reservation } = await reserve("outlet", "PLAIN", 3);
  await confirm(reservation.id);
  await settle();
  const { data } = (await world.gql('{ stockPositions(warehouse: "HAM", skus: ["PLAIN"]) { nodes { allocated } } }', {}, SETTLED)).body;
  expect(data.stockPositions.nodes).toEqual([{ allocated: 3 }]);
});

test("the pool that needs its units keeps it; an order allocated there keeps it until it has shipped", async () => {
  const big = (await reserve("outlet", "OPEN", 11)).reservation;
  expect((await move("HAM", "EU")).userErrors).toMatchObject([{ code: "INSUFFICIENT_STOCK" }]);
  await done(
    "releaseReservation",
    "ReleaseReservationInput",
    { idempotencyKey: `r-${++n}`, reservationId: big.id, reason: "test" },
    "reservation { id }",
  );
  // Three of PLAIN are allocated in Hamburg since the first test.
  const [refused] = (await move("HAM", "EU", "refused")).userErrors;
  expect(refused).toMatchObject({ code: "INVALID_STATE", message: expect.stringContaining("3 units are allocated") });
  expect(await sellable("OPEN")).toEqual([10, 20]);
  expect(await sellable("PLAIN")).toEqual([10, 19]);
  const { fulfillmentOrders } = await must("{ fulfillmentOrders { nodes { order { orderRef } } } }", {}, SETTLED);
  for (const { order } of fulfillmentOrders.nodes) await ship(order.orderRef);
  await settle();
  expect(code(await move("HAM", "EU", "refused"))).toBe("INVALID_STATE");
  expect((await move("HAM", "EU")).pool.code).toBe("EU");
  expect(await sellable("PLAIN")).toEqual([19, 10]);
});

test("buyers of both channels while it goes to and fro: never more granted than there is, and each unit is sold once", async () => {
  const units = 30;
  let granted = 0;
  let moving = true;
  const outcomes: string[] = [];
  const buy = async (channel: string) => {
    while (moving) {
      const { reservation, userErrors } = await reserve(channel, "RUSH", 1);
      if (!reservation) {
        expect(userErrors[0].code).toBe("INSUFFICIENT_STOCK");
        continue;
      }
      granted += 1;
      // Some pay, and dispatch allocates while the warehouse wants to leave; the others leave it to the next.
      if (granted % 5 === 0) await confirm(reservation.id);
      else {
        await done(
          "releaseReservation",
          "ReleaseReservationInput",
          { idempotencyKey: `r-${++n}`, reservationId: reservation.id, reason: "test" },
          "reservation { id }",
        );
        granted -= 1;
      }
    }
  };
  const buyers = ["web", "web", "web", "outlet", "outlet", "outlet"].map(buy);
  for (let i = 0; i < 12; i++) outcomes.push(await outcomeOfMove("HAM", i % 2 === 0 ? "OUT" : "EU"));
  moving = false;
  await Promise.all(buyers);
  await settle();
  // Nobody buys any more: what is left is sold to the last unit, and no further.
  for (const channel of ["web", "outlet"])
    for (let left = 1; left > 0;) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => reserve(channel, "RUSH", 1)));
      left = answers.filter(({ reservation }) => reservation).length;
      granted += left;
    }
  expect(granted).toBe(units);
  expect(await sellable("RUSH")).toEqual([0, 0]);
  expect(outcomes.filter((outcome) => !["DONE", "INSUFFICIENT_STOCK", "INVALID_STATE", "INVALID_INPUT"].includes(outcome))).toEqual([]);
});

test("a caller needs stock:control", async () => {
  const { body } = await world.gql(
    'mutation { moveWarehouse(input: {idempotencyKey: "x", warehouse: "HAM", toPool: "EU"}) { userErrors { code } } }',
    {},
    { key: world.keyOf("storefront") },
  );
  expect(body.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
});
