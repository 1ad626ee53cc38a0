import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkUnits } from "../../../shared/units/check";
import { databaseNow } from "../feed/clock.sql";
import { readChannel } from "../known/known.sql";
import { GENERAL } from "../source/sourcing-rule";
import { savePolicy } from "./return-policy.sql";

const MOST_DAYS = 3_650;

/** For how long goods of a channel, or of all channels without a policy of their own, may come back. */
export async function saveReturnPolicy(
  tx: Tx,
  { channel, windowDays }: { channel?: string | null; windowDays?: number | null },
): Promise<string> {
  const code = channel == null ? GENERAL : checkKey(channel, ["input", "channel"]);
  if (windowDays != null && checkUnits(windowDays, ["input", "windowDays"]) > MOST_DAYS)
    throw new Refusal("INVALID_INPUT", "must be at most 3,650", { field: ["input", "windowDays"] });
  if (code !== GENERAL && !(await readChannel(tx, code)))
    throw new Refusal("NOT_FOUND", `no channel ${code}`, { field: ["input", "channel"], retryAfterMs: 1_000 });
  await savePolicy(tx, { channel_code: code, window_days: windowDays ?? null, saved_at: await databaseNow(tx) });
  return code;
}
