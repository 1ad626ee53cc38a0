import { movesValue, ruleFor, type PostingRule } from "../journal/book";
import type { Pool } from "../cost/cost";
import { decidePosting, type DecidedPosting, type Posting } from "./decide-posting";
import { ruleOf } from "./movement-rules";
import { lotKey, placeKey, serialKey, type ItemStock, type Stock } from "./stock";

/**
 * Decides a posting that others may follow on the same stock: when it is refused, by the stock or for want of a posting rule,
 * the stock in memory is left as it was.
 */
export function tryPosting(stock: Stock, posting: Posting, rules: PostingRule[]): DecidedPosting {
  const putBack = remember(stock, posting);
  try {
    const decided = decidePosting(stock, posting);
    // Its entry is made when it is written; that there is a rule for it shows here.
    if (movesValue(decided) && ruleOf(decided.type).accounts) ruleFor(rules, decided);
    return decided;
  } catch (error) {
    putBack();
    throw error;
  }
}

/** What a posting may touch: the headers, places, lots and serial numbers that its lines name. */
function remember(stock: Stock, { lines }: Posting): () => void {
  const parts = [
    kept(
      stock.headers,
      lines.map(({ sku }) => sku),
      copyOfHeader,
    ),
    kept(stock.balances, lines.map(placeKey), (balance) => ({ ...balance })),
    kept(
      stock.lots,
      lines.filter(({ lot }) => lot !== "").map(({ sku, lot }) => lotKey(sku, lot)),
      (lot) => lot,
    ),
    kept(
      stock.serials,
      lines.flatMap(({ sku, serials }) => (serials ?? []).map((serial) => serialKey(sku, serial))),
      (serial) => serial,
    ),
  ];
  return () => parts.forEach((putBack) => putBack());
}

/** Some entries of a map as they are now; gives back what puts them there again. */
function kept<Value>(map: Map<string, Value>, keys: string[], copy: (value: Value) => Value): () => void {
  const before = new Map(keys.map((key) => [key, map.has(key) ? copy(map.get(key)!) : undefined]));
  return () => {
    for (const [key, value] of before) {
      if (value === undefined) map.delete(key);
      else map.set(key, value);
    }
  };
}

const copyOfPool = ({ units, value, layers }: Pool): Pool => ({ units, value, layers: layers.map((layer) => ({ ...layer })) });

const copyOfHeader = (header: ItemStock): ItemStock => ({
  ...header,
  main: copyOfPool(header.main),
  transit: copyOfPool(header.transit),
});
