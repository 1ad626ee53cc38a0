/** How much there is before anyone is measured. */
export interface Size {
  /** SKUs that are listed, besides the hot one. */
  skus: number;
  /** Ledger lines of the hot SKU, and of each other one. */
  hotLines: number;
  linesASku: number;
  /** Reservations that have ended, each with a line, an order number and a key; every tenth is of the hot SKU. */
  reservations: number;
}

export interface Subject {
  pool: string;
  warehouse: string;
  channel: string;
  client: string;
  hotSku: string;
}

/** A thousand numbers, from which all others are made, in a schema beside those of Strata. */
export const MAKE_NUMBERS = [
  "CREATE DATABASE IF NOT EXISTS strata_bench",
  "CREATE TABLE IF NOT EXISTS strata_bench.thousand (n INT NOT NULL PRIMARY KEY)",
];
export const INSERT_NUMBERS = "INSERT IGNORE INTO strata_bench.thousand (n) VALUES ?";

/** This session's rows are history that was always there: nobody reads them from the binary log. */
export const WITHOUT_BINLOG = "SET SESSION sql_log_bin = 0";

/** What was filled is written out before anyone is measured, not beside it: this share of pages may wait in memory. */
export const mayWait = (percent: number): string => `SET GLOBAL innodb_max_dirty_pages_pct = ${percent}`;
export const PAGES_THAT_WAIT = "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'";

/** A million numbers from 0; every statement takes a range of them. */
const NUMBER = "(b.n * 1000 + a.n)";
const FROM = `FROM strata_bench.thousand b JOIN strata_bench.thousand a`;
const NAMED = `CONCAT('S', LPAD(${NUMBER}, 7, '0'))`;

/** What listed items are, a thousand at a time: `?` is the thousand. */
export function listedItems({ pool, warehouse, channel, hotSku }: Subject, { linesASku }: Size): [string, unknown[]][] {
  const where = "WHERE b.n = ? ORDER BY a.n";
  return [
    [`INSERT INTO item (sku, kind, merchant) SELECT ${NAMED}, h.kind, h.merchant ${FROM} JOIN item h ON h.sku = ? ${where}`, [hotSku]],
    [`INSERT INTO listing (channel_code, sku, status, pool_code) SELECT ?, ${NAMED}, 'LISTED', ? ${FROM} ${where}`, [channel, pool]],
    [`INSERT INTO virtual_stock (pool_code, sku, on_hand, version) SELECT ?, ${NAMED}, 1000000, ? ${FROM} ${where}`, [pool, linesASku]],
    [
      `INSERT INTO warehouse_stock (warehouse_code, sku, on_hand, pool_code) SELECT ?, ${NAMED}, 1000000, ? ${FROM} ${where}`,
      [warehouse, pool],
    ],
    [`INSERT INTO availability_change (pool_code, sku, position) SELECT ?, ${NAMED}, 1000 + ${NUMBER} ${FROM} ${where}`, [pool]],
  ];
}

const ENTRY = `INSERT INTO virtual_stock_entry (pool_code, sku, seq, at, cause, reference, on_hand_delta, held_delta, committed_delta,
  frozen_delta, safety_delta, fenced_delta, incoming_delta, available_after, permitted)`;
/** Holds of one unit and their releases in turn; a reference names both. */
const turn = (seq: string) => `IF(${seq} % 2 = 0, 'HOLD', 'RELEASE'), CONCAT('old-', ${seq} DIV 2)`;
const delta = (seq: string) => `0, IF(${seq} % 2 = 0, 1, -1), 0, 0, 0, 0, 0, 1000000 - (${seq} % 2 = 0), 0`;

/** The ledgers of a thousand items: the supply, then pairs of a hold and its release. An odd number of lines each. */
export const LINES_OF_ITEMS = `${ENTRY}
  SELECT ?, ${NAMED}, k.n + 1, NOW(6), IF(k.n = 0, 'SUPPLY', IF(k.n % 2 = 1, 'HOLD', 'RELEASE')), CONCAT('old-', (k.n + 1) DIV 2),
    IF(k.n = 0, 1000000, 0), IF(k.n = 0, 0, IF(k.n % 2 = 1, 1, -1)), 0, 0, 0, 0, 0, 1000000 - (k.n % 2), 0
  ${FROM} JOIN strata_bench.thousand k ON k.n < ? WHERE b.n = ? ORDER BY a.n, k.n`;

/** A hundred thousand lines of the hot item, after those that it has. */
const HOT_SEQ = "(k.n * 1000000 + b.n * 1000 + a.n)";
export const LINES_OF_THE_HOT = `${ENTRY}
  SELECT v.pool_code, v.sku, v.version + 1 + ${HOT_SEQ}, NOW(6), ${turn(HOT_SEQ)}, ${delta(HOT_SEQ)}
  ${FROM} JOIN strata_bench.thousand k JOIN virtual_stock v ON v.pool_code = ? AND v.sku = ?
  WHERE k.n = ? AND b.n BETWEEN ? AND ? ORDER BY b.n, a.n`;
export const HOT_VERSION = "UPDATE virtual_stock SET version = version + ? WHERE pool_code = ? AND sku = ?";

const NTH = "(k.n * 1000000 + b.n * 1000 + a.n)";
const ID = `CONCAT('01900000-0000-7000-8000-', LPAD(LOWER(HEX(${NTH})), 12, '0'))`;
const ORDER = `CONCAT('order-', MD5(${NTH}))`;
const RESERVED = `${FROM} JOIN strata_bench.thousand k WHERE k.n = ? AND b.n BETWEEN ? AND ?`;

/** A hundred thousand reservations that have shipped: `?, ?, ?` is their place. By key, as whoever had written them over years. */
export function endedReservations({ pool, channel, client, hotSku }: Subject, { skus }: Size): [string, unknown[]][] {
  const sku = `IF(${NTH} % 10 = 0, ?, CONCAT('S', LPAD((${NTH} * 7919) % ?, 7, '0')))`;
  return [
    [
      `INSERT INTO reservation (id, client, merchant, order_ref, channel_code, pool_code, status, created_at, confirmed_at, version)
       SELECT ${ID}, ?, '', ${ORDER}, ?, ?, 'FULFILLED', NOW(6), NOW(6), 3 ${RESERVED} ORDER BY b.n, a.n`,
      [client, channel, pool],
    ],
    [
      `INSERT INTO reservation_line (pool_code, sku, reservation_id, line_no, merchant, quantity, fulfilled, channel_code)
       SELECT ?, ${sku} AS sku, ${ID}, 1, '', 1, 1, ? ${RESERVED} ORDER BY sku`,
      [pool, hotSku, skus, channel],
    ],
    [
      `INSERT INTO order_number (order_ref, client, channel_code) SELECT ${ORDER} AS order_ref, ?, ? ${RESERVED} ORDER BY order_ref`,
      [client, channel],
    ],
    [
      `INSERT INTO idempotency (client, mutation, idempotency_key, input_hash, entity_id, created_at)
       SELECT ?, 'reserveStock', CONCAT('key-', MD5(${NTH})) AS idempotency_key, UNHEX(REPEAT('0', 64)), ${ID}, NOW(6) ${RESERVED} ORDER BY idempotency_key`,
      [client],
    ],
  ];
}

export const ROWS_THERE = `SELECT (SELECT COUNT(*) FROM listing) AS listings, (SELECT COUNT(*) FROM virtual_stock_entry) AS entries,
  (SELECT COUNT(*) FROM reservation) AS reservations, (SELECT COUNT(*) FROM idempotency) AS idempotencyKeys`;
