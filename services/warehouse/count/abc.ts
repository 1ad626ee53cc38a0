import { sum, type Exact } from "../../../shared/units/decimal";
import { byteOrder } from "../../../shared/db/lock-order";
import type { AbcClass } from "../enums";

export interface Issued {
  sku: string;
  value: Exact;
}

/**
 * Classes by annual issue value: A the items that make up the first 80 %, B the next 15 %, C the rest and all without issues. An
 * item belongs to the class in which its share begins. The cuts are the common ones: inventoryturns.com/inventory-accuracy.html.
 */
export function classify(items: Issued[]): Map<string, AbcClass> {
  const total = sum(items.map(({ value }) => value));
  const ranked = [...items].sort((a, b) => b.value.comparedTo(a.value) || byteOrder(a.sku, b.sku));
  const classes = new Map<string, AbcClass>();
  let before = sum([]);
  for (const { sku, value } of ranked) {
    const of = value.lte(0) || before.gte(total.times("0.95")) ? "C" : before.gte(total.times("0.8")) ? "B" : "A";
    classes.set(sku, of);
    before = before.plus(value);
  }
  return classes;
}
