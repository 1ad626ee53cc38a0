import type { Reader } from "../../../shared/db/database";
import { exact, sixPlaces } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import { placesThen, pledgedItems, valuesThen, type ItemThen, type ValueThen } from "./as-of.sql";

const ITEMS_A_STATEMENT = 500;

/** What lay under a pledge, item by item; its value is its share of the item's in that warehouse, by units. */
export async function pledgedThen(reader: Reader, pledge: string, at: Date, merchant: string | undefined): Promise<ValueThen[]> {
  const items = await pledgedItems(reader, pledge, merchant);
  const rows: ValueThen[] = [];
  for (let i = 0; i < items.length; i += ITEMS_A_STATEMENT)
    rows.push(...(await sharesOf(reader, pledge, at, items.slice(i, i + ITEMS_A_STATEMENT))));
  return rows;
}

const keyOf = ({ warehouse, sku }: { warehouse: string; sku: string }): string => JSON.stringify([warehouse, sku]);

async function sharesOf(reader: Reader, pledge: string, at: Date, items: ItemThen[]): Promise<ValueThen[]> {
  const units = new Map<string, number>();
  for (const place of await placesThen(reader, items, at, undefined))
    if (place.pledge === pledge) units.set(keyOf(place), (units.get(keyOf(place)) ?? 0) + place.quantity);
  return (await valuesThen(reader, items, at))
    .filter((row) => !row.inTransit && units.has(keyOf(row)))
    .map((row) => {
      const quantity = units.get(keyOf(row))!;
      return { ...row, quantity, value: sixPlaces(shareOf({ units: row.quantity, value: exact(row.value) }, quantity)) };
    });
}
