import { graphql } from "graphql";
import { LayerDatabase } from "../../shared/db/database";
import type { FeedSource } from "../../shared/flow/feed";
import type { DispatchMessage, FeedEvent } from "../../shared/flow/messages";
import { ROLES, type Role, type Scope } from "../../shared/identity/scopes";
import type { Layer } from "../../shared/layer";
import { isConnectionError, wait } from "../../shared/db/retry";
import { quietLog } from "../../shared/log";
import { migrations } from "../../services/sales/migrations";
import { createSales } from "../../services/sales/subgraph";
import { testDatabase, type TestDatabase } from "../support/database";

/** What dispatch would tell, handed in by the test; read by the real consumer. */
export class ScriptedFeed implements FeedSource {
  private readonly events: FeedEvent[] = [];

  tell(...messages: DispatchMessage[]): void {
    for (const message of messages) {
      const position = this.events.length + 1;
      this.events.push({
        id: `event-${position}`,
        at: new Date().toISOString(),
        client: "",
        merchant: "",
        aggregates: {},
        ...message,
        position,
      });
    }
  }

  async read(after: number, limit: number): Promise<FeedEvent[]> {
    const events = this.events.slice(after, after + limit);
    if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return events;
  }

  head = (): Promise<number> => Promise.resolve(this.events.length);
}

export interface SalesWorld {
  database: TestDatabase;
  db: LayerDatabase;
  /** The layer that is asked; a test may put another on the same database in its place. */
  layer: Layer;
  dispatch: FeedSource & ScriptedFeed;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ask(source: string, variables?: object, as?: { client?: string; role?: Role }): Promise<any>;
  /** Items on sale in channel "web" of pool "EU", fed by warehouse "W1", with so many units each. */
  stock(units: Record<string, number>): Promise<void>;
  close(): Promise<void>;
}

export async function salesWorld(options: { durable?: boolean; poolSize?: number } = {}): Promise<SalesWorld> {
  const database = await testDatabase({ replica: false, durable: options.durable, schemas: [migrations] });
  const db = await LayerDatabase.open({
    layer: "sales",
    primaryUrl: database.primaryUrl,
    replicaUrls: [],
    log: quietLog,
    poolSize: options.poolSize,
  });
  const layer = createSales({ db, log: quietLog });
  const dispatch = new ScriptedFeed();
  layer.start({ dispatch });
  const ask: SalesWorld["ask"] = (source, variables = {}, { client = "shop", role = "admin" } = {}) => {
    const facts = { caller: { client, scopes: new Set<Scope>(ROLES[role]) }, requestId: "test", primary: true, after: {}, settle: true };
    const { layer: asked } = world;
    return graphql({ schema: asked.schema, source, variableValues: { ...variables }, contextValue: asked.context(facts) });
  };
  const world: SalesWorld = { database, db, layer, dispatch, ask, stock, close };
  async function stock(units: Record<string, number>): Promise<void> {
    await stockUp(world, units);
  }
  async function close(): Promise<void> {
    await world.layer.stop();
    await db.close();
    await database.close();
  }
  return world;
}

async function stockUp({ ask, dispatch }: SalesWorld, units: Record<string, number>): Promise<void> {
  const skus = Object.keys(units);
  dispatch.tell({ type: "WarehouseSaved", code: "W1", name: "One", address: { countryCode: "DE" }, timeZone: "UTC", cutoff: null });
  for (const sku of skus)
    dispatch.tell({ type: "ItemSaved", sku, name: sku, kind: "STOCKED", components: [], itemMerchant: "SELF", weightGrams: null });
  const lines = skus.map((sku) => ({ sku, delta: units[sku] }));
  dispatch.tell({ type: "SupplyChanged", movementId: "opening", movementType: "PURCHASE_RECEIPT", warehouse: "W1", lines });
  await ask("{ channels { code } }");
  await ask('mutation { saveStockPool(input: {code: "EU", name: "EU", warehouses: ["W1"]}) { userErrors { message } } }');
  await ask('mutation { saveChannel(input: {code: "web", name: "Web", pool: "EU"}) { userErrors { message } } }');
  const inputs = skus.map((sku) => ({ channel: "web", sku, status: "LISTED" }));
  const { data } = await ask("mutation ($inputs: [SaveListingInput!]!) { saveListings(inputs: $inputs) { userErrors { message } } }", {
    inputs,
  });
  const refused = data.saveListings.flatMap((payload: { userErrors: unknown[] }) => payload.userErrors);
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
}

const AGAIN = new Set(["UNAVAILABLE", "OVERLOADED", "TIMEOUT"]);

interface GraphQLFault {
  extensions: { code?: string; retryAfterMs?: number };
  originalError?: unknown;
}

/** As a client does it: what says when to ask again is asked again then, with the same key. A lost connection is UNAVAILABLE at the gateway. */
export async function insist(world: SalesWorld, source: string, variables: object): ReturnType<SalesWorld["ask"]> {
  for (const end = Date.now() + 60_000; ;) {
    const answer = await world.ask(source, variables);
    const again = ((answer.errors ?? []) as GraphQLFault[]).find(
      ({ extensions, originalError }) => AGAIN.has(String(extensions.code)) || isConnectionError(originalError),
    );
    const payloads = Object.values(answer.data ?? {}).flat() as ({ userErrors?: { code: string }[] } | null)[];
    const refused = payloads.some((payload) => payload?.userErrors?.some(({ code }) => AGAIN.has(code)));
    if ((!again && !refused) || Date.now() > end) return answer;
    await wait(again?.extensions.retryAfterMs ?? 200);
  }
}

export const RESERVE = `mutation ($input: ReserveStockInput!) { reserveStock(input: $input) {
  reservation { id status order { orderRef } lines { item { sku } quantity fulfilled released lineRef } expiresAt }
  shortages { item { sku } requested available } userErrors { code message field retryAfterMs } } }`;

export const CONFIRM = `mutation ($input: ConfirmReservationInput!) { confirmReservation(input: $input) {
  reservation { id status confirmedAt } shortages { item { sku } requested available } userErrors { code message field } } }`;

export const RELEASE = `mutation ($input: ReleaseReservationInput!) { releaseReservation(input: $input) {
  reservation { id status lines { released } } userErrors { code message field } } }`;

export const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { virtualStock {
  onHand held committed available entries { nodes { cause reference heldDelta committedDelta onHandDelta availableAfter } } } } }`;
