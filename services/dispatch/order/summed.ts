import { checkCount, checkKey, checkUnits, type Path } from "../../../shared/units/check";

const MOST_LINES = 1_000;

/** Units by SKU; lines of the same SKU are summed before anything is decided. */
export function summed(lines: { sku: string; quantity: number }[], path: Path): Map<string, number> {
  const wanted = new Map<string, number>();
  checkCount(lines, path, MOST_LINES).forEach(({ sku, quantity }, i) => {
    const field = (name: string) => [...path, String(i), name];
    const units = (wanted.get(checkKey(sku, field("sku"))) ?? 0) + checkUnits(quantity, field("quantity"));
    wanted.set(sku, checkUnits(units, field("quantity")));
  });
  return wanted;
}
