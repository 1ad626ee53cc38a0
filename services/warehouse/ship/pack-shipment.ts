import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { progress, step, tellProgress } from "./shipment";
import type { ShipmentActionInput } from "./ship.types";

export const packShipment = (tx: Tx, caller: Caller, input: ShipmentActionInput): Promise<string> =>
  step(tx, caller, input, { mutation: "packShipment", from: ["PICKED"], verb: "packed" }, async (packed) => {
    await progress(packed, "PACKED");
    await tellProgress(packed, "PACKED");
  });
