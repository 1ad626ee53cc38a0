import type { Reader } from "../../../shared/db/database";
import { Conditions } from "../each.sql";
import type { Visible } from "../visible";

const newest = async (
  reader: Reader,
  table: string,
  of: Conditions,
  { client, merchant }: Visible,
  after: string | undefined,
  limit: number,
): Promise<string[]> => {
  of.add("t.movement_id < ?", after).add("m.client = ?", client).add("m.merchant = ?", merchant);
  const rows = await reader.query<{ id: string }>(
    `SELECT t.movement_id AS id FROM ${table} t STRAIGHT_JOIN movement m ON m.id = t.movement_id ${of.where}
     GROUP BY t.movement_id ORDER BY t.movement_id DESC LIMIT ?`,
    [...of.params, limit],
  );
  return rows.map(({ id }) => id);
};

/** Primary key of movement_lot, backwards. */
export const movementIdsOfLot = (
  reader: Reader,
  sku: string,
  lot: string,
  seen: Visible,
  after: string | undefined,
  limit: number,
): Promise<string[]> => newest(reader, "movement_lot", new Conditions().add("t.sku = ?", sku).add("t.lot = ?", lot), seen, after, limit);

/** Index by_serial, backwards. */
export const movementIdsOfSerial = (
  reader: Reader,
  sku: string,
  serial: string,
  seen: Visible,
  after: string | undefined,
  limit: number,
): Promise<string[]> =>
  newest(reader, "movement_serial", new Conditions().add("t.sku = ?", sku).add("t.serial = ?", serial), seen, after, limit);
