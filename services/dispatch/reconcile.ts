import type { LayerDatabase } from "../../shared/db/database";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { positionOf } from "../../shared/flow/consumer.sql";
import { tell } from "../../shared/flow/outbox";
import { groupBy } from "../../shared/group";
import { nextOfPass, type StandingPass } from "../../shared/flow/standing-pass";
import { checkLedger, onSnapshot, STANDING_CHECK, type Drift } from "../../shared/reconcile";
import type { LedgerShape } from "../../shared/reconcile.sql";
import { Positions, type StockKey } from "./position/position";
import {
  allocatedDifferences,
  backorderedDifferences,
  demandDifferences,
  expectedReturns,
  inboundDifferences,
  inboundUnits,
  openDemand,
  pageOfDemand,
  returnDifferences,
  waitingDifferences,
  wantedReplacements,
  type Difference,
} from "./reconcile.sql";

const POSITION: LedgerShape = {
  header: "stock_position",
  lines: "position_entry",
  key: ["warehouse_code", "sku"],
  figures: { on_hand: "on_hand_delta", allocated: "allocated_delta", inbound: "inbound_delta", backordered: "backordered_delta" },
};

/** Invariant 1 in the dispatch layer, on one snapshot: ledgers incrementally, the figures behind allocations and orders whole. */
export async function reconcileDispatch(db: LayerDatabase, { full = false } = {}): Promise<Drift[]> {
  const { drifts, remember } = await onSnapshot(db, async (reader) => {
    const ledger = await checkLedger(db, reader, POSITION, full);
    const found = [
      ...ledger.drifts,
      ...driftsOf(await allocatedDifferences(reader), "stock_position", "allocated", "open allocation lines"),
      ...driftsOf(await backorderedDifferences(reader), "stock_position", "backordered", "waiting rows"),
      ...driftsOf(await inboundDifferences(reader), "stock_position", "inbound", "open rests of inbound shipments"),
      ...driftsOf(await demandDifferences(reader), "demand", "units", "open order lines"),
      ...(await returnDifferences(reader)).map(cameTooMany),
      ...driftsOf(await waitingDifferences(reader), "waiting", "units", "open order lines"),
    ];
    return { drifts: found, remember: ledger.remember };
  });
  if (drifts.length === 0) await remember();
  return drifts;
}

const driftsOf = (rows: Difference[], table: string, figure: string, behind: string): Drift[] =>
  rows.map(({ place, sku, header, lines }) => ({
    invariant: 1,
    layer: "dispatch",
    subject: `${table} ${place} ${sku}`,
    message: `${figure} is ${header}, the ${behind} add up to ${lines}`,
  }));

const cameTooMany = ({ order_ref, sku, came, went }: { order_ref: string; sku: string; came: number; went: number }): Drift => ({
  invariant: 1,
  layer: "dispatch",
  subject: `return_line ${order_ref} ${sku}`,
  message: `${came} came back, ${went} left`,
});

/** Open order demand by pool and SKU, keyed as sales keys its committed units: JSON of the two. */
export const openDemandByItem = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await openDemand(db)).map(({ pool, sku, units }) => [JSON.stringify([pool, sku]), Number(units)]));

/** What is still to come back by return and SKU, keyed as the warehouse layer keys it. */
export const returnsByItem = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await expectedReturns(db)).map(({ id, sku, units }) => [JSON.stringify([id, sku]), Number(units)]));

/** Returns whose replacement is still to be committed, keyed as sales keys them. */
export const replacementsAsked = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await wantedReplacements(db)).map(({ id }) => [id, 1]));

/** What is to come by warehouse and SKU, keyed as the warehouse layer keys its open rests. */
export const inboundByItem = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await inboundUnits(db)).map(({ place, sku, units }) => [JSON.stringify([place, sku]), Number(units)]));

const PAGE = 1_000;

const DEMAND_A_ROUND = 250;

/** How far the standing check of demand has come. */
export interface DemandMark extends StandingPass {
  after: StockKey;
}

/** One round of the standing check of demand: the next of all items that were ever ordered, once after anything has happened. */
export async function checkDemandOn(db: LayerDatabase, mark: DemandMark, fence: (tx: Tx) => Promise<void>): Promise<DemandMark> {
  const { goes, next } = await nextOfPass(db, mark, mark.after.place === "", fence);
  const keys = goes ? await pageOfDemand(db, mark.after, DEMAND_A_ROUND) : [];
  if (keys.length > 0)
    await inTransaction(db, async (tx) => {
      await fence(tx);
      await tellDemand(tx, STANDING_CHECK, keys);
    });
  return { ...next, after: keys.length < DEMAND_A_ROUND ? { place: "", sku: "" } : keys[keys.length - 1] };
}

/** Tells sales the open order demand of every item, a page a transaction; answers how many figures were told. */
export async function checkpointDemand(db: LayerDatabase, checkId: string): Promise<number> {
  let told = 0;
  for (let after: StockKey = { place: "", sku: "" }; ;) {
    const keys = await pageOfDemand(db, after, PAGE);
    if (keys.length === 0) return told;
    await inTransaction(db, (tx) => tellDemand(tx, checkId, keys));
    told += keys.length;
    after = keys[keys.length - 1];
  }
}

/**
 * The position in the sales feed is read under the locks of the demand: an order of these items that is applied later waits for
 * them, and one that was applied before is in the position.
 */
async function tellDemand(tx: Tx, checkId: string, keys: StockKey[]): Promise<void> {
  const book = await Positions.lock(tx, { positions: [], demand: keys });
  const salesPosition = Number(await positionOf(tx, "sales"));
  for (const [pool, group] of groupBy(keys, ({ place }) => place)) {
    const skus = group.map(({ sku }) => sku);
    for (const sku of skus) book.demand(pool, sku, 0);
    const lines = skus.map((sku) => ({ sku, committed: book.demandOf(pool, sku).units }));
    await tell(tx, [{ type: "DemandCheckpoint", checkId, pool, salesPosition, lines, aggregates: book.demandAggregates(pool, skus) }]);
  }
  await book.save();
}
