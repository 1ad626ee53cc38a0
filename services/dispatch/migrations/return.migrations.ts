import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const UNITS = "INT NOT NULL DEFAULT 0";
const CODE = "CHARACTER SET ascii COLLATE ascii_bin NOT NULL";

export const returnTables: Migration[] = [
  {
    number: 1310,
    sentence: "Fulfillment orders: the return that one is the replacement of",
    sql: `ALTER TABLE fulfillment_order ADD COLUMN return_id ${ID} NULL`,
  },
  {
    number: 1311,
    sentence: "Allocations: when their goods left and when they were delivered",
    sql: "ALTER TABLE allocation ADD COLUMN shipped_at DATETIME(6) NULL, ADD COLUMN delivered_at DATETIME(6) NULL",
  },
  {
    number: 1312,
    sentence: "Returns; arrival and replacement say how far each half is, and the status follows from them",
    sql: `CREATE TABLE IF NOT EXISTS return_order (
      id ${ID} NOT NULL PRIMARY KEY, order_ref ${KEY} NOT NULL, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, kind VARCHAR(11) ${CODE},
      status VARCHAR(23) ${CODE}, warehouse_code ${KEY} NOT NULL, replacement_ships VARCHAR(10) ${CODE}, approval VARCHAR(10) ${CODE},
      arrival VARCHAR(10) ${CODE}, arrival_version BIGINT NOT NULL, replacement VARCHAR(10) ${CODE}, replacement_id ${ID} NULL, cancelling TINYINT NOT NULL,
      fulfillment_id ${ID} NOT NULL, reservation_id ${ID} NOT NULL, channel_code ${KEY} NOT NULL, pool_code ${KEY} NOT NULL,
      shipment_id ${ID} NULL, actor ${KEY} NOT NULL, note VARCHAR(500) NULL, created_at DATETIME(6) NOT NULL, version BIGINT NOT NULL,
      UNIQUE KEY by_shipment (shipment_id), KEY by_order (order_ref, id), KEY by_status (status, id), KEY by_client (client, id)) ${TABLE}`,
  },
  {
    number: 1313,
    sentence: "What is to come back or to be replaced, line by line, and what became of it",
    sql: `CREATE TABLE IF NOT EXISTS return_line (
      return_id ${ID} NOT NULL, line_no SMALLINT NOT NULL, sku ${KEY} NOT NULL, line_ref ${KEY} NULL, shipment_id ${ID} NULL, quantity INT NOT NULL,
      serials JSON NULL, reason VARCHAR(500) NOT NULL, exchange_for ${KEY} NULL,
      restocked ${UNITS}, quarantined ${UNITS}, scrapped ${UNITS}, rejected ${UNITS}, PRIMARY KEY (return_id, line_no), KEY by_shipment (shipment_id),
      CONSTRAINT return_line_units CHECK (quantity > 0 AND restocked >= 0 AND quarantined >= 0 AND scrapped >= 0 AND rejected >= 0
        AND restocked + quarantined + scrapped + rejected <= quantity)) ${TABLE}`,
  },
  {
    number: 1314,
    sentence: "Units of parcels that were lost on their way",
    sql: `CREATE TABLE IF NOT EXISTS lost_units (
      shipment_id ${ID} NOT NULL, sku ${KEY} NOT NULL, units INT NOT NULL, PRIMARY KEY (shipment_id, sku), CONSTRAINT lost_some CHECK (units > 0)) ${TABLE}`,
  },
  {
    number: 1315,
    sentence: "For how many days goods may come back, by channel; the empty channel code is the general policy",
    sql: `CREATE TABLE IF NOT EXISTS return_policy (channel_code ${KEY} NOT NULL PRIMARY KEY, window_days INT NULL, saved_at DATETIME(6) NOT NULL) ${TABLE}`,
  },
  {
    number: 1316,
    sentence: "Units of orders that came back without a return of this layer; negative where that was reversed",
    sql: `CREATE TABLE IF NOT EXISTS returned_by_hand (
      movement_id ${ID} NOT NULL, sku ${KEY} NOT NULL, order_ref ${KEY} NOT NULL, units INT NOT NULL,
      PRIMARY KEY (movement_id, sku), KEY by_order (order_ref)) ${TABLE}`,
  },
  {
    number: 1490,
    sentence: "Return lines: nothing asks for them by shipment any more",
    sql: "ALTER TABLE return_line DROP KEY by_shipment",
  },
];
