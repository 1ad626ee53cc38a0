import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

/** What an operator withdrew from sale (above zero) or gave back, and why. */
export interface AdjustmentRow {
  id: string;
  pool_code: string;
  sku: string;
  frozen_delta: number;
  reason: string;
  document: string | null;
  client: string;
  at: Date;
}

export const insertAdjustments = (tx: Tx, rows: AdjustmentRow[]): Promise<void> =>
  insertRows(tx, "adjustment", rows, ["id", "pool_code", "sku", "frozen_delta", "reason", "document", "client", "at"]);
