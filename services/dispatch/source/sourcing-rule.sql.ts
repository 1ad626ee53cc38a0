import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { fromJson, insertRows } from "../../../shared/db/rows.sql";
import { groupBy } from "../../../shared/group";
import type { Tx } from "../../../shared/db/transaction";
import type { SourcingNode, SourcingRule, SourcingStrategy } from "./sourcing-rule";

interface RuleRow {
  channel_code: string;
  strategy: SourcingStrategy;
  allow_split: number;
  max_shipments: number | null;
}

interface NodeRow {
  channel_code: string;
  warehouse_code: string;
  priority: number;
  enabled: number;
  daily_capacity: number | null;
  safety_stock: number;
  ships_to: string[] | string | null;
}

/** The rules of some channels with their nodes, in the order of priority. Primary key lookups. */
export async function readRules(reader: Reader, channels: readonly string[]): Promise<SourcingRule[]> {
  const rules = await reader.query<RuleRow>(
    "SELECT channel_code, strategy, allow_split, max_shipments FROM sourcing_rule WHERE channel_code IN (?)",
    [channels],
  );
  if (rules.length === 0) return [];
  const nodes = await reader.query<NodeRow>(
    `SELECT channel_code, warehouse_code, priority, enabled, daily_capacity, safety_stock, ships_to
     FROM sourcing_node WHERE channel_code IN (?) ORDER BY channel_code, priority, warehouse_code`,
    [rules.map((rule) => rule.channel_code)],
  );
  const byChannel = groupBy(nodes, (node) => node.channel_code);
  return rules.map((rule) => ({
    channel: rule.channel_code,
    strategy: rule.strategy,
    allowSplit: Boolean(rule.allow_split),
    maxShipments: rule.max_shipments,
    warehouses: (byChannel.get(rule.channel_code) ?? []).map(nodeOf),
  }));
}

const nodeOf = (row: NodeRow): SourcingNode => ({
  warehouse: row.warehouse_code,
  priority: row.priority,
  enabled: Boolean(row.enabled),
  dailyCapacity: row.daily_capacity,
  safetyStock: row.safety_stock,
  shipsTo: fromJson<string[] | null>(row.ships_to),
});

/** Locks the row of a channel's rule; undefined when there is none yet. */
export async function lockRule(tx: Tx, channel: string): Promise<{ maxShipments: number | null } | undefined> {
  const [row] = await lockRows<{ max_shipments: number | null }>(
    tx,
    "configuration",
    "SELECT max_shipments FROM sourcing_rule WHERE channel_code = ? LIMIT 1 FOR UPDATE",
    [channel],
  );
  return row && { maxShipments: row.max_shipments };
}

/** Writes a rule whole. A rival that makes the same rule at the same time waits on its row. */
export async function saveRule(tx: Tx, rule: SourcingRule): Promise<void> {
  await tx.execute(
    `INSERT INTO sourcing_rule (channel_code, strategy, allow_split, max_shipments, version, saved_at) VALUES (?, ?, ?, ?, 1, NOW(6))
     ON DUPLICATE KEY UPDATE strategy = VALUES(strategy), allow_split = VALUES(allow_split), max_shipments = VALUES(max_shipments),
       version = version + 1, saved_at = VALUES(saved_at)`,
    [rule.channel, rule.strategy, rule.allowSplit, rule.maxShipments],
  );
  await tx.execute("DELETE FROM sourcing_node WHERE channel_code = ?", [rule.channel]);
  const nodes = rule.warehouses.map((node) => ({
    channel_code: rule.channel,
    warehouse_code: node.warehouse,
    priority: node.priority,
    enabled: Number(node.enabled),
    daily_capacity: node.dailyCapacity,
    safety_stock: node.safetyStock,
    ships_to: node.shipsTo,
  }));
  await insertRows(tx, "sourcing_node", nodes, [
    "channel_code",
    "warehouse_code",
    "priority",
    "enabled",
    "daily_capacity",
    "safety_stock",
    "ships_to",
  ]);
}
