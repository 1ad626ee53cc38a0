import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const UNITS = "INT NOT NULL DEFAULT 0";
const CODE = "CHARACTER SET ascii COLLATE ascii_bin NOT NULL";

export const orderTables: Migration[] = [
  {
    number: 1040,
    sentence: "Fulfillment orders: one for each confirmed reservation",
    sql: `CREATE TABLE IF NOT EXISTS fulfillment_order (
      id ${ID} NOT NULL PRIMARY KEY, order_ref ${KEY} NOT NULL, reservation_id ${ID} NOT NULL,
      client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, channel_code ${KEY} NOT NULL, pool_code ${KEY} NOT NULL,
      status VARCHAR(20) ${CODE}, priority INT NOT NULL, promised_at DATETIME(6) NULL, ship_not_before DATETIME(6) NULL,
      ship_to JSON NULL, decision JSON NULL, unsourced_because VARCHAR(500) NULL, created_at DATETIME(6) NOT NULL, version BIGINT NOT NULL,
      UNIQUE KEY by_reservation (reservation_id), KEY by_order (order_ref, id), KEY by_status (status, id), KEY by_client (client, id)) ${TABLE}`,
  },
  {
    number: 1041,
    sentence: "Fulfillment lines; what is not allocated, shipped or cancelled waits",
    sql: `CREATE TABLE IF NOT EXISTS fulfillment_line (
      fulfillment_id ${ID} NOT NULL, line_no SMALLINT NOT NULL, line_ref ${KEY} NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL,
      allocated ${UNITS}, backordered ${UNITS}, shipped ${UNITS}, cancelled ${UNITS}, expected_at DATETIME(6) NULL,
      PRIMARY KEY (fulfillment_id, line_no),
      CONSTRAINT fulfillment_line_units CHECK (allocated >= 0 AND backordered >= 0 AND shipped >= 0 AND cancelled >= 0
        AND allocated + backordered + shipped + cancelled <= quantity)) ${TABLE}`,
  },
  {
    number: 1042,
    sentence: "Allocations: what one warehouse is to ship for one fulfillment order",
    sql: `CREATE TABLE IF NOT EXISTS allocation (
      id ${ID} NOT NULL PRIMARY KEY, fulfillment_id ${ID} NOT NULL, warehouse_code ${KEY} NOT NULL, status VARCHAR(10) ${CODE},
      floor VARCHAR(15) ${CODE}, created_at DATETIME(6) NOT NULL,
      KEY by_fulfillment (fulfillment_id, id), KEY by_warehouse (warehouse_code, fulfillment_id), KEY by_status (status, id)) ${TABLE}`,
  },
  {
    number: 1043,
    sentence: "Allocation lines, one an item",
    sql: `CREATE TABLE IF NOT EXISTS allocation_line (
      allocation_id ${ID} NOT NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL, shipped ${UNITS},
      PRIMARY KEY (allocation_id, sku), CONSTRAINT allocation_line_units CHECK (shipped >= 0 AND shipped <= quantity)) ${TABLE}`,
  },
  {
    number: 1044,
    sentence: "Order demand that waits for stock, in the order in which it is served; warehouse_code counts it as backordered there",
    sql: `CREATE TABLE IF NOT EXISTS waiting (
      pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, urgency INT NOT NULL, promised_at DATETIME(6) NOT NULL,
      created_at DATETIME(6) NOT NULL, fulfillment_id ${ID} NOT NULL, units INT NOT NULL, warehouse_code ${KEY} NULL,
      PRIMARY KEY (pool_code, sku, urgency, promised_at, created_at, fulfillment_id), KEY by_fulfillment (fulfillment_id),
      CONSTRAINT waiting_units CHECK (units > 0)) ${TABLE}`,
  },
  {
    number: 1045,
    sentence: "Items whose waiting orders are to be looked at again",
    sql: `CREATE TABLE IF NOT EXISTS refill (pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, PRIMARY KEY (pool_code, sku)) ${TABLE}`,
  },
  {
    number: 1046,
    sentence: "Process instances: where something stands in its flow",
    sql: `CREATE TABLE IF NOT EXISTS process_instance (
      id ${ID} NOT NULL PRIMARY KEY, definition VARCHAR(20) ${CODE}, reference ${KEY} NOT NULL, client ${KEY} NOT NULL,
      state VARCHAR(30) ${CODE}, since DATETIME(6) NOT NULL, steps INT NOT NULL,
      KEY by_reference (definition, reference, id), KEY by_state (definition, state, since)) ${TABLE}`,
  },
  {
    number: 1047,
    sentence: "Process steps: everything that happened to an instance, in any layer",
    sql: `CREATE TABLE IF NOT EXISTS process_step (
      instance_id ${ID} NOT NULL, seq INT NOT NULL, at DATETIME(6) NOT NULL, event VARCHAR(40) ${CODE},
      from_state VARCHAR(30) ${CODE}, to_state VARCHAR(30) ${CODE}, actor ${KEY} NOT NULL, detail VARCHAR(500) NULL,
      PRIMARY KEY (instance_id, seq)) ${TABLE}`,
  },
  {
    number: 1068,
    sentence: "Allocations: the cancellation that the warehouse has been asked about and has not answered",
    sql: `ALTER TABLE allocation ADD COLUMN cancelling CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL`,
  },
  {
    number: 1069,
    sentence: "Cancellations that were taken up, each once",
    sql: `CREATE TABLE IF NOT EXISTS cancellation (
      id ${ID} NOT NULL PRIMARY KEY, fulfillment_id ${ID} NOT NULL, at DATETIME(6) NOT NULL, KEY by_fulfillment (fulfillment_id)) ${TABLE}`,
  },
  {
    number: 1370,
    sentence: "When what waits is expected, as its order system was told last, and as it was found last; null: no date",
    sql: `CREATE TABLE IF NOT EXISTS promise_told (
      fulfillment_id ${ID} NOT NULL, sku ${KEY} NOT NULL, told_at DATETIME(6) NULL, seen_at DATETIME(6) NULL,
      PRIMARY KEY (fulfillment_id, sku)) ${TABLE}`,
  },
];
