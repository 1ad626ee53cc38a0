import type { Tx } from "../../../shared/db/transaction";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import { newId } from "../../../shared/ids";
import { bookEntry, movesValue, ruleFor } from "../journal/book";
import { insertEntries, readPostingRules } from "../journal/journal.sql";
import { periodsFor } from "../journal/periods-for";
import { decidePosting, type Posting } from "./decide-posting";
import { insertMovementLines, insertMovements, type NumberedPosting } from "./ledger.sql";
import { placeKey, type Stock } from "./stock";
import { writeBalances, writeItemStock } from "./stock.sql";

/**
 * The one door of the ledger: lines, headers, journal and events of one or more movements in a warehouse, together, one
 * statement a table. Nothing is refused after the first write.
 */
export async function post(tx: Tx, stock: Stock, postings: Posting[]): Promise<NumberedPosting[]> {
  const decided = postings.map((posting): NumberedPosting => ({ ...decidePosting(stock, posting), id: newId() }));
  const bookedOn = await periodsFor(
    tx,
    stock.warehouse.legalEntity,
    decided.map(({ occurredAt }) => occurredAt),
    stock.now,
  );
  const valued = decided.filter(movesValue);
  const rules = valued.length === 0 ? [] : await readPostingRules(tx);
  const entries = valued.map((posting) => bookEntry(stock, posting, posting.id, ruleFor(rules, posting), bookedOn(posting.occurredAt)));
  const events = decided.flatMap((posting) => stockMoved(stock, posting));
  const lines = decided.flatMap((posting) => posting.lines);
  await insertMovements(tx, stock, decided);
  await insertMovementLines(tx, stock, decided);
  await writeItemStock(tx, [...new Set(lines.map(({ sku }) => stock.headers.get(sku)!))]);
  await writeBalances(tx, stock.warehouse.code, [...new Set(lines.map((line) => stock.balances.get(placeKey(line))!))]);
  await insertEntries(tx, entries);
  await tell(tx, events);
  return decided;
}

/** `stock:WAREHOUSE:SKU` of items with the version of the event that is about to be told. */
export const stockAggregates = (stock: Stock, skus: string[]): Record<string, number> =>
  Object.fromEntries(skus.map((sku) => [`stock:${stock.warehouse.code}:${sku}`, stock.headers.get(sku)!.told]));

/** Every change of sellable units raises what is told. The shipping of an order is told by ShipmentShipped, by who ships it. */
function stockMoved(stock: Stock, posting: NumberedPosting): NewEvent[] {
  const { id, type, sellable, client, merchant, shipmentId } = posting;
  for (const { sku } of sellable) stock.headers.get(sku)!.told += 1;
  if (sellable.length === 0 || (type === "SALES_ISSUE" && shipmentId)) return [];
  const aggregates = stockAggregates(
    stock,
    sellable.map(({ sku }) => sku),
  );
  return [
    {
      type: "StockMoved",
      movementId: id,
      movementType: type,
      warehouse: stock.warehouse.code,
      lines: sellable,
      client,
      merchant,
      aggregates,
    },
  ];
}
