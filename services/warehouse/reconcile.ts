import type { LayerDatabase, Reader } from "../../shared/db/database";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { tell } from "../../shared/flow/outbox";
import { readFeed } from "../../shared/flow/outbox.sql";
import { groupBy } from "../../shared/group";
import { nextOfPass, type StandingPass } from "../../shared/flow/standing-pass";
import { checkLedger, onSnapshot, STANDING_CHECK, type Drift } from "../../shared/reconcile";
import type { LedgerShape } from "../../shared/reconcile.sql";
import { exact } from "../../shared/units/decimal";
import { placeSumsWithDrift, valueSumsWithDrift } from "./as-of/periods.sql";
import {
  allocationsWithDrift,
  bookedValues,
  inboundsWithDrift,
  lockForCheckpoint,
  movementsSince,
  openRests,
  openReturnRests,
  placesOf,
  placesWithDrift,
  raiseTold,
  stockKeysAfter,
  unbalancedEntries,
  valuationAndBooks,
  valuesOfMovements,
  type StockKey,
  type ValueRow,
} from "./reconcile.sql";

const ITEM_STOCK: LedgerShape = {
  header: "item_stock",
  lines: "movement_line",
  key: ["warehouse", "sku"],
  figures: { on_hand: "quantity", value: "value" },
};
const KEYS_A_STATEMENT = 200;
/** A movement has up to 1,000 lines. */
const MOVEMENTS_A_STATEMENT = 20;

const drift = (invariant: Drift["invariant"], subject: string, message: string): Drift => ({
  invariant,
  layer: "warehouse",
  subject,
  message,
});

/** Invariants 1, 5 and 6 in the warehouse layer, on what has changed since all was last well (or on everything). */
export async function reconcileWarehouse(db: LayerDatabase, { full = false } = {}): Promise<Drift[]> {
  const { drifts, remember } = await onSnapshot(db, async (reader) => {
    const ledger = await checkLedger(db, reader, ITEM_STOCK, full);
    const found = [...ledger.drifts];
    const movements = new Set<string>();
    for (const some of chunks(ledger.changed, KEYS_A_STATEMENT)) {
      const keys = some.map(({ key }) => key);
      found.push(...(await checkPlaces(reader, keys)));
      for (const id of await movementsSince(reader, some)) movements.add(id);
    }
    for (const ids of chunks([...movements], MOVEMENTS_A_STATEMENT)) found.push(...(await checkBooks(reader, ids)));
    found.push(...(await checkTotals(reader)));
    if (full) found.push(...(await checkLinesOfPlaces(reader)), ...(await checkSums(reader)));
    return { drifts: found, remember: ledger.remember };
  });
  if (drifts.length === 0) await remember();
  return drifts;
}

async function checkPlaces(reader: Reader, keys: StockKey[]): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for (const row of await placesOf(reader, keys)) {
    const subject = `item_stock ${row.warehouse} ${row.sku}`;
    if (row.on_hand !== Number(row.in_places)) drifts.push(drift(6, subject, `onHand is ${row.on_hand}, its places hold ${row.in_places}`));
    if (row.least < 0) drifts.push(drift(6, subject, `a place holds ${row.least} units`));
    if (row.sellable !== Number(row.sellable_in_places)) {
      drifts.push(drift(1, subject, `sellable is ${row.sellable}, its places hold ${row.sellable_in_places} for sale`));
    }
    if (row.transit_units !== Number(row.in_transit)) {
      drifts.push(drift(1, subject, `in transit are ${row.transit_units}, TRANSIT holds ${row.in_transit}`));
    }
    if (row.serials !== null && row.on_hand !== Number(row.serials)) {
      drifts.push(drift(6, subject, `onHand is ${row.on_hand}, ${row.serials} serial numbers are in stock`));
    }
    if (row.layer_value !== null && !(row.on_hand === Number(row.layer_units) && exact(row.value).eq(row.layer_value))) {
      drifts.push(
        drift(5, subject, `${row.on_hand} units are worth ${row.value}, its layers hold ${row.layer_units} worth ${row.layer_value}`),
      );
    }
  }
  return drifts;
}

/** Each movement's value by item is what its entry did to the inventory accounts, and the entry's sides are equal. */
async function checkBooks(reader: Reader, ids: string[]): Promise<Drift[]> {
  const [moved, booked] = [byMovement(await valuesOfMovements(reader, ids)), byMovement(await bookedValues(reader, ids))];
  const drifts = [...new Set([...moved.keys(), ...booked.keys()])]
    .filter((key) => !exact(moved.get(key) ?? 0).eq(booked.get(key) ?? 0))
    .map((key) =>
      drift(5, `movement ${key}`, `its value is ${moved.get(key) ?? 0}, the inventory accounts moved by ${booked.get(key) ?? 0}`),
    );
  for (const { id, debit, credit } of await unbalancedEntries(reader, ids))
    drifts.push(drift(5, `journal_entry ${id}`, `debits ${debit}, credits ${credit}`));
  return drifts;
}

const byMovement = (rows: ValueRow[]): Map<string, string> => new Map(rows.map((row) => [`${row.movement_id} ${row.sku}`, row.value]));

