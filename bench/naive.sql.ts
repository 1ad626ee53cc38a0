/** The naive baseline's schema and its one transaction, in the order a developer writes it down. */
export const NAIVE_SCHEMA = [
  "CREATE DATABASE IF NOT EXISTS strata_naive",
  "DROP TABLE IF EXISTS strata_naive.stock, strata_naive.reservation, strata_naive.ledger",
  `CREATE TABLE strata_naive.stock (
     sku VARCHAR(64) NOT NULL PRIMARY KEY,
     available INT NOT NULL,
     held INT NOT NULL
   ) ENGINE = InnoDB`,
  `CREATE TABLE strata_naive.reservation (
     id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
     order_ref VARCHAR(64) NOT NULL,
     sku VARCHAR(64) NOT NULL,
     quantity INT NOT NULL,
     expires_at DATETIME(6) NOT NULL
   ) ENGINE = InnoDB`,
  `CREATE TABLE strata_naive.ledger (
     id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
     reservation_id BIGINT NOT NULL,
     sku VARCHAR(64) NOT NULL,
     available_delta INT NOT NULL,
     at DATETIME(6) NOT NULL
   ) ENGINE = InnoDB`,
];

export const PUT_ON_SALE = "INSERT INTO strata_naive.stock (sku, available, held) VALUES (?, ?, 0)";

export const TAKE = "UPDATE strata_naive.stock SET available = available - ?, held = held + ? WHERE sku = ? AND available >= ?";

export const RECORD_RESERVATION =
  "INSERT INTO strata_naive.reservation (order_ref, sku, quantity, expires_at) VALUES (?, ?, ?, NOW(6) + INTERVAL 900 SECOND)";

export const RECORD_LEDGER_LINE = "INSERT INTO strata_naive.ledger (reservation_id, sku, available_delta, at) VALUES (?, ?, ?, NOW(6))";

export const DROP_NAIVE = "DROP DATABASE strata_naive";
