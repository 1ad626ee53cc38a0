import type { NewEvent } from "../../../shared/flow/outbox";
import type { NumberedPosting } from "./ledger.sql";
import type { MovementType } from "./movement-rules";
import type { Stock } from "./stock";

/** Items of one event of several movements: enough to be worth an event, few enough to be applied in one transaction. */
const MOST_ITEMS = 100;

/**
 * What postings of one transaction tell, in their order; raises `told` of the items that are named. Movements by hand of one
 * type that follow each other are told as one, by what they changed in all: what is told between them nobody could have seen
 * (decision 024).
 */
export function stockEvents(stock: Stock, decided: NumberedPosting[]): NewEvent[] {
  return runsOf(decided).flatMap((run) => [...unitsReturned(stock, run[0]), ...stockMoved(stock, run)]);
}

function runsOf(decided: NumberedPosting[]): NumberedPosting[][] {
  const runs: NumberedPosting[][] = [];
  let skus = new Set<string>();
  for (const posting of decided) {
    const run = runs[runs.length - 1];
    const named = posting.sellable.map(({ sku }) => sku);
    if (run && isAlike(run[0], posting) && skus.size + named.filter((sku) => !skus.has(sku)).length <= MOST_ITEMS) {
      run.push(posting);
      for (const sku of named) skus.add(sku);
    } else {
      runs.push([posting]);
      skus = new Set(named);
    }
  }
  return runs;
}

/** What a document posts, and what comes back, is told by itself. */
const isAlike = (one: NumberedPosting, other: NumberedPosting): boolean =>
  one.type === other.type &&
  one.merchant === other.merchant &&
  one.client === other.client &&
  !RETURNS.includes(other.type) &&
  [one, other].every(({ shipmentId, inboundId, countId }) => shipmentId == null && inboundId == null && countId == null);

/** `stock:WAREHOUSE:SKU` of items with the version of the event that is about to be told. */
export const stockAggregates = (stock: Stock, skus: string[]): Record<string, number> =>
  Object.fromEntries(skus.map((sku) => [`stock:${stock.warehouse.code}:${sku}`, stock.headers.get(sku)!.told]));

const RETURNS: MovementType[] = ["CUSTOMER_RETURN", "EXCHANGE_IN"];

/** What comes back of an order is told here, but where a return that dispatch announced brings it: its inbound names itself. */
function unitsReturned(stock: Stock, posting: NumberedPosting): NewEvent[] {
  const { id, type, lines, orderRef, inboundId, document, client, merchant } = posting;
  const announced = inboundId != null && inboundId === document?.number;
  if (!RETURNS.includes(type) || orderRef == null || announced) return [];
  const units = new Map<string, number>();
  for (const line of lines) units.set(line.sku, (units.get(line.sku) ?? 0) + line.units);
  return [
    {
      type: "UnitsReturned",
      movementId: id,
      orderRef,
      warehouse: stock.warehouse.code,
      lines: [...units].map(([sku, quantity]) => ({ sku, quantity })),
      client,
      merchant,
      aggregates: { [`returned:${id}`]: 1 },
    },
  ];
}

const TOLD_BY_SHIPPING: MovementType[] = ["SALES_ISSUE", "EXCHANGE_OUT", "TRANSFER_OUT"];

/** Every change of sellable units raises what is told. What a shipment takes out is told by ShipmentShipped, by who ships it. */
function stockMoved(stock: Stock, run: NumberedPosting[]): NewEvent[] {
  const [{ id, type, client, merchant, shipmentId }] = run;
  const deltas = new Map<string, number>();
  for (const { sku, delta } of run.flatMap(({ sellable }) => sellable)) deltas.set(sku, (deltas.get(sku) ?? 0) + delta);
  const lines = [...deltas].map(([sku, delta]) => ({ sku, delta })).filter(({ delta }) => delta !== 0);
  for (const { sku } of lines) stock.headers.get(sku)!.told += 1;
  if (lines.length === 0 || (shipmentId && TOLD_BY_SHIPPING.includes(type))) return [];
  const aggregates = stockAggregates(
    stock,
    lines.map(({ sku }) => sku),
  );
  return [
    {
      type: "StockMoved",
      movementId: id,
      movementType: type,
      warehouse: stock.warehouse.code,
      lines,
      client,
      merchant,
      aggregates,
    },
  ];
}
