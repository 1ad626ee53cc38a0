import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const UNITS = "INT NOT NULL DEFAULT 0";
const CODE = "VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL";

export const transferTables: Migration[] = [
  {
    number: 1300,
    sentence: "Warehouses: their legal entity and currency, between which nothing is transferred; empty while not told",
    sql: `ALTER TABLE warehouse ADD COLUMN books ${KEY} NOT NULL DEFAULT ''`,
  },
  {
    number: 1301,
    sentence: "Transfers from one warehouse to another; the shipment and the inbound shipment have their id",
    sql: `CREATE TABLE IF NOT EXISTS transfer_order (
      id ${ID} NOT NULL PRIMARY KEY, from_warehouse ${KEY} NOT NULL, to_warehouse ${KEY} NOT NULL, pool_code ${KEY} NULL, status ${CODE}, reason ${CODE},
      expected_at DATETIME(6) NULL, note VARCHAR(500) NULL, cancelling ${ID} NULL, handed_over TINYINT NOT NULL, arrival_version BIGINT NOT NULL,
      client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, created_at DATETIME(6) NOT NULL, version BIGINT NOT NULL,
      KEY by_status (status, id), KEY by_due (status, expected_at)) ${TABLE}`,
  },
  {
    number: 1302,
    sentence: "What a transfer is to move, item by item, and what became of it",
    sql: `CREATE TABLE IF NOT EXISTS transfer_line (
      transfer_id ${ID} NOT NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL, allocated ${UNITS}, shipped ${UNITS}, received ${UNITS}, lost ${UNITS},
      PRIMARY KEY (transfer_id, sku),
      CONSTRAINT transfer_line_units CHECK (quantity > 0 AND allocated >= 0 AND shipped >= 0 AND received >= 0 AND lost >= 0
        AND allocated + shipped <= quantity AND received + lost <= shipped)) ${TABLE}`,
  },
  {
    number: 1303,
    sentence: "Transfers: the suggestion that made them",
    sql: `ALTER TABLE transfer_order ADD COLUMN suggestion ${ID} NULL, ADD KEY by_suggestion (suggestion)`,
  },
];
