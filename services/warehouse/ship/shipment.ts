import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { EventLine, ShipmentProgressed } from "../../../shared/flow/messages";
import { tell } from "../../../shared/flow/outbox";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { databaseNow } from "../each.sql";
import type { OutboundStatus } from "../enums";
import type { ItemStock } from "../ledger/stock";
import { maySee } from "../visible";
import { insertSteps, lockShipmentRow, moveShipment, type ShipmentRow } from "./ship.sql";

/** Headers by warehouse and SKU, locked. */
export type Headers = Map<string, Map<string, ItemStock>>;

export function unitsByItem(lines: EventLine[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

/** The shipment that a step takes further, locked. */
export interface Step {
  tx: Tx;
  caller: Caller;
  shipment: ShipmentRow;
}

interface StepOptions {
  mutation: string;
  /** The states it may be in. */
  from: OutboundStatus[];
  /** What the step is, in the refusal. */
  verb: string;
}

/**
 * Runs a step of a shipment once: lock, look up the key, check the state, work, remember. The answer to a replay is the
 * shipment as it is now.
 */
export async function step<Input extends { idempotencyKey: string; id: string }>(
  tx: Tx,
  caller: Caller,
  input: Input,
  { mutation, from, verb }: StepOptions,
  work: (step: Step) => Promise<void>,
): Promise<string> {
  const call = keyedCall(caller.client, mutation, input);
  const shipment = isId(input.id) ? await lockShipmentRow(tx, input.id) : undefined;
  if (!shipment || !maySee({ merchant: caller.merchant }, shipment))
    throw new Refusal("NOT_FOUND", "No such shipment.", { field: ["input", "id"] });
  const before = await earlierEffect(tx, call);
  if (before) return before;
  if (!from.includes(shipment.status)) {
    throw new Refusal("INVALID_STATE", `The shipment is ${shipment.status}; only one that is ${from.join(" or ")} can be ${verb}.`, {
      field: ["input", "id"],
    });
  }
  await work({ tx, caller, shipment });
  await rememberEffect(tx, call, shipment.id);
  return shipment.id;
}

interface Progress {
  shippedAt?: Date;
  deliveredAt?: Date;
  parcelId?: string | null;
  note?: string | null;
}

/** Books the step, with its line in the shipment's history, and raises the version. */
export async function progress(
  { tx, caller, shipment }: Step,
  to: OutboundStatus,
  { parcelId, note, ...times }: Progress = {},
): Promise<void> {
  const at = times.shippedAt ?? times.deliveredAt ?? (await databaseNow(tx));
  await moveShipment(tx, shipment, to, times);
  shipment.version += 1;
  await insertSteps(tx, [
    { shipment_id: shipment.id, version: shipment.version, status: to, parcel_id: parcelId, note, actor: caller.client, at },
  ]);
}

/** Tells of a step by which nothing left the building. */
export function tellProgress(
  { tx, caller, shipment }: Step,
  status: ShipmentProgressed["status"],
  fate: Pick<ShipmentProgressed, "lost" | "back" | "note"> = {},
): Promise<void> {
  const { id, orderRef, warehouseCode, version, client, merchant } = shipment;
  return tell(tx, [
    {
      type: "ShipmentProgressed",
      shipmentId: id,
      orderRef: orderRef ?? "",
      warehouse: warehouseCode,
      status,
      actor: caller.client,
      ...fate,
      client,
      merchant,
      aggregates: { [`shipment:${id}`]: version },
    },
  ]);
}
