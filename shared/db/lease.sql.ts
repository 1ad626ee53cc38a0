import type { LayerDatabase } from "./database";
import { lockRows } from "./lock-order";
import type { Tx } from "./transaction";

export async function ensureLease(db: LayerDatabase, name: string): Promise<void> {
  await db.query("INSERT IGNORE INTO lease (name, owner, epoch, expires_at) VALUES (?, '', 0, '2000-01-01')", [name]);
}

/** The new epoch, or undefined while another owner's time runs. */
export async function acquireLease(db: LayerDatabase, name: string, owner: string, ttlSeconds: number): Promise<number | undefined> {
  const result = (await db.query(
    "UPDATE lease SET owner = ?, epoch = epoch + 1, expires_at = NOW(6) + INTERVAL ? SECOND WHERE name = ? AND expires_at < NOW(6)",
    [owner, ttlSeconds, name],
  )) as unknown as { affectedRows: number };
  if (result.affectedRows === 0) return undefined;
  const [row] = await db.query<{ owner: string; epoch: number }>("SELECT owner, epoch FROM lease WHERE name = ?", [name]);
  return row.owner === owner ? row.epoch : undefined;
}

export async function renewLease(db: LayerDatabase, name: string, owner: string, epoch: number, ttlSeconds: number): Promise<boolean> {
  const result = (await db.query("UPDATE lease SET expires_at = NOW(6) + INTERVAL ? SECOND WHERE name = ? AND owner = ? AND epoch = ?", [
    ttlSeconds,
    name,
    owner,
    epoch,
  ])) as unknown as { affectedRows: number };
  return result.affectedRows === 1;
}

export async function releaseLease(db: LayerDatabase, name: string, owner: string, epoch: number): Promise<void> {
  await db.query("UPDATE lease SET expires_at = NOW(6) WHERE name = ? AND owner = ? AND epoch = ?", [name, owner, epoch]);
}

export async function lockLease(tx: Tx, name: string): Promise<{ owner: string; epoch: number } | undefined> {
  const [row] = await lockRows<{ owner: string; epoch: number }>(
    tx,
    "lease",
    "SELECT owner, epoch FROM lease WHERE name = ? LIMIT 1 FOR UPDATE",
    [name],
  );
  return row;
}

/** A write of no consequence: that it is committed says that writes are. */
export async function noteReadiness(db: LayerDatabase): Promise<void> {
  await db.query(
    "INSERT INTO lease (name, owner, epoch, expires_at) VALUES ('readiness', '', 0, NOW(6)) ON DUPLICATE KEY UPDATE expires_at = NOW(6)",
  );
}
