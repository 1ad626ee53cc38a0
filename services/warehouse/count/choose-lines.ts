import type { Reader } from "../../../shared/db/database";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey } from "../../../shared/units/check";
import { invalid, lineField } from "../ledger/check-movement";
import type { CountActionInput } from "./count.inputs";
import { countPlaceKey, linesOfItems, pendingLines, type CountRow } from "./count.sql";
import type { Approved } from "./post-variances";
import { placeText } from "./stock-count";

const MOST_NAMED = 1_000;
/** Lines that one call decides without naming them: one transaction, seconds rather than minutes. */
export const MOST_AT_ONCE = 5_000;

export function checkRefs({ lines }: CountActionInput): void {
  if (lines == null) return;
  checkCount(lines, ["input", "lines"], MOST_NAMED);
  lines.forEach((line, i) => {
    for (const name of ["sku", "location", "lot"] as const) if (line[name] != null) checkKey(line[name], [...lineField(i), name]);
  });
}

/** The lines that a decision names, or all that are counted and not approved. */
export async function chooseLines(reader: Reader, count: CountRow, { lines: refs }: CountActionInput): Promise<Approved[]> {
  if (refs == null) {
    if (count.pendingLines > MOST_AT_ONCE) {
      throw invalid(`${count.pendingLines} lines wait; name up to ${MOST_NAMED} at a time above ${MOST_AT_ONCE}`, ["input", "lines"]);
    }
    const all = await pendingLines(reader, count.id, MOST_AT_ONCE);
    return all.map((line) => ({ line, field: ["input", "id"] }));
  }
  const skus = [...new Set(refs.map(({ sku }) => sku))];
  const known = new Map((await linesOfItems(reader, count.id, skus)).map((line) => [countPlaceKey(line), line]));
  const chosen = new Map<string, Approved>();
  refs.forEach((ref, i) => {
    const place = { ...ref, lot: ref.lot ?? "", status: ref.status ?? "AVAILABLE" };
    const [key, field] = [countPlaceKey(place), lineField(i)];
    const line = known.get(key);
    if (!line) throw new Refusal("NOT_FOUND", `${placeText(place)} is no line of this count.`, { field });
    if (line.counted === null) throw new Refusal("INVALID_STATE", `${placeText(place)} is not counted yet.`, { field });
    if (line.approved) throw new Refusal("INVALID_STATE", `${placeText(place)} is approved already.`, { field });
    if (chosen.has(key)) throw invalid(`${placeText(place)} is named twice`, field);
    chosen.set(key, { line, field });
  });
  return [...chosen.values()];
}
