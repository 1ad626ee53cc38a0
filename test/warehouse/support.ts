import { graphql } from "graphql";
import { LayerDatabase } from "../../shared/db/database";
import type { FeedSource } from "../../shared/flow/feed";
import type { AllocationMade, DispatchMessage, FeedEvent } from "../../shared/flow/messages";
import { ROLES, type Role, type Scope } from "../../shared/identity/scopes";
import { newId } from "../../shared/ids";
import type { Layer } from "../../shared/layer";
import { quietLog } from "../../shared/log";
import { migrations } from "../../services/warehouse/migrations";
import { createWarehouse } from "../../services/warehouse/subgraph";
import { testDatabase, type TestDatabase } from "../support/database";

/** What dispatch would tell, handed in by the test; read by the real consumer. */
export class ScriptedFeed implements FeedSource {
  private readonly events: FeedEvent[] = [];

  tell(message: DispatchMessage, client = ""): void {
    const position = this.events.length + 1;
    this.events.push({ id: newId(), at: new Date().toISOString(), client, merchant: "", aggregates: {}, ...message, position });
  }

  async read(after: number, limit: number): Promise<FeedEvent[]> {
    const events = this.events.slice(after, after + limit);
    if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return events;
  }

  head = (): Promise<number> => Promise.resolve(this.events.length);
}

export interface As {
  client?: string;
  role?: Role;
  scopes?: Scope[];
  merchant?: string;
}

export interface WarehouseWorld {
  database: TestDatabase;
  db: LayerDatabase;
  layer: Layer;
  dispatch: ScriptedFeed;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ask(source: string, variables?: object, as?: As): Promise<any>;
  /** Runs a mutation that must not be refused; gives back its payload. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  must(source: string, input: object, as?: As): Promise<any>;
  /** Makes the items where they are missing and receives so many units of each at 1.00 in W1. */
  stock(units: Record<string, number>, unitCost?: string): Promise<void>;
  /** An allocation as dispatch tells it, already consumed here; gives back the shipment's id. */
  allocate(units: Record<string, number>, more?: Partial<AllocationMade> & { client?: string }): Promise<string>;
  /** What this layer has told of some types so far. */
  told(...types: string[]): Promise<FeedEvent[]>;
  close(): Promise<void>;
}

const WAREHOUSE = 'input: {code: "W1", name: "One", currency: "EUR", address: {countryCode: "DE"}}';

export async function warehouseWorld(options: { poolSize?: number } = {}): Promise<WarehouseWorld> {
  const database = await testDatabase({ replica: false, schemas: [migrations] });
  const db = await LayerDatabase.open({
    layer: "warehouse",
    primaryUrl: database.primaryUrl,
    replicaUrls: [],
    log: quietLog,
    poolSize: options.poolSize,
  });
  const layer = createWarehouse({ db, log: quietLog });
  const dispatch = new ScriptedFeed();
  layer.start({ dispatch });
  const ask: WarehouseWorld["ask"] = (source, variables = {}, { client = "floor", role = "admin", scopes, merchant } = {}) => {
    const caller = { client, scopes: new Set<Scope>(scopes ?? ROLES[role]), merchant };
    const contextValue = layer.context({ caller, requestId: "test", primary: true, after: {}, settle: true });
    return graphql({ schema: layer.schema, source, variableValues: { ...variables }, contextValue });
  };
  const must: WarehouseWorld["must"] = async (source, input, as) => {
    const { data, errors } = await ask(source, { input }, as);
    const payload = data && Object.values<{ userErrors: unknown[] } | null>(data)[0];
    if (errors || !payload || payload.userErrors.length > 0) throw new Error(JSON.stringify(errors ?? payload));
    return payload;
  };
  const world = { database, db, layer, dispatch, ask, must, stock, allocate, told, close };
  async function stock(units: Record<string, number>, unitCost = "1.00"): Promise<void> {
    await stockUp(world, units, unitCost);
  }
  async function allocate(units: Record<string, number>, more: Partial<AllocationMade> & { client?: string } = {}): Promise<string> {
    return allocateOrder(world, units, more);
  }
  async function told(...types: string[]): Promise<FeedEvent[]> {
    await layer.feed.head({ visited: ["dispatch"], deadlineMs: Date.now() + 5_000 });
    return (await layer.feed.read(0, 100_000, 0)).filter(({ type }) => types.includes(type));
  }
  async function close(): Promise<void> {
    await layer.stop();
    await db.close();
    await database.close();
  }
  await must(`mutation { saveWarehouse(${WAREHOUSE}) { userErrors { code message } } }`, {});
  return world;
}

async function stockUp({ must }: WarehouseWorld, units: Record<string, number>, unitCost: string): Promise<void> {
  for (const sku of Object.keys(units)) await must(SAVE_ITEM, { sku, name: `Item ${sku}` });
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity, unitCost }));
  await must(POST, { idempotencyKey: newId(), type: "PURCHASE_RECEIPT", warehouse: "W1", lines });
}

