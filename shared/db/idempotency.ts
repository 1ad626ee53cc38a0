import { hash } from "node:crypto";
import { Refusal } from "../refusal";
import { checkKey } from "../units/check";
import { findKey, findKeys, insertKey, insertKeys } from "./idempotency.sql";
import { isDuplicate, LostRace } from "./retry";
import type { Tx } from "./transaction";

/** One call that is to take effect once: whose, which mutation, its key and what it asked. */
export interface KeyedCall {
  client: string;
  mutation: string;
  key: string;
  inputHash: Buffer;
}

/** The scope is the client, not its API key, so that rotating a key changes nothing. Keys are compared byte by byte. */
export function keyedCall(client: string, mutation: string, input: { idempotencyKey: string }): KeyedCall {
  const { idempotencyKey, ...rest } = input;
  return {
    client,
    mutation,
    key: checkKey(idempotencyKey, ["input", "idempotencyKey"], 200),
    inputHash: hash("sha256", canonical(rest), "buffer"),
  };
}

/**
 * The entity that an earlier call with this key made, or undefined. Ask after the locks. The answer to a replay is that
 * entity in its present state; another input under the same key is refused.
 */
export async function earlierEffect(tx: Tx, call: KeyedCall): Promise<string | undefined> {
  const found = await findKey(tx, call);
  if (found && !found.input_hash.equals(call.inputHash)) throw keyReused();
  return found?.entity_id;
}

/** Remembers the effect in its own transaction. A rival with the same key makes the whole work run again and find it. */
export async function rememberEffect(tx: Tx, call: KeyedCall, entityId: string): Promise<void> {
  try {
    await insertKey(tx, call, entityId);
  } catch (error) {
    throw isDuplicate(error) ? new LostRace("idempotency key") : error;
  }
}

/** Fewer than MariaDB turns into a subquery (1,000): each is found by its key. */
const KEYS_A_STATEMENT = 500;

/** What earlier calls of one client made, by key, with the hash of what they asked. Ask after the locks. */
export async function earlierEffects(tx: Tx, calls: KeyedCall[]): Promise<Map<string, { inputHash: Buffer; entityId: string }>> {
  const effects = new Map<string, { inputHash: Buffer; entityId: string }>();
  for (let at = 0; at < calls.length; at += KEYS_A_STATEMENT) {
    const some = calls.slice(at, at + KEYS_A_STATEMENT);
    for (const row of await findKeys(
      tx,
      some[0].client,
      some[0].mutation,
      some.map(({ key }) => key),
    ))
      effects.set(row.idempotency_key, { inputHash: row.input_hash, entityId: row.entity_id });
  }
  return effects;
}

/** Remembers many effects in their transaction. */
export async function rememberEffects(tx: Tx, calls: (KeyedCall & { entityId: string })[], at: Date): Promise<void> {
  await insertKeys(tx, calls, at).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("idempotency key") : error;
  });
}

export const keyReused = (): Refusal =>
  new Refusal("IDEMPOTENCY_KEY_REUSED", "This idempotencyKey came before with another input.", { field: ["input", "idempotencyKey"] });

/** JSON with sorted properties and without absent ones, so that equal inputs have equal text. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  let text = "";
  for (const key of Object.keys(value).sort()) {
    const property = (value as Record<string, unknown>)[key];
    if (property !== undefined && property !== null) text += `${text && ","}${JSON.stringify(key)}:${canonical(property)}`;
  }
  return `{${text}}`;
}
