import type { Reader } from "../../../shared/db/database";
import type { Visible } from "../known/visible";

interface Units {
  place: string;
  sku: string;
  units: number | string;
}

/** A caller of one merchant is shown that merchant's items alone. */
const ofMerchant = ({ merchant }: Visible): { sql: string; params: string[] } =>
  merchant === undefined ? { sql: "", params: [] } : { sql: "AND i.merchant = ?", params: [merchant] };

/** The STOCKED items of which most left some warehouses lately, the most wanted first. Primary key range of shipped_daily for each warehouse. */
export async function itemsInDemand(
  reader: Reader,
  warehouses: string[],
  days: number,
  { skus, visible, limit }: { skus?: string[]; visible: Visible; limit: number },
): Promise<{ sku: string; merchant: string }[]> {
  const named = skus === undefined ? "" : "AND s.sku IN (?)";
  const owner = ofMerchant(visible);
  return reader.query(
    `SELECT s.sku, i.merchant FROM shipped_daily s JOIN item i ON i.sku = s.sku AND i.kind = 'STOCKED'
     WHERE s.warehouse_code IN (?) AND s.day > CURRENT_DATE - INTERVAL ? DAY ${named} ${owner.sql}
     GROUP BY s.sku, i.merchant HAVING SUM(s.units) > 0 ORDER BY SUM(s.units) DESC, s.sku LIMIT ?`,
    [warehouses, days, ...(skus === undefined ? [] : [skus]), ...owner.params, limit],
  );
}

/** Primary key lookups. */
export const standingsOf = (
  reader: Reader,
  warehouses: string[],
  skus: string[],
): Promise<{ place: string; sku: string; on_hand: number; allocated: number; inbound: number }[]> =>
  reader.query(
    "SELECT warehouse_code AS place, sku, on_hand, allocated, inbound FROM stock_position WHERE warehouse_code IN (?) AND sku IN (?)",
    [warehouses, skus],
  );

const PLANNED = `FROM transfer_order o JOIN transfer_line l ON l.transfer_id = o.id WHERE o.status IN ('DRAFT', 'RELEASING', 'RELEASED')`;

/** Units of open transfers that have not left and are not allocated yet: they are to leave there. Index by_status. */
export const plannedOut = (reader: Reader, skus: string[]): Promise<Units[]> =>
  reader.query(
    `SELECT o.from_warehouse AS place, l.sku, SUM(l.quantity) AS units ${PLANNED} AND o.status = 'DRAFT' AND l.sku IN (?) GROUP BY o.from_warehouse, l.sku`,
    [skus],
  );

/** Units of open transfers that have not left and are to come there. Index by_status. */
export const plannedIn = (reader: Reader, skus: string[]): Promise<Units[]> =>
  reader.query(
    `SELECT o.to_warehouse AS place, l.sku, SUM(IF(o.status = 'DRAFT', l.quantity, l.allocated)) AS units ${PLANNED} AND l.sku IN (?)
     GROUP BY o.to_warehouse, l.sku`,
    [skus],
  );

/** The drafts of one suggestion, as they are now, in the order in which they were made. Index by_suggestion. */
export const draftsOfSuggestion = (reader: Reader, suggestion: string): Promise<{ id: string }[]> =>
  reader.query("SELECT id FROM transfer_order WHERE suggestion = ? ORDER BY id", [suggestion]);
