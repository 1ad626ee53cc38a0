/** A ledger as large as wanted, made inside the database; every figure of a line follows from its number `n`. */
export const ITEMS = 5_000;
export const WAREHOUSES = ["LEDGER-0", "LEDGER-1"];
const PAIRS = ITEMS * WAREHOUSES.length;
export const LINES_A_MOVEMENT = 4;
/** Three years, the last of which ends a day ago. */
export const DAYS = 1_095;
const CHUNK = 200_000;
const MOVEMENT_KEYS = {
  by_document: "document_number, id",
  by_occurred: "occurred_at",
  by_warehouse_time: "warehouse, occurred_at, id",
  by_type_time: "type, occurred_at, id",
  by_merchant_time: "merchant, occurred_at, id",
};

const sku = "CONCAT('LEDGER-', LPAD(p.pair MOD 5000, 5, '0'))";
const warehouse = "CONCAT('LEDGER-', p.pair DIV 5000)";
/** A version 7 id by the time of posting, distinct by the movement's number. */
const id = `LOWER(CONCAT(INSERT(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(p.posted_at) * 1000)), 12, '0'), 9, 0, '-'), '-7000-8000-', LPAD(HEX(p.movement), 12, '0')))`;
/** Every hundredth movement is posted up to forty days late. */
const occurred = "IF(p.movement MOD 100 = 99 AND p.line >= 10000, p.posted_at - INTERVAL (p.movement MOD 40) DAY, p.posted_at)";

/** When a line is posted: spread evenly over the three years; each item in each warehouse has its opening line on the first day. */
const postedAt = (line: string, lines: number) => `CURRENT_DATE - INTERVAL ${DAYS + 1} DAY
      + INTERVAL FLOOR(IF(${line} < ${PAIRS}, ${line} DIV ${LINES_A_MOVEMENT} / ${PAIRS} * 86400000,
        86400000 + (${line} DIV ${LINES_A_MOVEMENT}) * ${LINES_A_MOVEMENT} / ${lines} * ${(DAYS - 1) * 86_400_000})) * 1000 MICROSECOND`;
const numbered = (line: string, lines: number, from: string) => `
  (SELECT q.line, q.line MOD ${PAIRS} AS pair, q.line DIV ${LINES_A_MOVEMENT} AS movement, ${postedAt("q.line", lines)} AS posted_at
   FROM (SELECT ${line} AS line FROM ${from}) q) p`;

const digits =
  "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";

/** For each connection; without the binary log, as nobody replicates a benchmark. */
export const SESSION = [
  "SET SESSION sql_log_bin = 0, unique_checks = 0, foreign_key_checks = 0, time_zone = '+00:00'",
  "USE strata_warehouse",
];
export const PREPARE = [
  "SET GLOBAL innodb_flush_log_at_trx_commit = 0",
  "CREATE TABLE IF NOT EXISTS bench_number (n INT NOT NULL PRIMARY KEY) ENGINE=InnoDB",
  `INSERT IGNORE INTO bench_number SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d
   FROM ${digits} a, ${digits} b, ${digits} c, ${digits} d, ${digits} e, (SELECT 0 AS d UNION ALL SELECT 1) f`,
  ...WAREHOUSES.map(
    (code) =>
      `INSERT INTO warehouse (code, name, currency, legal_entity, time_zone, address, version) VALUES ('${code}', '${code}', 'EUR', 'MAIN', 'UTC', '{"countryCode":"DE"}', 1)`,
  ),
  ...WAREHOUSES.map((code) => `INSERT INTO location (warehouse, code, kind, created_at) VALUES ('${code}', 'SHELF', 'STORAGE', NOW(6))`),
  `INSERT INTO item (sku, name, merchant, kind, components, unit, units, min_shelf_life_days, tracking, costing_method, version)
   SELECT ${sku}, 'an item', 'SELF', 'STOCKED', '[]', 'each', '[]', 0, 'NONE', 'MOVING_AVERAGE', 1 FROM (SELECT n AS pair FROM bench_number WHERE n < ${ITEMS}) p`,
  `INSERT INTO barcode (gtin, sku, unit) SELECT ${sku}, ${sku}, 'each' FROM (SELECT n AS pair FROM bench_number WHERE n < ${ITEMS}) p`,
];

