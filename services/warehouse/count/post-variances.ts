import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import type { Posting, PostingLine } from "../ledger/decide-posting";
import { checkTracking } from "../ledger/movement-lines";
import { post } from "../ledger/post";
import type { Stock } from "../ledger/stock";
import { foundUnits, lostUnits } from "./compare";
import type { CountLineRow, CountRow } from "./count.sql";
import { placeText } from "./stock-count";

const LINES_A_MOVEMENT = 1_000;

/** A counted line and where the caller's input names it. */
export interface Approved {
  line: CountLineRow;
  field: string[];
}

export const compared = ({ expected, counted, missing, found }: CountLineRow) => ({
  expected: expected!,
  counted: counted!,
  missing,
  found,
});

export const differs = (line: CountLineRow): boolean => lostUnits(compared(line)) + foundUnits(compared(line)) > 0;

/**
 * Books what is missing and what was found: the variance, not the figure, so that what moved since stays moved. One movement for
 * each kind and thousand lines; losses first.
 */
export async function postVariances(tx: Tx, stock: Stock, count: CountRow, postedBy: string, approved: Approved[]): Promise<void> {
  const differing = approved.filter(({ line }) => differs(line));
  const postings = [
    ...inThousands("COUNT_LOSS", differing.flatMap(lossOf)),
    ...inThousands(
      "COUNT_GAIN",
      differing.flatMap((one) => gainOf(stock, one)),
    ),
  ];
  if (postings.length === 0) return;
  await post(
    tx,
    stock,
    postings.map((posting) => ({ ...posting, occurredAt: stock.now, postedBy, client: "", countId: count.id })),
  );
}

function inThousands(type: "COUNT_LOSS" | "COUNT_GAIN", lines: PostingLine[]): Pick<Posting, "type" | "lines">[] {
  const postings = [];
  for (let at = 0; at < lines.length; at += LINES_A_MOVEMENT) postings.push({ type, lines: lines.slice(at, at + LINES_A_MOVEMENT) });
  return postings;
}

function lossOf({ line, field }: Approved): PostingLine[] {
  const units = lostUnits(compared(line));
  return units === 0 ? [] : [{ ...placeOf(line, field), units: -units, serials: line.missing }];
}

function gainOf(stock: Stock, { line, field }: Approved): PostingLine[] {
  const units = foundUnits(compared(line));
  if (units === 0) return [];
  // The item may have been changed since, while none of it was on hand.
  checkTracking(stock.items.get(line.sku)!, { lot: line.lot || null, serials: line.found }, units, true, field);
  return [{ ...placeOf(line, field), units, serials: line.found, lotExpiresOn: line.lotExpiresOn }];
}

function placeOf(line: CountLineRow, field: string[]) {
  const { sku, location, lot, status } = line;
  if (status === "PLEDGED") {
    throw new Refusal("INVALID_STATE", `${placeText(line)}: PLEDGED units leave and come by their pledge only. Release it, then recount.`, {
      field,
    });
  }
  return { sku, location, lot, status, pledge: "", field };
}
