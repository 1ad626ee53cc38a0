import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { AccountKind } from "../enums";

export interface AccountRow {
  code: string;
  name: string;
  kind: AccountKind;
  /** Whether it is one of the accounts that together equal the valuation. */
  inventory: number;
}

const ACCOUNT = "SELECT code, name, kind, inventory FROM account";

export const readAccounts = (reader: Reader, codes: readonly string[]): Promise<AccountRow[]> =>
  reader.query(`${ACCOUNT} WHERE code IN (?)`, [codes]);

export const listAccounts = (reader: Reader): Promise<AccountRow[]> => reader.query(`${ACCOUNT} ORDER BY code`);

export const lockAccount = (tx: Tx, code: string): Promise<AccountRow[]> =>
  lockRows(tx, "configuration", `${ACCOUNT} WHERE code = ? LIMIT 1 FOR UPDATE`, [code]);

/** Index by_account. */
export async function hasPostings(reader: Reader, account: string): Promise<boolean> {
  return (await reader.query("SELECT account FROM journal_line WHERE account = ? LIMIT 1", [account])).length > 0;
}

export const saveAccountRow = (tx: Tx, { code, name, kind }: Omit<AccountRow, "inventory">): Promise<void> =>
  writeHeaders(tx, "account", [{ code, name, kind }], ["code", "name", "kind"], ["name", "kind"]);
