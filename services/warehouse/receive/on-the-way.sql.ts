import type { Reader } from "../../../shared/db/database";
import { groupBy } from "../../../shared/group";
import { exact, sum } from "../../../shared/units/decimal";
import type { Brought } from "../cost/cost";

export interface OnTheWay {
  sku: string;
  location: string;
  lot: string;
  units: number;
}

const LINES = `FROM location p JOIN movement m ON m.document_number = ? AND m.document_type = 'TRANSFER' AND m.warehouse = p.warehouse
  JOIN movement_line l ON l.movement_id = m.id AND l.location = p.code`;
const PLACES = "WHERE p.warehouse = ? AND p.kind = 'TRANSIT'";

/** What of a transfer lies in its destination's TRANSIT; its inbound shipment is locked, by which alone it moves. Index by_document. */
export async function unitsOnTheWay(reader: Reader, transferId: string, warehouse: string): Promise<OnTheWay[]> {
  const rows = await reader.query<OnTheWay>(
    `SELECT l.sku, l.location, l.lot, CAST(SUM(l.quantity) AS SIGNED) AS units ${LINES} ${PLACES}
     GROUP BY l.sku, l.location, l.lot HAVING SUM(l.quantity) > 0 ORDER BY l.sku, l.location, l.lot`,
    [transferId, warehouse],
  );
  return rows.map((row) => ({ ...row, units: Number(row.units) }));
}

/** The serial numbers among them. */
export const serialsOnTheWay = (reader: Reader, transferId: string, warehouse: string): Promise<{ sku: string; serial: string }[]> =>
  reader.query(
    `SELECT s.sku, s.serial ${LINES} JOIN movement_serial s ON s.movement_id = l.movement_id AND s.line_no = l.line_no ${PLACES}
     GROUP BY s.sku, s.serial HAVING SUM(SIGN(l.quantity)) > 0 ORDER BY s.sku, s.serial`,
    [transferId, warehouse],
  );

/** What they are worth, by item: what the transfer brought there less what of it has left. */
export async function worthOnTheWay(reader: Reader, transferId: string, warehouse: string): Promise<Map<string, Brought>> {
  const rows = await reader.query<{ sku: string; seq: number | string; units: number; value: string }>(
    `SELECT l.sku, l.seq, l.quantity AS units, l.value ${LINES} ${PLACES} ORDER BY l.sku, l.seq`,
    [transferId, warehouse],
  );
  return new Map(
    [...groupBy(rows, ({ sku }) => sku)].map(([sku, lines]) => [
      sku,
      {
        units: lines.reduce((units, line) => units + line.units, 0),
        value: sum(lines.map(({ value }) => exact(value))),
        seqs: new Set(lines.filter(({ units }) => units > 0).map(({ seq }) => Number(seq))),
      },
    ]),
  );
}
