import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey } from "../../../shared/units/check";
import { databaseNow } from "../feed/clock.sql";
import { Known } from "../known/known";
import type { Visible } from "../known/visible";
import { DAYS_OF_DEMAND } from "../source/criteria";
import { shippedLately } from "../source/criteria.sql";
import { draft } from "./create-transfer";
import { decideRebalancing, type Leg, type Standing } from "./decide-rebalancing";
import { draftsOfSuggestion, itemsInDemand, plannedIn, plannedOut, standingsOf } from "./rebalancing.sql";
import { booksOf } from "./transfer.sql";
import { TransferReason } from "./transfer-order";
import { Transfers } from "./transfers";

export interface SuggestRebalancing {
  idempotencyKey: string;
  pool: string;
  daysOfSupply?: number | null;
  demandDays?: number | null;
  skus?: string[] | null;
  expectedAt?: Date | null;
}

const MOST_ITEMS = 2_000;
const MOST_NAMED = 1_000;
const MOST_DAYS = 365;
/** As many as createTransfer takes. */
const MOST_LINES = 1_000;

/**
 * What of a pool lies in the wrong warehouse, as drafts. Nothing is locked: a draft promises nothing, and its release decides by
 * what is free then. Open transfers count, so that the same is not suggested twice.
 */
export async function suggestRebalancing(tx: Tx, caller: Caller, visible: Visible, input: SuggestRebalancing): Promise<string[]> {
  const call = keyedCall(caller.client, "suggestRebalancing", input);
  checkKey(input.pool, ["input", "pool"]);
  const daysOfSupply = checkDays(input.daysOfSupply ?? 14, "daysOfSupply", MOST_DAYS);
  const demandDays = checkDays(input.demandDays ?? DAYS_OF_DEMAND, "demandDays", MOST_DAYS);
  if (input.skus != null)
    checkCount(input.skus, ["input", "skus"], MOST_NAMED).forEach((sku, i) => checkKey(sku, ["input", "skus", String(i)]));
  const before = await earlierEffect(tx, call);
  if (before) return (await draftsOfSuggestion(tx, before)).map(({ id }) => id);
  const warehouses = (await Known.read(tx, [])).warehousesOf(input.pool).map(({ code }) => code);
  if (warehouses.length === 0)
    throw new Refusal("NOT_FOUND", `no warehouse of a pool ${input.pool} is known here`, { field: ["input", "pool"] });
  const items = await itemsInDemand(tx, warehouses, demandDays, { skus: input.skus ?? undefined, visible, limit: MOST_ITEMS });
  const standings = await readStandings(
    tx,
    warehouses,
    items.map(({ sku }) => sku),
    demandDays,
  );
  const books = new Map((await booksOf(tx, warehouses)).map((row) => [row.code, row.books]));
  const legs = decideRebalancing(standings, { daysOfSupply, demandDays, mayMove: (from, to) => books.get(from) === books.get(to) });
  const suggestion = newId();
  const ids = await draftAll(tx, caller, input, { suggestion, legs, merchants: new Map(items.map((item) => [item.sku, item.merchant])) });
  await rememberEffect(tx, call, suggestion);
  return ids;
}

async function readStandings(tx: Tx, warehouses: string[], skus: string[], days: number): Promise<Standing[]> {
  if (skus.length === 0) return [];
  const unitsBy = (rows: { place: string; sku: string; units: number | string }[]) =>
    new Map(rows.map(({ place, sku, units }) => [textOf(place, sku), Number(units)]));
  const shipped = unitsBy(await shippedLately(tx, warehouses, skus, days));
  const [leaving, coming] = [unitsBy(await plannedOut(tx, skus)), unitsBy(await plannedIn(tx, skus))];
  const there = new Map((await standingsOf(tx, warehouses, skus)).map((row) => [textOf(row.place, row.sku), row]));
  return skus.flatMap((sku) =>
    warehouses.map((warehouse) => {
      const text = textOf(warehouse, sku);
      const { on_hand, allocated, inbound } = there.get(text) ?? { on_hand: 0, allocated: 0, inbound: 0 };
      return {
        warehouse,
        sku,
        free: on_hand - allocated - (leaving.get(text) ?? 0),
        coming: inbound + (coming.get(text) ?? 0),
        shipped: shipped.get(text) ?? 0,
      };
    }),
  );
}

/** A draft for each way and merchant, each with as many lines as a transfer has. */
async function draftAll(
  tx: Tx,
  caller: Caller,
  { expectedAt }: SuggestRebalancing,
  { suggestion, legs, merchants }: { suggestion: string; legs: Leg[]; merchants: ReadonlyMap<string, string> },
): Promise<string[]> {
  const at = await databaseNow(tx);
  const transfers = Transfers.none(tx);
  for (const group of groupBy(legs, ({ from, to, sku }) => JSON.stringify([from, to, merchants.get(sku)])).values()) {
    const { from, to, sku } = group[0];
    for (let start = 0; start < group.length; start += MOST_LINES) {
      const units = new Map(group.slice(start, start + MOST_LINES).map((leg) => [leg.sku, leg.units]));
      const input = { from, to, reason: TransferReason.REBALANCE, expectedAt };
      const file = { ...draft(caller.client, merchants.get(sku)!, input, units, at), suggestion };
      transfers.add(file, { event: "TransferCreated", at, actor: caller.client, detail: `suggested: ${from} to ${to}` });
    }
  }
  await transfers.save();
  return transfers.all().map(({ id }) => id);
}

function checkDays(days: number, name: string, most: number): number {
  if (days >= 1 && days <= most) return days;
  throw new Refusal("INVALID_INPUT", `1 to ${most} days`, { field: ["input", name] });
}

const textOf = (place: string, sku: string): string => JSON.stringify([place, sku]);
