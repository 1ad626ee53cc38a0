import type { Reader } from "../../../shared/db/database";
import { byteOrder, lockRows } from "../../../shared/db/lock-order";
import { isDuplicate, LostRace } from "../../../shared/db/retry";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { Conditions, inParts } from "../each.sql";
import type { StockStatus } from "../enums";
import type { Place } from "./stock";

/** Where a serial number is; a row stays when its unit has left. */
export interface SerialRow {
  sku: string;
  serial: string;
  /** Null when it is not in stock. */
  warehouse: string | null;
  location: string;
  lot: string;
  status: StockStatus;
  pledge: string;
  /** The shipment that it was picked for. */
  shipmentId: string | null;
  /** Not written yet. */
  fresh?: true;
}

export interface SerialKey {
  sku: string;
  serial: string;
}

const SERIAL = "sku, serial, warehouse, location, lot, status, pledge, shipment_id AS shipmentId FROM serial";

const anyOf = (keys: readonly SerialKey[]): [string, string[]] => [
  keys.map(() => "(sku = ? AND serial = ?)").join(" OR "),
  keys.flatMap(({ sku, serial }) => [sku, serial]),
];

/** Primary key. */
export async function readSerials(reader: Reader, keys: readonly SerialKey[]): Promise<SerialRow[]> {
  if (keys.length === 0) return [];
  const [where, params] = anyOf(keys);
  return reader.query(`SELECT ${SERIAL} WHERE ${where}`, params);
}

/** Locks those that are known. Primary key, in its order. */
export async function lockSerials(tx: Tx, keys: SerialKey[]): Promise<SerialRow[]> {
  const inOrder = [...keys].sort((a, b) => byteOrder(a.sku, b.sku) || byteOrder(a.serial, b.serial));
  return inParts(inOrder, (some) => {
    const [where, params] = anyOf(some);
    return lockRows<SerialRow>(tx, "stock", `SELECT ${SERIAL} WHERE ${where} ORDER BY sku, serial FOR UPDATE`, params);
  });
}

/** Serial numbers at a place, by number; the item's header is locked, so they stay. Index by_place. */
export const serialsAt = (
  reader: Reader,
  warehouse: string,
  { sku, location, lot, status, pledge }: Place,
  shipmentId: string | null,
): Promise<SerialRow[]> => {
  const of = new Conditions().add("shipment_id = ?", shipmentId);
  return reader.query(
    `SELECT ${SERIAL} WHERE warehouse = ? AND sku = ? AND location = ? AND lot = ? AND status = ? AND pledge = ?
     ${shipmentId === null ? "AND shipment_id IS NULL" : of.and} ORDER BY serial`,
    [warehouse, sku, location, lot, status, pledge, ...of.params],
  );
};

/** Serials whose headers are locked here; a new one that somebody else makes in this moment is a duplicate key. */
export async function writeSerials(tx: Tx, serials: SerialRow[]): Promise<void> {
  const columns = ["sku", "serial", "warehouse", "location", "lot", "status", "pledge", "shipment_id"] as const;
  const rows = serials.map(({ shipmentId, ...row }) => ({ ...row, shipment_id: shipmentId }));
  const [fresh, known] = [rows.filter((row) => row.fresh), rows.filter((row) => !row.fresh)];
  await insertRows(tx, "serial", fresh, [...columns]).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("serial") : error;
  });
  await writeHeaders(tx, "serial", known, [...columns], columns.slice(2));
}

export interface LineSerialRow {
  movement_id: string;
  line_no: number;
  sku: string;
  serial: string;
}

export const insertLineSerials = (tx: Tx, rows: LineSerialRow[]): Promise<void> =>
  insertRows(tx, "movement_serial", rows, ["movement_id", "line_no", "sku", "serial"]);

export interface LineSerial {
  movementId: string;
  lineNo: number;
  serial: string;
}

/** Primary key range. */
export const readLineSerials = (reader: Reader, movementIds: readonly string[]): Promise<LineSerial[]> =>
  reader.query(
    "SELECT movement_id AS movementId, line_no AS lineNo, serial FROM movement_serial WHERE movement_id IN (?) ORDER BY movement_id, line_no, serial",
    [movementIds],
  );
