import type { KeyedCall } from "./idempotency";
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
