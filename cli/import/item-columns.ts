import { callOrThrow, inParallel, type Caller } from "../demo/call";
import { DataFault } from "../demo/csv";
import { saveItem } from "../demo/operations";
import type { ProgressLine } from "../demo/progress";
import { readCsv, type CsvRow } from "./read-csv";

export const ITEM_NEEDED = ["sku", "name"] as const;
const WHOLE = ["weightGrams", "minShelfLifeDays"];
export const ITEM_COLUMNS = [...ITEM_NEEDED, "merchant", "unit", "tracking", "costingMethod", "standardCost", ...WHOLE];

const ITEMS_AT_ONCE = 8;

function itemOf({ cells, number }: CsvRow, path: string): Record<string, unknown> {
  for (const column of ITEM_NEEDED)
    if (cells[column] === undefined) throw new DataFault(`${path} row ${number}, column ${column}: is empty`);
  const numbers = WHOLE.filter((column) => cells[column] !== undefined).map((column) => {
    if (!/^\d{1,9}$/.test(cells[column]))
      throw new DataFault(`${path} row ${number}, column ${column}: "${cells[column]}" is not a whole number`);
    return [column, Number(cells[column])];
  });
  return { ...cells, ...Object.fromEntries(numbers) };
}

/** Makes or changes the items of a file, all of which must be good; gives back how many. */
export async function saveItems(caller: Caller, path: string, progress: ProgressLine): Promise<number> {
  const items: Record<string, unknown>[] = [];
  for await (const row of readCsv(path, ITEM_NEEDED, ITEM_COLUMNS)) items.push(itemOf(row, path));
  let saved = 0;
  await inParallel(items, ITEMS_AT_ONCE, async (input) => {
    await callOrThrow(caller, saveItem, { input });
    progress.show(++saved, items.length, "items");
  });
  return saved;
}
