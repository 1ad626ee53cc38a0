import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import { Refusal } from "../../../shared/refusal";
import type { PostingLine } from "./decide-posting";
import { readLinesSince } from "./movement.sql";
import { placeKey, type Stock } from "./stock";

/** What comes out in the past must have been there then, and have been spare ever since. */
export async function checkBackDated(tx: Tx, stock: Stock, lines: PostingLine[], occurredAt: Date): Promise<void> {
  const out = lines.filter(({ units }) => units < 0);
  if (out.length === 0) return;
  const later = groupBy(await readLinesSince(tx, stock.warehouse.code, [...new Set(out.map(({ sku }) => sku))], occurredAt), placeKey);
  for (const [key, taken] of groupBy(out, placeKey)) {
    const units = taken.reduce((sum, line) => sum - line.units, 0);
    const least = leastSince(
      stock.balances.get(key)?.quantity ?? 0,
      (later.get(key) ?? []).map(({ quantity }) => quantity),
    );
    if (least >= units) continue;
    const { sku, location, field } = taken[0];
    throw new Refusal(
      "INVALID_STATE",
      `${location} had as few as ${least} units of ${sku} since ${occurredAt.toISOString()}; ${units} cannot leave then.`,
      { field },
    );
  }
}

/** The least that a balance has been, given what it is now and the changes since, latest first. */
export function leastSince(now: number, changes: number[]): number {
  let at = now;
  let least = now;
  for (const change of changes) least = Math.min(least, (at -= change));
  return least;
}
