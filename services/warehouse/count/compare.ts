import { exact, ZERO, type Exact } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import type { ItemRow } from "../item/item.sql";
import type { ItemStock } from "../ledger/stock";
import type { CountRow } from "./count.sql";

/** What a place holds by the books when it is counted, and what was counted there. */
export interface Compared {
  expected: number;
  counted: number;
  /** Serial numbers that the books have there and nobody saw; null for items without them. */
  missing: string[] | null;
  /** Serial numbers that were seen there and that the books do not have. */
  found: string[] | null;
}

/** Serial numbers that are missing and others that were found instead do not make up for each other. */
export const lostUnits = ({ expected, counted, missing }: Compared): number => missing?.length ?? Math.max(expected - counted, 0);
export const foundUnits = ({ expected, counted, found }: Compared): number => found?.length ?? Math.max(counted - expected, 0);

export function compareSerials(booked: string[], seen: string[]): Pick<Compared, "missing" | "found"> {
  const [here, there] = [new Set(booked), new Set(seen)];
  return { missing: booked.filter((serial) => !there.has(serial)), found: seen.filter((serial) => !here.has(serial)) };
}

/** What was lost and what was found at the cost it would be booked at now. Null: no cost is known. Consigned goods have no value. */
export interface VarianceWorth {
  lost: Exact;
  found: Exact;
}

export function worthOf(header: ItemStock, item: ItemRow, compared: Compared): VarianceWorth | null {
  if (item.ownership !== "OWNED") return { lost: ZERO, found: ZERO };
  const [lost, found] = [lostUnits(compared), foundUnits(compared)];
  const standard = item.costingMethod === "STANDARD" ? (header.standardCost ?? item.standardCost) : null;
  const known = standard ?? header.lastCost;
  if (found > 0 && !known) return null;
  return { lost: lost === 0 ? ZERO : shareOf(header.main, lost), found: found === 0 ? ZERO : exact(known!).times(found) };
}

/**
 * Whether a line approves itself. Without any difference always. Else by the limits that are set (a percentage of zero is none),
 * all of them: units lost and found in percent of what the books had, and their value.
 */
export function isWithin(
  { tolerancePercent, toleranceValue }: Pick<CountRow, "tolerancePercent" | "toleranceValue">,
  compared: Compared,
  worth: VarianceWorth | null,
): boolean {
  const units = lostUnits(compared) + foundUnits(compared);
  if (units === 0) return true;
  if (worth === null || (tolerancePercent === 0 && toleranceValue === null)) return false;
  const fewEnough = tolerancePercent === 0 || units * 100 <= tolerancePercent * compared.expected;
  return fewEnough && (toleranceValue === null || worth.lost.plus(worth.found).lte(toleranceValue));
}
