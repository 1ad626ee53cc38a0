import type { Tx } from "../../../shared/db/transaction";
import type { EventLine } from "../../../shared/flow/messages";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { databaseNow } from "../each.sql";
import type { DeliveryOutcome } from "../enums";
import { readParcelLines, readParcels, setParcelStatus, type ParcelRow } from "./ship.sql";
import type { ReportDeliveryInput } from "./ship.types";
import { progress, step, tellProgress, unitsByItem, type Step } from "./shipment";

/** Parcels of one shipment may fare differently: the shipment takes the first of these that any of them met. */
const WORST_FIRST = ["LOST", "UNDELIVERABLE", "REFUSED", "DELIVERED"] as const satisfies DeliveryOutcome[];

/** The shipment stays SHIPPED until each of its parcels has an outcome. */
export function reportDelivery(tx: Tx, caller: Caller, input: ReportDeliveryInput): Promise<string> {
  if (input.note != null) checkText(input.note, ["input", "note"]);
  return step(tx, caller, input, { mutation: "reportDelivery", from: ["SHIPPED"], verb: "reported on" }, (shipped) =>
    report(shipped, input),
  );
}

async function report(shipped: Step, { parcelId, outcome, note }: ReportDeliveryInput): Promise<void> {
  const { tx, shipment } = shipped;
  if (shipment.kind === "TRANSFER")
    throw new Refusal("INVALID_STATE", "A transfer is received by its inbound shipment, which has the same id.", {
      field: ["input", "id"],
    });
  const parcels = await readParcels(tx, [shipment.id]);
  const meant = parcelId == null ? parcels.filter(({ status }) => status === "SHIPPED") : parcels.filter(({ id }) => id === parcelId);
  const field = ["input", "parcelId"];
  if (meant.length === 0) throw new Refusal("NOT_FOUND", "The shipment has no such parcel.", { field });
  const done = meant.find(({ status }) => status !== "SHIPPED");
  if (done) throw new Refusal("INVALID_STATE", `The parcel is ${done.status} already.`, { field });
  await setParcelStatus(
    tx,
    meant.map(({ id }) => id),
    outcome,
  );
  for (const parcel of meant) parcel.status = outcome;
  const open = parcels.some((parcel) => parcel.status === "SHIPPED");
  const met = new Set<string>(parcels.map(({ status }) => status));
  const status = WORST_FIRST.find((one) => met.has(one))!;
  const deliveredAt = !open && status === "DELIVERED" ? await databaseNow(tx) : undefined;
  await progress(shipped, open ? "SHIPPED" : status, { deliveredAt, parcelId, note });
  if (!open) await tellProgress(shipped, status, { ...(await unitsByFate(tx, parcels)), note });
}

/** What was lost and what comes back, of all parcels. */
async function unitsByFate(tx: Tx, parcels: ParcelRow[]): Promise<{ lost: EventLine[]; back: EventLine[] }> {
  const of = async (fates: string[]): Promise<EventLine[]> => {
    const ids = parcels.filter(({ status }) => fates.includes(status)).map(({ id }) => id);
    const units = unitsByItem(ids.length === 0 ? [] : await readParcelLines(tx, ids));
    return [...units].map(([sku, quantity]) => ({ sku, quantity }));
  };
  return { lost: await of(["LOST"]), back: await of(["REFUSED", "UNDELIVERABLE"]) };
}