async function checkTotals(reader: Reader): Promise<Drift[]> {
  const books = await valuationAndBooks(reader);
  const allocations = await allocationsWithDrift(reader);
  const inbounds = await inboundsWithDrift(reader);
  return [
    ...inbounds.map((row) => drift(1, `inbound_line ${row.inbound_id} ${row.sku}`, "its units are not the sum of its steps")),
    ...books.map((row) =>
      drift(5, `books ${row.legal_entity} ${row.currency}`, `stock is worth ${row.valuation}, the inventory accounts say ${row.booked}`),
    ),
    ...allocations.map((row) =>
      drift(1, `item_stock ${row.warehouse} ${row.sku}`, `allocated is ${row.allocated}, open shipments are to take ${row.open_units}`),
    ),
  ];
}

const checkLinesOfPlaces = async (reader: Reader): Promise<Drift[]> =>
  (await placesWithDrift(reader)).map((row) =>
    drift(1, `stock_balance ${row.warehouse} ${row.sku} ${row.location}`, `holds ${row.quantity}, its lines add up to ${row.line_units}`),
  );

const AGAIN = "drop the sums and their marks to have them made again";

const checkSums = async (reader: Reader): Promise<Drift[]> => [
  ...(await placeSumsWithDrift(reader)).map(({ warehouse, sku, node, quantity, line_units }) =>
    drift(1, `stock_span ${warehouse} ${sku} ${node}`, `sums up to ${quantity}, its lines to ${line_units}; ${AGAIN}`),
  ),
  ...(await valueSumsWithDrift(reader)).map(({ warehouse, node, value, line_value }) =>
    drift(1, `value_span ${warehouse} ${node}`, `sums up to ${value}, its lines to ${line_value}; ${AGAIN}`),
  ),
];

/** Tells, under their locks, what is for sale of every item in every warehouse; gives back how many were told. With `repair` whoever has another figure books the difference. */
export async function checkpointWarehouse(db: LayerDatabase, checkId: string, repair = false): Promise<number> {
  let told = 0;
  let after: StockKey = ["", ""];
  for (;;) {
    const page = await stockKeysAfter(db, after, KEYS_A_STATEMENT);
    if (page.length === 0) return told;
    const { warehouse } = page[0];
    const skus = page.filter((row) => row.warehouse === warehouse).map((row) => row.sku);
    told += await tellCheckpoint(db, { checkId, repair }, warehouse, skus);
    after = [warehouse, skus[skus.length - 1]];
  }
}

interface Check {
  checkId: string;
  repair?: boolean;
}

const tellCheckpoint = (
  db: LayerDatabase,
  { checkId, repair }: Check,
  warehouse: string,
  skus: string[],
  fence: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<number> =>
  inTransaction(db, async (tx) => {
    await fence(tx);
    const rows = await lockForCheckpoint(tx, warehouse, skus);
    await raiseTold(tx, warehouse, skus);
    const aggregates = Object.fromEntries(rows.map((row) => [`stock:${warehouse}:${row.sku}`, Number(row.told) + 1]));
    const lines = rows.map((row) => ({ sku: row.sku, onHand: row.sellable }));
    await tell(tx, [{ type: "StockCheckpoint", checkId, ...(repair && { repair }), warehouse, lines, aggregates }]);
    return rows.length;
  });

/** How far the standing check has come: through all items, and through this layer's own events. */
export interface StandingMark extends StandingPass {
  after: StockKey;
}

const EVENTS_A_ROUND = 2_000;
const KEYS_A_ROUND = 100;

/**
 * One round of the standing check: what has changed since the last one, by this layer's own feed, and the next of all the
 * others, so that a figure that was changed elsewhere is seen too. A backlog is skipped: going through all comes by it. All are
 * gone through once after anything has happened: where nothing happens nothing is told.
 */
export async function checkOn(db: LayerDatabase, mark: StandingMark, fence: (tx: Tx) => Promise<void>): Promise<StandingMark> {
  const { goes, next } = await nextOfPass(db, mark, mark.after[0] === "", fence);
  const events = await readFeed(db, Math.max(mark.position, next.position - EVENTS_A_ROUND), EVENTS_A_ROUND);
  const all = goes ? await stockKeysAfter(db, mark.after, KEYS_A_ROUND) : [];
  const changed = events.flatMap((event) => (event.type === "StockMoved" || event.type === "ShipmentShipped" ? keysOf(event) : []));
  for (const [warehouse, rows] of groupBy([...changed, ...all], (row) => row.warehouse)) {
    for (const skus of chunks([...new Set(rows.map(({ sku }) => sku))], KEYS_A_STATEMENT))
      await tellCheckpoint(db, { checkId: STANDING_CHECK }, warehouse, skus, fence);
  }
  const last = all.length < KEYS_A_ROUND ? undefined : all[all.length - 1];
  return { ...next, after: last ? [last.warehouse, last.sku] : ["", ""] };
}

const keysOf = ({ warehouse, lines }: { warehouse: string; lines: { sku: string }[] }): { warehouse: string; sku: string }[] =>
  lines.map(({ sku }) => ({ warehouse, sku }));
/** What is still to come back by returns that dispatch announced, by return and SKU. */
export const returnRestByItem = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await openReturnRests(db)).map(({ id, sku, units }) => [JSON.stringify([id, sku]), Number(units)]));

/** What is still to come by purchase, production and transfer, by warehouse and SKU: JSON of the two. */
export const openRestByItem = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await openRests(db)).map(({ warehouse, sku, units }) => [JSON.stringify([warehouse, sku]), Number(units)]));

function chunks<T>(values: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => values.slice(i * size, (i + 1) * size));
}
