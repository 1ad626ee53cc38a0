import { hash } from "node:crypto";
import { Refusal } from "../refusal";
import { checkKey } from "../units/check";
import { findKey, insertKey } from "./idempotency.sql";
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
