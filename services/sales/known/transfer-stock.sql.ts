import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

/** What is set aside of an item for a transfer. */
export interface TransferStockRow {
  transfer_id: string;
  sku: string;
  warehouse_code: string;
  pool_code: string;
  units: number;
}

const COLUMNS = ["transfer_id", "sku", "warehouse_code", "pool_code", "units"] as const;

/** Written by the reader of dispatch's feed alone, of which there is one at a time. Primary key range. */
export const readTransferStock = (tx: Tx, ids: string[]): Promise<TransferStockRow[]> =>
  ids.length === 0 ? Promise.resolve([]) : tx.query(`SELECT ${COLUMNS.join(", ")} FROM transfer_stock WHERE transfer_id IN (?)`, [ids]);

export const saveTransferStock = (tx: Tx, rows: TransferStockRow[]): Promise<void> =>
  writeHeaders(tx, "transfer_stock", rows, [...COLUMNS], ["units"]);
