import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { Conditions } from "../each.sql";

export interface PolicyRow {
  id: string;
  warehouse: string;
  policyNumber: string;
  insuredSum: string;
  /** YYYY-MM-DD. */
  startsOn: string;
  endsBefore: string;
  currency: string;
}

const POLICY = `p.id, p.warehouse, p.policy_number AS policyNumber, p.insured_sum AS insuredSum, DATE_FORMAT(p.starts_on, '%Y-%m-%d') AS startsOn,
  DATE_FORMAT(p.ends_before, '%Y-%m-%d') AS endsBefore, w.currency FROM insurance_policy p JOIN warehouse w ON w.code = p.warehouse`;

/** By warehouse and begin. */
export const listPolicies = (reader: Reader, warehouse?: string): Promise<PolicyRow[]> => {
  const wanted = new Conditions().add("p.warehouse = ?", warehouse);
  return reader.query(`SELECT ${POLICY} ${wanted.where} ORDER BY p.warehouse, p.starts_on, p.policy_number`, wanted.params);
};

/** Index one_number. */
export const policyOf = async (reader: Reader, warehouse: string, policyNumber: string): Promise<PolicyRow | undefined> => {
  const [row] = await reader.query<PolicyRow>(`SELECT ${POLICY} WHERE p.warehouse = ? AND p.policy_number = ?`, [warehouse, policyNumber]);
  return row;
};

export const savePolicyRow = (
  tx: Tx,
  { id, warehouse, policyNumber, insuredSum, startsOn, endsBefore }: Omit<PolicyRow, "currency">,
): Promise<void> =>
  writeHeaders(
    tx,
    "insurance_policy",
    [{ id, warehouse, policy_number: policyNumber, insured_sum: insuredSum, starts_on: startsOn, ends_before: endsBefore }],
    ["id", "warehouse", "policy_number", "insured_sum", "starts_on", "ends_before"],
    ["insured_sum", "starts_on", "ends_before"],
  );

/** So that there is a row to lock: nothing has been told of a warehouse before its first policy. */
export const ensureWatch = (tx: Tx, warehouse: string): Promise<void> =>
  writeHeaders(tx, "insurance_watch", [{ warehouse, uninsured: 0, version: 0 }], ["warehouse", "uninsured", "version"], ["warehouse"]);

export interface Cover {
  warehouse: string;
  currency: string;
  value: string;
  insured: string;
}

/** What lies in each warehouse that has ever been insured, beside what is insured there today. Primary key ranges of the stock. */
export const covers = (reader: Reader): Promise<Cover[]> =>
  reader.query(
    `SELECT w.code AS warehouse, w.currency, CAST(COALESCE((SELECT SUM(s.value) FROM item_stock s WHERE s.warehouse = w.code), 0) AS CHAR) AS value,
       CAST(COALESCE(SUM(IF(p.starts_on <= UTC_DATE() AND p.ends_before > UTC_DATE(), p.insured_sum, 0)), 0) AS CHAR) AS insured
     FROM insurance_policy p JOIN warehouse w ON w.code = p.warehouse GROUP BY w.code, w.currency ORDER BY w.code`,
  );

export interface WatchRow {
  warehouse: string;
  uninsured: number;
  version: number;
}

/** What was told last of each warehouse. */
export async function lockWatch(tx: Tx): Promise<WatchRow[]> {
  const rows = await lockRows<WatchRow>(
    tx,
    "document",
    "SELECT warehouse, uninsured, version FROM insurance_watch ORDER BY warehouse FOR UPDATE",
    [],
  );
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

export const saveWatch = (tx: Tx, rows: WatchRow[]): Promise<void> =>
  writeHeaders(tx, "insurance_watch", rows, ["warehouse", "uninsured", "version"], ["uninsured", "version"]);
