import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { CODE, MOMENT } from "./columns.migrations";

/** Outbound shipments and what was done for them on the floor. */
export const shipMigrations: Migration[] = [
  {
    number: 1030,
    sentence: "Outbound shipments: one for each allocation, with its id",
    sql: `CREATE TABLE IF NOT EXISTS outbound_shipment (
      id ${ID} NOT NULL PRIMARY KEY, kind ${CODE} NOT NULL, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, order_ref ${KEY} NULL,
      warehouse ${KEY} NOT NULL, to_warehouse ${KEY} NULL, ship_to JSON NULL, status ${CODE} NOT NULL, priority INT NOT NULL, ship_by ${MOMENT} NULL,
      shipped_at ${MOMENT} NULL, delivered_at ${MOMENT} NULL, version BIGINT NOT NULL,
      KEY by_warehouse (warehouse, status, id), KEY by_status (status, id), KEY by_order (order_ref, id)) ${TABLE}`,
  },
  {
    number: 1031,
    sentence: "What a shipment is to take, item by item",
    sql: `CREATE TABLE IF NOT EXISTS outbound_line (
      shipment_id ${ID} NOT NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL, picked INT NOT NULL DEFAULT 0, short_units INT NOT NULL DEFAULT 0,
      PRIMARY KEY (shipment_id, sku), CONSTRAINT outbound_picked CHECK (quantity > 0 AND picked >= 0 AND short_units >= 0 AND picked + short_units <= quantity)) ${TABLE}`,
  },
  {
    number: 1032,
    sentence: "Parcels that left",
    sql: `CREATE TABLE IF NOT EXISTS parcel (
      id ${ID} NOT NULL PRIMARY KEY, shipment_id ${ID} NOT NULL, carrier VARCHAR(200) NULL, tracking_number VARCHAR(200) NULL, weight_grams INT NULL,
      status ${CODE} NOT NULL, KEY by_shipment (shipment_id, id)) ${TABLE}`,
  },
  {
    number: 1033,
    sentence: "What lies in a parcel",
    sql: `CREATE TABLE IF NOT EXISTS parcel_line (
      parcel_id ${ID} NOT NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL, PRIMARY KEY (parcel_id, sku), CONSTRAINT parcel_units CHECK (quantity > 0)) ${TABLE}`,
  },
  {
    number: 1034,
    sentence: "The steps of a shipment, who took them and when",
    sql: `CREATE TABLE IF NOT EXISTS shipment_step (
      shipment_id ${ID} NOT NULL, version BIGINT NOT NULL, status ${CODE} NOT NULL, parcel_id ${ID} NULL, note VARCHAR(500) NULL,
      actor ${KEY} NOT NULL, at ${MOMENT} NOT NULL, PRIMARY KEY (shipment_id, version)) ${TABLE}`,
  },
  {
    number: 1055,
    sentence: "Cancellations that each shipment was asked about, once, and the step that answered",
    sql: `CREATE TABLE IF NOT EXISTS shipment_cancellation (
      shipment_id ${ID} NOT NULL, cancellation_id ${ID} NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (shipment_id, cancellation_id)) ${TABLE}`,
  },
];
