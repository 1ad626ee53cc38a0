import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { progress, step, tellProgress } from "./shipment";
import type { ShipmentActionInput } from "./ship.types";

export const startPicking = (tx: Tx, caller: Caller, input: ShipmentActionInput): Promise<string> =>
  step(tx, caller, input, { mutation: "startPicking", from: ["RELEASED"], verb: "picked" }, async (started) => {
    await progress(started, "PICKING");
    await tellProgress(started, "PICKING");
  });
