import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { GENERAL } from "../source/sourcing-rule";

export interface ReturnPolicyRow {
  channel_code: string;
  window_days: number | null;
}

/** Primary key lookups. */
export const readPolicies = (reader: Reader, channels: string[]): Promise<ReturnPolicyRow[]> =>
  reader.query("SELECT channel_code, window_days FROM return_policy WHERE channel_code IN (?)", [channels]);

/** The channel's own window, else the general one; null: none. */
export async function windowOf(reader: Reader, channel: string): Promise<number | null> {
  const rows = await readPolicies(reader, [channel, GENERAL]);
  return (rows.find((row) => row.channel_code === channel) ?? rows[0])?.window_days ?? null;
}

export const savePolicy = (tx: Tx, row: ReturnPolicyRow & { saved_at: Date }): Promise<void> =>
  writeHeaders(tx, "return_policy", [row], ["channel_code", "window_days", "saved_at"], ["window_days", "saved_at"]);
