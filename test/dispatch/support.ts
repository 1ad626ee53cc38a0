import { graphql } from "graphql";
import { createDispatch } from "../../services/dispatch/subgraph";
import { migrations } from "../../services/dispatch/migrations";
import { LayerDatabase } from "../../shared/db/database";
import type { FeedSource } from "../../shared/flow/feed";
import type { EventLine, FeedEvent, Message, OrderConfirmed, SalesMessage, ShipTo, WarehouseMessage } from "../../shared/flow/messages";
import { ROLES, type Role, type Scope } from "../../shared/identity/scopes";
import { newId } from "../../shared/ids";
import type { Layer } from "../../shared/layer";
import { quietLog } from "../../shared/log";
import { testDatabase, type TestDatabase } from "../support/database";

/** What another layer tells, handed in by the test and read by the real consumer. */
class ScriptedFeed<M extends Message> implements FeedSource {
  private readonly events: FeedEvent[] = [];
  /** While set, nothing is shown: events gather into one batch. */
  closed = false;

  tell(message: M, envelope: { client?: string; aggregates?: Record<string, number> } = {}): void {
    const position = this.events.length + 1;
    this.events.push({
      id: newId(),
      at: new Date().toISOString(),
      client: "shop",
      merchant: "",
      aggregates: {},
      ...envelope,
      ...message,
      position,
    });
  }

  async read(after: number, limit: number): Promise<FeedEvent[]> {
    const events = this.closed ? [] : this.events.slice(after, after + limit);
    if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return events;
  }

  head = (): Promise<number> => Promise.resolve(this.events.length);
}

export const BERLIN = { countryCode: "DE", latitude: 52.52, longitude: 13.4 };
export const MUNICH = { countryCode: "DE", latitude: 48.14, longitude: 11.58 };
export const PARIS = { countryCode: "FR", latitude: 48.86, longitude: 2.35 };

interface Asker {
  client?: string;
  role?: Role;
  merchant?: string;
  settle?: boolean;
}

export class DispatchWorld {
  readonly sales = new ScriptedFeed<SalesMessage>();
  readonly warehouse = new ScriptedFeed<WarehouseMessage>();
  readonly layer: Layer;

  private constructor(
    readonly database: TestDatabase,
    readonly db: LayerDatabase,
  ) {
    this.layer = createDispatch({ db, log: quietLog, webhookLoopback: true });
    this.layer.start({ sales: this.sales, warehouse: this.warehouse });
  }

  static async open(): Promise<DispatchWorld> {
    const database = await testDatabase({ replica: false, schemas: [migrations] });
    return new DispatchWorld(
      database,
      await LayerDatabase.open({ layer: "dispatch", primaryUrl: database.primaryUrl, replicaUrls: [], log: quietLog }),
    );
  }

  async close(): Promise<void> {
    await this.layer.stop();
    await this.db.close();
    await this.database.close();
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async ask(source: string, variableValues: Record<string, unknown> = {}, as: Asker = {}): Promise<any> {
    await this.settle();
    const { client = "shop", role = "admin", merchant, settle = false } = as;
    const caller = { client, scopes: new Set<Scope>(ROLES[role]), merchant };
    const contextValue = this.layer.context({ caller, requestId: "test", primary: true, after: {}, settle });
    return graphql({ schema: this.layer.schema, source, variableValues, contextValue });
  }

  /** Waits until everything that was told has been applied, refills included. */
  async settle(): Promise<void> {
    const deadlineMs = Date.now() + 20_000;
    await this.layer.feed.head({ visited: [], deadlineMs });
    while ((await this.db.query("SELECT 1 FROM refill LIMIT 1")).length > 0) {
      if (Date.now() > deadlineMs) throw new Error("refill does not end");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Warehouses of a pool and a channel that draws on it, both with the pool's name. */
  pool(name: string, warehouses: Record<string, ShipTo>): void {
    for (const [code, address] of Object.entries(warehouses))
      this.warehouse.tell(
        { type: "WarehouseSaved", code, name: code, address, timeZone: "UTC", cutoff: null },
        { aggregates: { [`warehouse:${code}`]: 1 } },
      );
    this.sales.tell({ type: "PoolSaved", code: name, name, warehouses: Object.keys(warehouses) }, { aggregates: { [`pool:${name}`]: 1 } });
    this.sales.tell({ type: "ChannelSaved", code: name, name, pool: name }, { aggregates: { [`channel:${name}`]: 1 } });
  }

  stock(warehouse: string, deltas: Record<string, number>, movementId = newId()): void {
    const lines = Object.entries(deltas).map(([sku, delta]) => ({ sku, delta }));
    this.warehouse.tell({ type: "StockMoved", movementId, movementType: "PURCHASE_RECEIPT", warehouse, lines }, { client: "" });
  }

  confirm(
    pool: string,
    orderRef: string,
    units: Record<string, number>,
    more: Partial<OrderConfirmed> & { client?: string } = {},
  ): OrderConfirmed {
    const { client, ...facts } = more;
    const message: OrderConfirmed = {
      type: "OrderConfirmed",
      reservationId: newId(),
      orderRef,
      channel: pool,
      pool,
      customerRef: null,
      shipTo: BERLIN,
      priority: 0,
      promisedAt: null,
      pickupAt: null,
      shipNotBefore: null,
      actor: "shop",
      lines: Object.entries(units).map(([sku, quantity]) => ({ sku, quantity, lineRef: null })),
      ...facts,
    };
    this.sales.tell(message, client ? { client } : {});
    return message;
  }

  progress(shipmentId: string, warehouse: string, orderRef: string, status: "PICKING" | "PICKED" | "PACKED" | "DELIVERED"): void {
    this.warehouse.tell({ type: "ShipmentProgressed", shipmentId, orderRef, warehouse, status, actor: "floor" });
  }

  shipped(shipmentId: string, warehouse: string, orderRef: string, lines: EventLine[], aggregates: Record<string, number> = {}): void {
    this.warehouse.tell(
      { type: "ShipmentShipped", shipmentId, orderRef, warehouse, movementId: newId(), actor: "floor", lines },
      { aggregates },
    );
  }

  /** Why events were set aside. */
  async parked(): Promise<{ reason: string }[]> {
    await this.settle();
    return this.db.query("SELECT position, reason FROM parked_event ORDER BY position");
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async order(orderRef: string): Promise<any> {
    const { data, errors } = await this.ask(
      `query ($ref: ID!) { fulfillmentOrders(orderRef: $ref) { nodes { id status unsourcedBecause
        lines { item { sku } quantity allocated backordered shipped }
        allocations { id status warehouse { code } shipment { id } lines { item { sku } quantity shipped } }
        decision { strategy shipments unfilled candidates { warehouse { code } rank distanceKm freeUnits takenUnits excludedBecause } }
        order { process { state history { event from to actor } } } } } }`,
      { ref: orderRef },
    );
    if (errors) throw errors[0];
    return data.fulfillmentOrders.nodes[0];
  }

  /** What this layer has told so far. */
  async told(): Promise<FeedEvent[]> {
    await this.settle();
    return this.layer.feed.read(0, 10_000, 0);
  }

  async position(warehouse: string, sku: string): Promise<{ onHand: number; allocated: number; free: number; backordered: number }> {
    const { data } = await this.ask(
      "query ($w: ID!, $s: [ID!]) { stockPositions(warehouse: $w, skus: $s) { nodes { onHand allocated free backordered } } }",
      {
        w: warehouse,
        s: [sku],
      },
    );
    return data.stockPositions.nodes[0];
  }
}