async function allocateOrder(
  world: WarehouseWorld,
  units: Record<string, number>,
  more: Partial<AllocationMade> & { client?: string },
): Promise<string> {
  const { client = "shop", ...rest } = more;
  const allocationId = newId();
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  const shipTo = { name: "Ada", city: "Berlin", countryCode: "DE" };
  const order = { orderRef: `order-${allocationId}`, warehouse: "W1", shipTo, priority: 0, shipBy: null, lines };
  world.dispatch.tell({ type: "AllocationMade", allocationId, ...order, ...rest }, client);
  await world.ask("{ merchants { code } }");
  return allocationId;
}

/** Picks, packs and ships all of a shipment; gives back the last payload. */
export async function shipAll({ must }: WarehouseWorld, id: string, units: Record<string, number>) {
  await must(START, { idempotencyKey: `start-${id}`, id });
  await must(PICK, { idempotencyKey: `pick-${id}`, id, picks: Object.entries(units).map(([sku, quantity]) => ({ sku, quantity })) });
  await must(PACK, { idempotencyKey: `pack-${id}`, id });
  return must(SHIP, { idempotencyKey: `ship-${id}`, id });
}

const ERRORS = "userErrors { code message field }";
export const SAVE_ITEM = `mutation ($input: SaveInventoryItemInput!) { saveInventoryItem(input: $input) { item { sku name } ${ERRORS} } }`;
export const SAVE_MERCHANT = `mutation ($input: SaveMerchantInput!) { saveMerchant(input: $input) { merchant { code ownership } ${ERRORS} } }`;
export const SAVE_WAREHOUSE = `mutation ($input: SaveWarehouseInput!) { saveWarehouse(input: $input) { warehouse { code currency } ${ERRORS} } }`;

const MOVEMENT = `id type reason document { type number line } order { orderRef } shipment { id } occurredAt postedBy
  lines { item { sku } location { code kind } status quantity unitCost { amount currency } value { amount } balanceAfter serials }
  journal { id period legalEntity lines { account { code } debit { amount } credit { amount } item { sku } warehouse { code } merchant { code } } }`;
export const POST = `mutation ($input: PostMovementInput!) { postMovement(input: $input) { movement { ${MOVEMENT} } ${ERRORS} } }`;

const OUTBOUND = `outbound { id kind status priority order { orderRef } warehouse { code } shippedAt deliveredAt
  lines { item { sku } quantity picked short picks { location { code } quantity } }
  parcels { id carrier trackingNumber weightGrams status lines { item { sku } quantity } } }`;
export const START = `mutation ($input: ShipmentActionInput!) { startPicking(input: $input) { ${OUTBOUND} ${ERRORS} } }`;
export const PICK = `mutation ($input: RecordPickInput!) { recordPick(input: $input) { ${OUTBOUND} ${ERRORS} } }`;
export const PACK = `mutation ($input: ShipmentActionInput!) { packShipment(input: $input) { ${OUTBOUND} ${ERRORS} } }`;
export const SHIP = `mutation ($input: ShipShipmentInput!) { shipShipment(input: $input) { ${OUTBOUND} ${ERRORS} } }`;
export const DELIVER = `mutation ($input: ReportDeliveryInput!) { reportDelivery(input: $input) { ${OUTBOUND} ${ERRORS} } }`;

export const ITEM = `query ($search: String) { inventoryItems(search: $search) { nodes { sku name kind unit onHand unitCost { amount currency }
  stock { nodes { location { code kind } status quantity allocated } } movements { nodes { id type } } } } }`;
export const MOVEMENTS = `query ($sku: ID, $warehouse: ID, $type: MovementType, $document: String, $from: DateTime, $to: DateTime, $first: Int, $after: String) {
  movements(sku: $sku, warehouse: $warehouse, type: $type, document: $document, from: $from, to: $to, first: $first, after: $after) {
    nodes { ${MOVEMENT} } pageInfo { hasNextPage endCursor } } }`;

/** Everything that a refused call might have changed. */
export const everything = async ({ db }: WarehouseWorld) => ({
  stock: await db.query("SELECT * FROM item_stock ORDER BY warehouse, sku"),
  balances: await db.query("SELECT * FROM stock_balance ORDER BY warehouse, sku, location, status"),
  movements: await db.query("SELECT COUNT(*) AS n FROM movement"),
  lines: await db.query("SELECT COUNT(*) AS n FROM movement_line"),
  journal: await db.query("SELECT COUNT(*) AS n FROM journal_line"),
  shipments: await db.query("SELECT * FROM outbound_shipment ORDER BY id"),
  outbound: await db.query("SELECT * FROM outbound_line ORDER BY shipment_id, sku"),
  parcels: await db.query("SELECT * FROM parcel ORDER BY id"),
  keys: await db.query("SELECT COUNT(*) AS n FROM idempotency"),
  items: await db.query("SELECT * FROM item ORDER BY sku"),
  warehouses: await db.query("SELECT * FROM warehouse ORDER BY code"),
  locations: await db.query("SELECT * FROM location ORDER BY warehouse, code"),
});
