import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

export interface IncomingRow {
  inbound_id: string;
  sku: string;
  warehouse_code: string;
  /** The open rest. */
  units: number;
  expected_at: Date | null;
}

/** What is to come by some inbound shipments. Only the feed's consumer writes it, under the positions' locks. Primary key ranges. */
export async function readIncoming(reader: Reader, inboundIds: string[]): Promise<IncomingRow[]> {
  if (inboundIds.length === 0) return [];
  return reader.query("SELECT inbound_id, sku, warehouse_code, units, expected_at FROM incoming WHERE inbound_id IN (?)", [inboundIds]);
}

export const saveIncoming = (tx: Tx, rows: IncomingRow[]): Promise<void> =>
  writeHeaders(tx, "incoming", rows, ["inbound_id", "sku", "warehouse_code", "units", "expected_at"], ["units", "expected_at"]);
