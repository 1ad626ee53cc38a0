import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces, type Exact } from "../../../shared/units/decimal";
import { inParts } from "../each.sql";
import { onHandOf, valueOf, type Balance, type ItemStock } from "./stock";

type HeaderRow = Omit<ItemStock, "main" | "transit" | "lastCost" | "standardCost"> & {
  onHand: number;
  value: string;
  transitUnits: number;
  transitValue: string;
  lastCost: string | null;
  standardCost: string | null;
};

const HEADER = `warehouse, sku, on_hand AS onHand, value, transit_units AS transitUnits, transit_value AS transitValue, last_cost AS lastCost,
  standard_cost AS standardCost, sellable, allocated, version, told FROM item_stock`;

const known = (cost: string | null): Exact | null => (cost === null ? null : exact(cost));

const header = ({ onHand, value, transitUnits, transitValue, lastCost, standardCost, ...row }: HeaderRow): ItemStock => ({
  ...row,
  main: { units: onHand - transitUnits, value: exact(value).minus(transitValue), layers: [] },
  transit: { units: transitUnits, value: exact(transitValue), layers: [] },
  lastCost: known(lastCost),
  standardCost: known(standardCost),
  version: Number(row.version),
  told: Number(row.told),
});

/** Primary key, in its order. */
export const lockHeaderRows = async (tx: Tx, warehouse: string, skus: string[]): Promise<ItemStock[]> => {
  const sql = `SELECT ${HEADER} WHERE warehouse = ? AND sku IN (?) ORDER BY warehouse, sku FOR UPDATE`;
  return (await inParts(skus, (some) => lockRows<HeaderRow>(tx, "stock", sql, [warehouse, some]))).map(header);
};

export const insertHeaders = (tx: Tx, warehouse: string, skus: string[]): Promise<void> =>
  insertRows(
    tx,
    "item_stock",
    skus.map((sku) => ({ warehouse, sku })),
    ["warehouse", "sku"],
  );

/** The balances of items whose headers are locked, empty ones too. Primary key range. */
export async function readBalances(reader: Reader, warehouse: string, skus: string[]): Promise<Balance[]> {
  if (skus.length === 0) return [];
  return reader.query(
    `SELECT sku, location, lot, status, pledge, quantity, allocated, received_at AS receivedAt
     FROM stock_balance WHERE warehouse = ? AND sku IN (?) ORDER BY sku, location, lot, status, pledge`,
    [warehouse, skus],
  );
}

const HEADER_COLUMNS = [
  "on_hand",
  "value",
  "transit_units",
  "transit_value",
  "last_cost",
  "standard_cost",
  "sellable",
  "allocated",
  "version",
  "told",
] as const;

export const writeItemStock = (tx: Tx, headers: ItemStock[]): Promise<void> =>
  writeHeaders(
    tx,
    "item_stock",
    headers.map((header) => ({
      warehouse: header.warehouse,
      sku: header.sku,
      on_hand: onHandOf(header),
      value: sixPlaces(valueOf(header)),
      transit_units: header.transit.units,
      transit_value: sixPlaces(header.transit.value),
      last_cost: header.lastCost && sixPlaces(header.lastCost),
      standard_cost: header.standardCost && sixPlaces(header.standardCost),
      sellable: header.sellable,
      allocated: header.allocated,
      version: header.version,
      told: header.told,
    })),
    ["warehouse", "sku", ...HEADER_COLUMNS],
    [...HEADER_COLUMNS],
  );

export const writeBalances = (tx: Tx, warehouse: string, balances: Balance[]): Promise<void> =>
  writeHeaders(
    tx,
    "stock_balance",
    balances.map(({ receivedAt, ...balance }) => ({ ...balance, warehouse, received_at: receivedAt })),
    ["warehouse", "sku", "location", "lot", "status", "pledge", "quantity", "allocated", "received_at"],
    ["quantity", "allocated", "received_at"],
  );
