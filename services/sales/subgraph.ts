import type { LayerDatabase } from "../../shared/db/database";
import { tellParked } from "../../shared/flow/parked";
import { Pruner } from "../../shared/flow/prune";
import { FlowRuntime } from "../../shared/flow/runtime";
import { buildSubgraph } from "../../shared/graphql/subgraph";
import type { Layer, LayerOptions } from "../../shared/layer";
import { AvailabilityResolver } from "./availability/availability.resolver";
import { AvailabilityCache } from "./availability/cache";
import { ChangeSequencer } from "./availability/change-sequencer";
import { countAssignedStock } from "./channel/channel";
import { ChannelResolver, poolByCode, StockPoolResolver, WarehouseResolver } from "./channel/channel.resolver";
import { readUnfinishedAssignments } from "./channel/channel.sql";
import { Channels } from "./channel/channels";
import { Channel, Warehouse } from "./channel/channel.types";
import { SalesContext } from "./context";
import { applyDispatch } from "./known/apply";
import { Items } from "./known/items";
import { ChannelListingsResolver, ItemListingsResolver } from "./listing/listing.resolver";
import { InventoryItem } from "./listing/listing.types";
import { ReplacementWorker } from "./replace/replacement-worker";
import { openHolds } from "./reserve/reserve.sql";
import { ExpirySweeper } from "./reserve/expire";
import { OrderResolver, reservationById, ReservationResolver } from "./reserve/reserve.resolver";
import { Order } from "./reserve/reserve.types";
import { WriteCombiner } from "./stock/combiner";
import { AdjustStockResolver, ItemStockResolver, VirtualStockResolver } from "./stock/stock.resolver";
import { SALES_MERCHANTS } from "./merchants";
import { described } from "../../shared/log";

const resolvers = [
  ChannelResolver,
  StockPoolResolver,
  WarehouseResolver,
  ChannelListingsResolver,
  ItemListingsResolver,
  ItemStockResolver,
  VirtualStockResolver,
  AdjustStockResolver,
  AvailabilityResolver,
  ReservationResolver,
  OrderResolver,
] as const;

/** A reference to another layer's entity is answered for any well-formed key: what is not known has null fields. */
const references = {
  InventoryItem: ({ sku }: { sku: string }) => InventoryItem.of(sku),
  Order: ({ orderRef }: { orderRef: string }) => Order.of(orderRef),
  Warehouse: ({ code }: { code: string }) => Object.assign(new Warehouse(), { code }),
  Channel: ({ code }: { code: string }) => Object.assign(new Channel(), { code }),
  StockPool: ({ code }: { code: string }, ctx: SalesContext) => poolByCode(ctx, code),
  Reservation: ({ id }: { id: string }, ctx: SalesContext) => reservationById(ctx, id),
};

/** The sales layer: virtual stock, listings, reservations. */
export function createSales({ db, keepDays }: LayerOptions): Layer {
  const { schema, sdl } = buildSubgraph([...resolvers], references, SALES_MERCHANTS);
  const combiner = new WriteCombiner(db);
  const channels = new Channels(db);
  const items = new Items(db);
  const availability = new AvailabilityCache(db, channels);
  const flow = new FlowRuntime(db, [{ from: "dispatch", apply: applyDispatch, onParked: tellParked("dispatch") }]);
  const pruner = new Pruner(db, keepDays);
  const sweeper = new ExpirySweeper(db, combiner);
  const changes = new ChangeSequencer(db);
  const replacements = new ReplacementWorker(db);
  return {
    name: "sales",
    db,
    schema,
    sdl,
    feed: flow.feed,
    parked: flow.parked,
    lags: flow.lags,
    measures: async () => ({ ...combiner.measures(), openHolds: await openHolds(db) }),
    context: (facts) => new SalesContext(db, facts, () => flow.settle(), combiner, channels, items, availability),
    start(sources) {
      flow.start(sources);
      pruner.start();
      sweeper.start();
      changes.start();
      replacements.start();
      void finishAssignments(db);
    },
    async stop() {
      await sweeper.stop();
      await replacements.stop();
      await combiner.drain();
      await changes.stop();
      await pruner.stop();
      await flow.stop();
    },
  };
}

async function finishAssignments(db: LayerDatabase): Promise<void> {
  try {
    for (const { code } of await readUnfinishedAssignments(db)) await countAssignedStock(db, code);
  } catch (error) {
    db.log.warn({ error: described(error) }, "counting a pool's stock will be tried again at the next start");
  }
}
