import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces, type Exact } from "../../../shared/units/decimal";
import { Conditions, fromJson, inParts } from "../each.sql";
import type { CostingMethod, ItemKind, Ownership, Tracking } from "../enums";

export interface ItemRow {
  sku: string;
  name: string;
  merchantCode: string;
  /** Of the item's merchant. */
  ownership: Ownership;
  kind: ItemKind;
  components: { sku: string; quantity: number }[];
  unit: string;
  units: { code: string; factor: number }[];
  weightGrams: number | null;
  minShelfLifeDays: number;
  tracking: Tracking;
  costingMethod: CostingMethod;
  /** STANDARD: the first one, for warehouses that have none of their own yet. */
  standardCost: Exact | null;
  version: number;
}

export interface MerchantRow {
  code: string;
  name: string;
  ownership: Ownership;
}

export interface BarcodeRow {
  gtin: string;
  sku: string;
  unit: string;
}

const ITEM = `i.sku, i.name, i.merchant AS merchantCode, m.ownership, i.kind, i.components, i.unit, i.units, i.weight_grams AS weightGrams,
  i.min_shelf_life_days AS minShelfLifeDays, i.tracking, i.costing_method AS costingMethod, i.standard_cost AS standardCost, i.version
  FROM item i JOIN merchant m ON m.code = i.merchant`;

type StoredItem = Omit<ItemRow, "standardCost"> & { standardCost: string | null };

const itemRow = (row: StoredItem): ItemRow => ({
  ...row,
  standardCost: row.standardCost === null ? null : exact(row.standardCost),
  components: fromJson(row.components),
  units: fromJson(row.units),
  version: Number(row.version),
});

/** Primary key. */
export async function readItems(reader: Reader, skus: readonly string[]): Promise<ItemRow[]> {
  return (await reader.query<StoredItem>(`SELECT ${ITEM} WHERE i.sku IN (?)`, [skus])).map(itemRow);
}

/** Keeps items as they are until the transaction ends, while others do the same. */
export const shareItems = (tx: Tx, skus: string[]): Promise<unknown[]> =>
  inParts(skus, (some) => lockRows(tx, "configuration", "SELECT sku FROM item WHERE sku IN (?) ORDER BY sku LOCK IN SHARE MODE", [some]));

/** Lets nobody else move them by hand, receive their first, or change them. */
export const lockItems = (tx: Tx, skus: string[]): Promise<unknown[]> =>
  inParts(skus, (some) => lockRows(tx, "configuration", "SELECT sku FROM item WHERE sku IN (?) ORDER BY sku FOR UPDATE", [some]));

export const lockItem = (tx: Tx, sku: string): Promise<{ sku: string }[]> =>
  lockRows(tx, "configuration", "SELECT sku FROM item WHERE sku = ? LIMIT 1 FOR UPDATE", [sku]);

/** Page of items in key order; a search reads names and keys in that order until the page is full. */
export async function listItems(
  reader: Reader,
  filter: { search?: string; merchant?: string; after?: unknown },
  limit: number,
): Promise<ItemRow[]> {
  const pattern = filter.search && `%${filter.search.replace(/[\\%_]/g, (char) => `\\${char}`)}%`;
  const wanted = new Conditions()
    .add("i.sku > ?", filter.after)
    .add("i.merchant = ?", filter.merchant)
    .add("(i.sku LIKE ? OR i.name COLLATE utf8mb4_unicode_ci LIKE ?)", pattern && [pattern, pattern]);
  return (await reader.query<StoredItem>(`SELECT ${ITEM} ${wanted.where} ORDER BY i.sku LIMIT ?`, [...wanted.params, limit])).map(itemRow);
}

/** A new item is inserted, so that two who make it at once do not both succeed with version 1. */
export const saveItemRow = (tx: Tx, row: Omit<ItemRow, "ownership">): Promise<void> => {
  const { merchantCode, weightGrams, minShelfLifeDays, costingMethod, standardCost, ...same } = row;
  const columns = {
    ...same,
    merchant: merchantCode,
    weight_grams: weightGrams,
    min_shelf_life_days: minShelfLifeDays,
    costing_method: costingMethod,
    standard_cost: standardCost && sixPlaces(standardCost),
  };
  const names = Object.keys(columns) as (keyof typeof columns)[];
  if (row.version === 1) return insertRows(tx, "item", [columns], names);
  return writeHeaders(
    tx,
    "item",
    [columns],
    names,
    names.filter((name) => name !== "sku"),
  );
};

/** Units on hand anywhere; the headers of the item are locked, so none of it moves meanwhile. */
export async function lockOnHandOf(tx: Tx, sku: string): Promise<number> {
  const rows = await lockRows<{ on_hand: number }>(
    tx,
    "stock",
    "SELECT on_hand FROM item_stock WHERE sku = ? ORDER BY warehouse FOR UPDATE",
    [sku],
  );
  return rows.reduce((total, row) => total + row.on_hand, 0);
}

/** Index by_sku. */
export const readBarcodes = (reader: Reader, skus: readonly string[]): Promise<BarcodeRow[]> =>
  reader.query("SELECT gtin, sku, unit FROM barcode WHERE sku IN (?) ORDER BY sku, gtin", [skus]);

export const readBarcodesByNumber = (reader: Reader, gtins: string[]): Promise<BarcodeRow[]> =>
  reader.query("SELECT gtin, sku, unit FROM barcode WHERE gtin IN (?)", [gtins]);

export async function replaceBarcodes(tx: Tx, sku: string, rows: BarcodeRow[]): Promise<void> {
  await tx.execute("DELETE FROM barcode WHERE sku = ?", [sku]);
  await insertRows(tx, "barcode", rows, ["gtin", "sku", "unit"]);
}

export const readMerchants = (reader: Reader, codes: readonly string[]): Promise<MerchantRow[]> =>
  reader.query("SELECT code, name, ownership FROM merchant WHERE code IN (?)", [codes]);

export const listMerchants = (reader: Reader, only?: string): Promise<MerchantRow[]> => {
  const wanted = new Conditions().add("code = ?", only);
  return reader.query(`SELECT code, name, ownership FROM merchant ${wanted.where} ORDER BY code`, wanted.params);
};

export const saveMerchantRow = (tx: Tx, row: MerchantRow): Promise<void> =>
  writeHeaders(tx, "merchant", [row], ["code", "name", "ownership"], ["name"]);
