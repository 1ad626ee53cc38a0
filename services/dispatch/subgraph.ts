import { Round } from "../../shared/db/round";
import { Pruner } from "../../shared/flow/prune";
import { FlowRuntime, SETTLE_MS } from "../../shared/flow/runtime";
import { Sequencer, untilPlaced } from "../../shared/flow/sequencer";
import { RequestContext } from "../../shared/graphql/context";
import { buildSubgraph } from "../../shared/graphql/subgraph";
import type { Layer, LayerOptions } from "../../shared/layer";
import { AlertEventResolver, AlertRuleResolver } from "./alert/alert-rule.resolver";
import { openAlerts } from "./alert/alert.sql";
import { AlertResolver } from "./alert/alert.resolver";
import { alertById } from "./alert/alerts";
import { raiseParked } from "./alert/parked";
import { AlertWatch } from "./alert/watch";
import { DispatchContext } from "./context";
import { applySales } from "./feed/apply-sales";
import { applyWarehouse } from "./feed/apply-warehouse";
import { Refill } from "./feed/refill";
import { Channel, InboundShipment, InventoryItem, Order, OutboundShipment, Reservation, Warehouse } from "./known/known.types";
import { pruneNotices } from "./notice/prune-notices";
import { NOTICES } from "./notice/notice.sql";
import { OrderEventResolver } from "./notice/order-event.resolver";
import { ChangeFulfillmentResolver } from "./order/change.resolver";
import { AllocationResolver, FulfillmentOrderResolver, OrderFulfillmentsResolver } from "./order/order.resolver";
import { PromiseWatch } from "./order/promise-watch";
import { allocationById, fulfillmentById } from "./order/read-orders";
import { ItemPositionsResolver, StockPositionsResolver, WarehousePositionsResolver } from "./position/position.resolver";
import { OrderProcessResolver, ProcessResolver } from "./process/process.resolver";
import { returnById } from "./return/read-returns";
import { ReturnPolicyResolver } from "./return/return-policy.resolver";
import { OrderReturnsResolver, ReturnResolver } from "./return/return.resolver";
import { ShippingRateResolver } from "./source/rates.resolver";
import { checkDemandOn } from "./reconcile";
import { transferById } from "./transfer/read-transfers";
import { RebalancingResolver } from "./transfer/rebalancing.resolver";
import { TransferResolver } from "./transfer/transfer.resolver";
import { SourceResolver } from "./source/source.resolver";
import { Webhooks } from "./webhook/deliver";
import { WebhookResolver } from "./webhook/webhook.resolver";
import { DISPATCH_MERCHANTS } from "./merchants";

const resolvers = [
  FulfillmentOrderResolver,
  AllocationResolver,
  ChangeFulfillmentResolver,
  OrderFulfillmentsResolver,
  StockPositionsResolver,
  ItemPositionsResolver,
  WarehousePositionsResolver,
  SourceResolver,
  TransferResolver,
  RebalancingResolver,
  ShippingRateResolver,
  ReturnResolver,
  OrderReturnsResolver,
  ReturnPolicyResolver,
  ProcessResolver,
  OrderProcessResolver,
  AlertResolver,
  AlertRuleResolver,
  AlertEventResolver,
  OrderEventResolver,
  WebhookResolver,
] as const;

/** A reference to another layer's entity is answered for any well-formed key; this layer's own are looked up. */
const references = {
  Order: ({ orderRef }: Order) => Order.of(orderRef),
  InventoryItem: ({ sku }: InventoryItem) => InventoryItem.of(sku),
  Warehouse: ({ code }: Warehouse) => Warehouse.of(code),
  Channel: ({ code }: Channel) => Channel.of(code),
  Reservation: ({ id }: Reservation) => Reservation.of(id),
  OutboundShipment: ({ id }: OutboundShipment) => OutboundShipment.of(id),
  InboundShipment: ({ id }: InboundShipment) => InboundShipment.of(id),
  ReturnOrder: ({ id }: { id: string }, ctx: RequestContext) => returnById(ctx, id),
  FulfillmentOrder: ({ id }: { id: string }, ctx: RequestContext) => fulfillmentById(ctx, id),
  TransferOrder: ({ id }: { id: string }, ctx: RequestContext) => transferById(ctx, id),
  Allocation: ({ id }: { id: string }, ctx: RequestContext) => allocationById(ctx, id),
  Alert: ({ id }: { id: string }, ctx: RequestContext) => alertById(ctx, id),
};

/** The dispatch layer: sourcing, fulfillment, stock positions, processes, alerts. */
export function createDispatch({ db, webhookLoopback = false, checkSeconds = 0, keepDays }: LayerOptions): Layer {
  const { schema, sdl } = buildSubgraph([...resolvers], references, DISPATCH_MERCHANTS);
  const flow = new FlowRuntime(db, [
    { from: "sales", apply: applySales, onParked: raiseParked("sales") },
    { from: "warehouse", apply: applyWarehouse, onParked: raiseParked("warehouse") },
  ]);
  const pruner = new Pruner(db, keepDays, [pruneNotices]);
  const refill = new Refill(db);
  const promises = new PromiseWatch(db);
  const alerts = new AlertWatch(db);
  const notices = new Sequencer(db, NOTICES);
  const check = new Round(
    db,
    "standing-check",
    checkSeconds * 1_000,
    { after: { place: "", sku: "" }, position: 0, isDue: true },
    (mark, fence) => checkDemandOn(db, mark, fence),
  );
  const webhooks = new Webhooks(db, webhookLoopback);
  return {
    name: "dispatch",
    db,
    schema,
    sdl,
    feed: flow.feed,
    parked: flow.parked,
    lags: flow.lags,
    measures: async () => ({ openAlerts: await openAlerts(db) }),
    context: (facts) => new DispatchContext(db, facts, () => settle(db, flow), webhookLoopback),
    start(sources) {
      flow.start(sources);
      pruner.start();
      refill.start();
      promises.start();
      notices.start();
      alerts.start();
      webhooks.start();
      check.start();
    },
    async stop() {
      await refill.stop();
      await promises.stop();
      await alerts.stop();
      await webhooks.stop();
      await check.stop();
      await notices.stop();
      await pruner.stop();
      await flow.stop();
    },
  };
}

/** What follows from what the other layers had told has its place too, among what clients are told. */
async function settle(db: LayerOptions["db"], flow: FlowRuntime): Promise<void> {
  const deadlineMs = Date.now() + SETTLE_MS;
  await flow.settle([], deadlineMs);
  await untilPlaced(db, NOTICES, deadlineMs);
}
