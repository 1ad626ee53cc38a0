import type { Reader } from "../../../shared/db/database";
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
