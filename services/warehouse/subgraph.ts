import { Round } from "../../shared/db/round";
import { tellParked } from "../../shared/flow/parked";
import { Pruner } from "../../shared/flow/prune";
import { FlowRuntime } from "../../shared/flow/runtime";
import { RequestContext } from "../../shared/graphql/context";
import { buildSubgraph } from "../../shared/graphql/subgraph";
import type { Layer, LayerOptions } from "../../shared/layer";
import { AsOfResolver } from "./as-of/as-of.resolver";
import { PeriodSums } from "./as-of/periods";
import { CountLineResolver } from "./count/count-line.resolver";
import { CountWorker } from "./count/count-worker";
import { countById, CountResolver } from "./count/count.resolver";
import { CountScheduleResolver } from "./count/schedule.resolver";

import { importBatchById, ImportResolver } from "./import/import.resolver";
import { ImportWorker } from "./import/import-worker";
import { ImportPruning } from "./import/prune-rows";
import { itemBySku, ItemResolver, KitComponentResolver, merchantByCode, MerchantResolver } from "./item/item.resolver";
import { EntryExportResolver, JournalExportResolver } from "./journal/export.resolver";
import {
  JournalEntryResolver,
  JournalLineResolver,
  MovementJournalResolver,
  ValuationLineResolver,
  ValuationResolver,
} from "./journal/journal.resolver";
import { OpenItemsResolver } from "./journal/open-items.resolver";
import { PeriodResolver } from "./journal/period.resolver";
import { PostingRuleResolver } from "./journal/rules.resolver";
import { ItemStockResolver, StockBalanceResolver, WarehouseStockResolver } from "./ledger/balance.resolver";
import { movementById, MovementLineResolver, MovementResolver } from "./ledger/movement.resolver";
import { InsurancePolicyResolver } from "./insure/policy.resolver";
import { InsuranceWatch } from "./insure/watch";
import { LotSweeper } from "./ledger/lot-sweeper";
import { BalanceTraceResolver, LineTraceResolver, LotResolver, SerialResolver } from "./ledger/trace.resolver";
import { LocationResolver, warehouseByCode, WarehouseResolver } from "./place/place.resolver";
import { AnnouncedLineResolver, AnnouncedReturnResolver } from "./receive/announced.resolver";
import { inboundById, InboundLineResolver, InboundResolver } from "./receive/inbound.resolver";
import { InvoiceResolver } from "./receive/invoice.resolver";
import { applyDispatch } from "./ship/release";
import {
  MovementDocumentsResolver,
  OrderResolver,
  OutboundLineResolver,
  ParcelLineResolver,
  ParcelResolver,
  PickResolver,
  ShipmentEdgesResolver,
} from "./ship/ship-edges.resolver";
import { PickingLineResolver, PickingListResolver } from "./ship/picking-list.resolver";
import { shipmentById, ShipmentResolver } from "./ship/ship.resolver";
import { Order } from "./ship/ship.types";
import { checkOn, type StandingMark } from "./reconcile";
import { WAREHOUSE_MERCHANTS } from "./merchants";

const resolvers = [
  ItemResolver,
  KitComponentResolver,
  MerchantResolver,
  WarehouseResolver,
  LocationResolver,
  MovementResolver,
  MovementLineResolver,
  MovementJournalResolver,
  MovementDocumentsResolver,
  ItemStockResolver,
  WarehouseStockResolver,
  StockBalanceResolver,
  AsOfResolver,
  LotResolver,
  SerialResolver,
  LineTraceResolver,
  BalanceTraceResolver,
  JournalEntryResolver,
  JournalLineResolver,
  ValuationResolver,
  ValuationLineResolver,
  PostingRuleResolver,
  PeriodResolver,
  JournalExportResolver,
  EntryExportResolver,
  OpenItemsResolver,
  InsurancePolicyResolver,
  ShipmentResolver,
  ShipmentEdgesResolver,
  OutboundLineResolver,
  PickResolver,
  ParcelResolver,
  ParcelLineResolver,
  PickingListResolver,
  PickingLineResolver,
  OrderResolver,
  CountResolver,
  CountLineResolver,
  CountScheduleResolver,
  InboundResolver,
  InboundLineResolver,
  AnnouncedReturnResolver,
  AnnouncedLineResolver,
  InvoiceResolver,

  ImportResolver,
] as const;

/** Items, warehouses and orders answer any well-formed key, unknown ones with null fields; the rest only what is there and may be seen. */
const references = {
  InventoryItem: ({ sku }: { sku: string }, ctx: RequestContext) => itemBySku(ctx, sku),
  Warehouse: ({ code }: { code: string }, ctx: RequestContext) => warehouseByCode(ctx, code),
  Order: ({ orderRef }: { orderRef: string }) => Order.of(orderRef),
  Merchant: ({ code }: { code: string }, ctx: RequestContext) => merchantByCode(ctx, code),
  Movement: ({ id }: { id: string }, ctx: RequestContext) => movementById(ctx, id),
  InboundShipment: ({ id }: { id: string }, ctx: RequestContext) => inboundById(ctx, id),

  ImportBatch: ({ id }: { id: string }, ctx: RequestContext) => importBatchById(ctx, id),
  OutboundShipment: ({ id }: { id: string }, ctx: RequestContext) => shipmentById(ctx, id),
  StockCount: ({ id }: { id: string }, ctx: RequestContext) => countById(ctx, id),
};

/** The warehouse layer: where every unit is, how it came and went, what it is worth. */
export function createWarehouse({ db, checkSeconds = 0, keepDays, importDays }: LayerOptions): Layer {
  const { schema, sdl } = buildSubgraph([...resolvers], references, WAREHOUSE_MERCHANTS);
  const flow = new FlowRuntime(db, [{ from: "dispatch", apply: applyDispatch, onParked: tellParked("dispatch") }]);
  const pruner = new Pruner(db, keepDays);
  const periods = new PeriodSums(db);
  const lots = new LotSweeper(db);
  const insurance = new InsuranceWatch(db);

  const check = new Round<StandingMark>(
    db,
    "standing-check",
    checkSeconds * 1_000,
    { after: ["", ""], position: 0, isDue: true },
    (mark, fence) => checkOn(db, mark, fence),
  );
  const counts = new CountWorker(db);

  const imports = new ImportWorker(db);
  const pruning = importDays === undefined ? undefined : new ImportPruning(db, importDays);
  return {
    name: "warehouse",
    db,
    schema,
    sdl,
    feed: flow.feed,
    parked: flow.parked,
    lags: flow.lags,
    context: (facts) => new RequestContext(db, facts, () => flow.settle()),
    start(sources) {
      flow.start(sources);
      pruner.start();
      periods.start();
      lots.start();
      insurance.start();

      counts.start();
      check.start();

      imports.start();
      pruning?.start();
    },
    async stop() {
      await periods.stop();
      await counts.stop();
      await check.stop();
      await lots.stop();
      await insurance.stop();

      await pruning?.stop();
      await imports.stop();
      await pruner.stop();
      await flow.stop();
    },
  };
}
