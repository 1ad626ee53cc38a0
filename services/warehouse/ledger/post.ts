import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { newId } from "../../../shared/ids";
import { isDuplicate, LostRace } from "../../../shared/db/retry";
import { ZERO } from "../../../shared/units/decimal";
import { writeLayers, type LayerRow } from "../cost/layer.sql";
import { bookEntry, hasOtherSide, movesValue, otherAccount } from "../journal/book";
import { insertEntries, readPostingRules } from "../journal/journal.sql";
import { periodsFor } from "../journal/periods-for";
import { decidePosting, type DecidedPosting, type Posting } from "./decide-posting";
import { insertMovementLines, insertMovements, type NumberedPosting } from "./ledger.sql";
import { insertLots, insertMovementLots, rememberPledged } from "./lot.sql";
import { insertLineSerials, writeSerials } from "./serial.sql";
import { placeKey, serialKey, type Stock } from "./stock";
import { writeBalances, writeItemStock } from "./stock.sql";
import { stockEvents } from "./stock-events";

/**
 * The one door of the ledger: lines, headers, lots, serials, layers, journal and events of one or more movements in a
 * warehouse, together, one statement a table. Nothing is refused after the first write.
 */
export async function post(tx: Tx, stock: Stock, postings: Posting[]): Promise<NumberedPosting[]> {
  const decided = postings.map((posting) => decidePosting(stock, posting));
  const numbered = await writePostings(tx, stock, decided);
  return numbered.slice(numbered.length - decided.length);
}

/** Writes what has been decided on this stock, in its order, and the lots that had passed their day before it. */
export async function writePostings(tx: Tx, stock: Stock, postings: DecidedPosting[]): Promise<NumberedPosting[]> {
  const decided = [...stock.due.splice(0), ...postings].map((posting): NumberedPosting => ({ ...posting, id: newId() }));
  const moments = decided.map(({ occurredAt }) => occurredAt);
  const bookedOn = await periodsFor(tx, stock.warehouse.legalEntity, moments, stock.now);
  const valued = decided.filter(movesValue);
  const rules = valued.length === 0 ? [] : await readPostingRules(tx);
  for (const posting of valued.filter(hasOtherSide)) posting.account = otherAccount(posting, rules);
  const entries = valued.map((posting) => bookEntry(stock, posting, posting.id, rules, bookedOn(posting.occurredAt)));
  const events = stockEvents(stock, decided);
  const lines = decided.flatMap((posting) => posting.lines);
  await insertMovements(tx, stock, decided);
  await insertMovementLines(tx, stock, decided);
  await writeItemStock(tx, [...new Set(lines.map(({ sku }) => stock.headers.get(sku)!))]);
  await writeBalances(tx, stock.warehouse.code, [...new Set(lines.map((line) => stock.balances.get(placeKey(line))!))]);
  await writeTraces(tx, stock, decided);
  await writeLayers(tx, stock.warehouse.code, changedLayers(stock));
  await insertEntries(tx, entries);
  await tell(tx, events);
  return decided;
}

async function writeTraces(tx: Tx, stock: Stock, decided: NumberedPosting[]): Promise<void> {
  const lots = [...stock.lots.values()].filter(({ fresh }) => fresh);
  await insertLots(tx, lots).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("lot") : error;
  });
  for (const lot of lots) delete lot.fresh;
  const named = decided.flatMap(({ id, lines }) =>
    lines.flatMap(({ sku, serials }, i) => (serials ?? []).map((serial) => ({ movement_id: id, line_no: i + 1, sku, serial }))),
  );
  const rows = [...new Set(named.map(({ sku, serial }) => stock.serials.get(serialKey(sku, serial))!))];
  await writeSerials(tx, rows);
  for (const row of rows) delete row.fresh;
  await insertLineSerials(tx, named);
  const pledged = decided.flatMap(({ lines }) => lines.filter(({ pledge, units }) => pledge !== "" && units > 0));
  await rememberPledged(tx, stock.warehouse.code, pledged);
  const lotted = decided.flatMap(({ id, lines }) =>
    lines.filter(({ lot }) => lot !== "").map(({ sku, lot }) => ({ sku, lot, movement_id: id })),
  );
  await insertMovementLots(tx, [...new Map(lotted.map((row) => [JSON.stringify(row), row])).values()]);
}

/** FIFO layers that are not as they were read; remembers them as they will be. */
function changedLayers({ headers, layers }: Stock): LayerRow[] {
  return [...headers].flatMap(([sku, { main, transit }]) => {
    const now = [main, transit].flatMap((pool) => pool.layers.map((layer) => ({ ...layer, sku, transit: pool === transit })));
    const before = new Map((layers.get(sku) ?? []).map((layer) => [layer.seq, layer]));
    const left = new Set(now.map(({ seq }) => seq));
    const gone = [...before.values()]
      .filter(({ seq }) => !left.has(seq))
      .map((layer) => ({ ...layer, sku, units: 0, value: ZERO, transit: false }));
    const changed = now.filter(({ seq, units, value }) => before.get(seq)?.units !== units || !before.get(seq)!.value.eq(value));
    layers.set(sku, now);
    return [...changed, ...gone];
  });
}
