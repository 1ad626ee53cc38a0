import type { KeyedCall } from "./idempotency";
import { insertRows } from "./rows.sql";
import type { Tx } from "./transaction";

export interface KeyRow {
  idempotency_key: string;
  input_hash: Buffer;
  entity_id: string;
}

export async function findKey(tx: Tx, call: KeyedCall): Promise<KeyRow | undefined> {
  const [row] = await tx.query<KeyRow>(
    "SELECT idempotency_key, input_hash, entity_id FROM idempotency WHERE client = ? AND mutation = ? AND idempotency_key = ?",
    [call.client, call.mutation, call.key],
  );
  return row;
}

export async function insertKey(tx: Tx, call: KeyedCall, entityId: string): Promise<void> {
  await tx.execute(
    "INSERT INTO idempotency (client, mutation, idempotency_key, input_hash, entity_id, created_at) VALUES (?, ?, ?, ?, ?, NOW(6))",
    [call.client, call.mutation, call.key, call.inputHash, entityId],
  );
}

/** Keys of one client and mutation. Primary key. */
export const findKeys = (tx: Tx, client: string, mutation: string, keys: string[]): Promise<KeyRow[]> =>
  tx.query("SELECT idempotency_key, input_hash, entity_id FROM idempotency WHERE client = ? AND mutation = ? AND idempotency_key IN (?)", [
    client,
    mutation,
    keys,
  ]);

export const insertKeys = (tx: Tx, calls: (KeyedCall & { entityId: string })[], at: Date): Promise<void> =>
  insertRows(
    tx,
    "idempotency",
    calls.map(({ client, mutation, key, inputHash, entityId }) => ({
      client,
      mutation,
      idempotency_key: key,
      input_hash: inputHash,
      entity_id: entityId,
      created_at: at,
    })),
    ["client", "mutation", "idempotency_key", "input_hash", "entity_id", "created_at"],
  );
