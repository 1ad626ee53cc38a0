import { keysPath, makeKey, readKeys } from "../../gateway/clients";
import { writePrivately } from "../../gateway/private-file";
import type { World } from "./world";

/** What a merchant has: its keys, and the ids of what its system made. Everything that has a name begins with the merchant's. */
export interface Goods {
  merchant: string;
  key: string;
  units: number;
  ids: Record<
    | "held"
    | "confirmed"
    | "fulfillment"
    | "shipment"
    | "shipped"
    | "movement"
    | "inbound"
    | "transfer"
    | "count"
    | "schedule"
    | "batch"
    | "webhook"
    | "returned",
    string
  >;
}

let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `two-merchants-${++n}`, ...input });

/** A key of one client with every scope, bound to a merchant, at work. */
export async function boundKey(world: World, merchant: string): Promise<string> {
  const { key, record } = makeKey("house", ["admin"], { merchant });
  writePrivately(keysPath(world.dataDir), [...readKeys(keysPath(world.dataDir)), record]);
  while ((await world.gql("{ __typename }", {}, { key })).status !== 200);
  return key;
}

class Shop {
  constructor(
    private readonly world: World,
    private readonly key: string,
  ) {}

  async ask(query: string, variables: Record<string, unknown> = {}) {
    const { body } = await this.world.gql(query, variables, { key: this.key, headers: { "x-strata-settle": "true" } });
    if (body.errors) throw new Error(`${query}: ${JSON.stringify(body.errors)}`);
    return body.data;
  }