/** Movements in the order of their ids, their other indexes afterwards: each page is written once. */
export function movementChunks(lines: number): string[] {
  const statements = [
    `ALTER TABLE movement ${Object.keys(MOVEMENT_KEYS)
      .map((key) => `DROP KEY ${key}`)
      .join(", ")}`,
  ];
  const movements = CHUNK / LINES_A_MOVEMENT;
  for (let from = 0; from < lines / LINES_A_MOVEMENT; from += movements) {
    const size = Math.min(movements, lines / LINES_A_MOVEMENT - from);
    statements.push(
      `INSERT INTO movement (id, type, warehouse, client, merchant, occurred_at, posted_at, posted_by, reason_code, document_type, document_number)
       SELECT ${id}, IF(p.movement MOD 1000 = 0, 'COUNT_LOSS', IF(p.movement MOD 5 = 0, 'PURCHASE_RECEIPT', 'SALES_ISSUE')),
         ${warehouse}, '', 'SELF', ${occurred}, p.posted_at, 'bench', '', 'NOTE', CONCAT('D', p.movement)
       FROM ${numbered(`(n.n + ${from}) * ${LINES_A_MOVEMENT}`, lines, `bench_number n WHERE n.n < ${size}`)} ORDER BY p.line`,
    );
  }
  statements.push(
    `ALTER TABLE movement ${Object.entries(MOVEMENT_KEYS)
      .map(([key, columns]) => `ADD KEY ${key} (${columns})`)
      .join(", ")}`,
  );
  return statements;
}

/** Lines in the order of their keys, the same way. */
export function lineChunks(lines: number): string[] {
  const statements = ["ALTER TABLE movement_line DROP KEY by_movement, DROP KEY by_item_time"];
  const seqs = lines / PAIRS;
  const pairs = Math.max(1, Math.floor(CHUNK / seqs));
  for (let from = 0; from < PAIRS; from += pairs) {
    const some = `bench_number pair STRAIGHT_JOIN bench_number seq WHERE pair.n >= ${from} AND pair.n < ${Math.min(from + pairs, PAIRS)} AND seq.n < ${seqs}`;
    statements.push(
      `INSERT INTO movement_line (warehouse, sku, seq, movement_id, line_no, location, lot, status, pledge, quantity, unit_cost, value, balance_after, occurred_at)
       SELECT ${warehouse}, ${sku}, p.line DIV ${PAIRS} + 1, ${id}, p.line MOD ${LINES_A_MOVEMENT} + 1, 'SHELF', '', 'AVAILABLE', '',
         IF(p.line < ${PAIRS}, 1000000, IF((p.line DIV ${PAIRS} + 1) MOD 5 = 0, 4, -1)), 1, IF(p.line < ${PAIRS}, 1000000, IF((p.line DIV ${PAIRS} + 1) MOD 5 = 0, 4, -1)),
         1000000 - p.line DIV ${PAIRS} + 5 * ((p.line DIV ${PAIRS} + 1) DIV 5), ${occurred}
       FROM ${numbered(`seq.n * ${PAIRS} + pair.n`, lines, some)}`,
    );
  }
  statements.push(
    "ALTER TABLE movement_line ADD UNIQUE KEY by_movement (movement_id, line_no), ADD KEY by_item_time (sku, occurred_at, movement_id)",
  );
  return statements;
}

/** Headers as the last lines leave them. */
export const HEADERS = [
  `INSERT INTO stock_balance (warehouse, sku, location, lot, status, pledge, quantity, received_at)
   SELECT l.warehouse, l.sku, l.location, l.lot, l.status, l.pledge, l.balance_after, l.occurred_at FROM movement_line l
   JOIN (SELECT warehouse, sku, MAX(seq) AS seq FROM movement_line GROUP BY warehouse, sku) last
     ON last.warehouse = l.warehouse AND last.sku = l.sku AND last.seq = l.seq WHERE l.warehouse LIKE 'LEDGER-%'`,
  `INSERT INTO item_stock (warehouse, sku, on_hand, value, last_cost, sellable, version)
   SELECT b.warehouse, b.sku, b.quantity, b.quantity, 1, b.quantity, (SELECT MAX(seq) FROM movement_line l WHERE l.warehouse = b.warehouse AND l.sku = b.sku)
   FROM stock_balance b WHERE b.warehouse LIKE 'LEDGER-%'`,
  "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
  "ANALYZE TABLE movement, movement_line, item_stock, stock_balance, item, barcode",
];

export const SOME_MOVEMENTS = `SELECT id, document_number AS document FROM strata_warehouse.movement WHERE document_number IN (?)`;
/** Rows of tables and their indexes; those that are put aside meanwhile are read as _rnd. */
export const ROWS_READ = "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler\\_read\\_%' AND Variable_name NOT LIKE '%\\_rnd%'";
export const SIZES = `SELECT TABLE_NAME AS name, ROUND(DATA_LENGTH / 1048576) AS mb, ROUND(INDEX_LENGTH / 1048576) AS indexes FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = 'strata_warehouse' AND TABLE_NAME IN ('movement', 'movement_line', 'stock_span', 'value_span')`;