  /** Does something, once what it needs is known. */
  async call(mutation: string, type: string, input: object, fields: string) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
    for (const end = Date.now() + 10_000; ;) {
      const payload = (await this.ask(query, { input }))[mutation];
      if (payload.userErrors.length === 0) return payload;
      if (!payload.userErrors[0].retryAfterMs || Date.now() > end) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`);
    }
  }

  async until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 20_000; ;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error("it does not get there");
    }
  }
}

/** Two warehouses, a pool and a channel that both merchants use. */
export async function makeHouse(world: World): Promise<void> {
  const admin = new Shop(world, world.adminKey);
  for (const code of ["T1", "T2"])
    await admin.call(
      "saveWarehouse",
      "SaveWarehouseInput",
      { code, name: code, currency: "EUR", address: { countryCode: "DE" } },
      "warehouse { code }",
    );
  await admin.ask("{ channels { code } }");
  await admin.call("saveStockPool", "SaveStockPoolInput", { code: "P", name: "P", warehouses: ["T1", "T2"] }, "pool { code }");
  await admin.call("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "P" }, "channel { code }");
}

/** A merchant and its goods, orders and papers, all made with a key that is bound to it. */
export async function makeGoods(world: World, merchant: string, units: number, unitCost: string, gtin: string): Promise<Goods> {
  const admin = new Shop(world, world.adminKey);
  await admin.call("saveMerchant", "SaveMerchantInput", { code: merchant, name: `${merchant} Ltd` }, "merchant { code }");
  const key = await boundKey(world, merchant);
  const own = new Shop(world, key);
  const [sku, lot, serial] = ["A", "L", "S"].map((name) => `${merchant}-${name}`);
  const item = (more: object) => own.call("saveInventoryItem", "SaveInventoryItemInput", { merchant, ...more }, "item { sku }");
  await item({ sku, name: `${merchant} ware`, units: [{ code: "BOX", factor: 6 }], barcodes: [{ gtin, unit: "BOX" }] });
  await item({ sku: lot, name: `${merchant} lot ware`, tracking: "LOT" });
  await item({ sku: serial, name: `${merchant} serial ware`, tracking: "SERIAL" });
  const post = async (line: object) =>
    (
      await own.call(
        "postMovement",
        "PostMovementInput",
        keyed({ type: "PURCHASE_RECEIPT", warehouse: "T1", document: { type: "PURCHASE_ORDER", number: `${merchant}-PO` }, lines: [line] }),
        "movement { id }",
      )
    ).movement.id as string;
  const movement = await post({ sku, quantity: units, unitCost });
  await post({ sku: lot, quantity: 3, unitCost, lot: `${merchant}-LOT` });
  await post({ sku: serial, quantity: 1, unitCost, serials: [`${merchant}-SERIAL`] });
  await own.call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
  return { merchant, key, units, ids: { movement, ...(await makeOrders(own, merchant, sku)), ...(await makePapers(own, merchant, sku)) } };
}

async function makeOrders(own: Shop, merchant: string, sku: string) {
  const reserve = async (orderRef: string) =>
    (
      await own.call(
        "reserveStock",
        "ReserveStockInput",
        keyed({ orderRef, channel: "web", lines: [{ sku, quantity: 1 }] }),
        "reservation { id }",
      )
    ).reservation.id as string;
  const buy = async (orderRef: string) => {
    const reservationId = await reserve(orderRef);
    const paid = keyed({ reservationId, shipTo: { countryCode: "DE" } });
    await own.call("confirmReservation", "ConfirmReservationInput", paid, "reservation { id }");
    const query = `query ($orderRef: ID!) { order(orderRef: $orderRef) { fulfillments { id } shipments { id status } } }`;
    const found = await own.until(async () => {
      const { order } = await own.ask(query, { orderRef });
      return order?.shipments?.[0]?.status === "RELEASED" ? order : undefined;
    });
    return { reservationId, fulfillment: found.fulfillments[0].id as string, shipment: found.shipments[0].id as string };
  };
  const gone = await buy(`${merchant}-O1`);
  const floor = (mutation: string, more: object = {}, type = "ShipmentActionInput") =>
    own.call(mutation, type, keyed({ id: gone.shipment, ...more }), "outbound { id }");
  await floor("startPicking");
  await floor("recordPick", { picks: [{ sku, quantity: 1 }] }, "RecordPickInput");
  await floor("packShipment");
  await floor("shipShipment", {}, "ShipShipmentInput");
  const asked = keyed({ orderRef: `${merchant}-O1`, kind: "RETURN", lines: [{ sku, quantity: 1, reason: "too small" }] });
  await own.until(async () => {
    const { order } = await own.ask(`{ order(orderRef: "${merchant}-O1") { fulfillments { status } } }`);
    return order.fulfillments[0].status === "SHIPPED" || undefined;
  });
  const returned = (await own.call("requestReturn", "RequestReturnInput", asked, "return { id }")).return.id as string;
  const open = await buy(`${merchant}-O2`);
  const held = await reserve(`${merchant}-O3`);
  return { held, confirmed: open.reservationId, fulfillment: open.fulfillment, shipment: open.shipment, shipped: gone.shipment, returned };
}

async function makePapers(own: Shop, merchant: string, sku: string) {
  const lines = [{ sku, quantity: 1 }];
  const make = async (mutation: string, type: string, input: object, of: string) =>
    (await own.call(mutation, type, keyed(input), `${of} { id }`))[of].id as string;
  const document = { type: "PURCHASE_ORDER", number: `${merchant}-IN` };
  const row = keyed({ type: "MISC_RECEIPT", warehouse: "T1", reason: "found", lines: [{ sku, quantity: 1, unitCost: "1" }] });
  const batch = { source: `${merchant}-ERP`, batchRef: `${merchant}-1`, rows: [row] };
  return {
    inbound: await make("createInbound", "CreateInboundInput", { kind: "PURCHASE", document, warehouse: "T1", lines }, "inbound"),
    transfer: await make("createTransfer", "CreateTransferInput", { from: "T1", to: "T2", lines }, "transfer"),
    count: await make("createCount", "CreateCountInput", { warehouse: "T2", skus: [sku] }, "count"),
    schedule: await make("saveCountSchedule", "SaveCountScheduleInput", { warehouse: "T2", everyDays: 30, abcClass: "A" }, "schedule"),
    webhook: await make("saveWebhook", "SaveWebhookInput", { url: `https://example.com/${merchant}`, enabled: false }, "webhook"),
    batch: (await own.call("importMovements", "ImportMovementsInput", batch, "batch { id }")).batch.id as string,
  };
}
