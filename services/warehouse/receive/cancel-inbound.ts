import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import type { ShipmentActionInput } from "../ship/ship.types";
import { tellReturn } from "./announce-return";
import { isTransferOf, progress, step, tellOpen } from "./inbound";

/** Will not come. What has begun to come is closed short instead. */
export const cancelInbound = (tx: Tx, caller: Caller, input: ShipmentActionInput): Promise<string> =>
  step(tx, caller, input, { mutation: "cancelInbound", verb: "cancelled", skus: [] }, async (open) => {
    if (isTransferOf(open.inbound))
      throw new Refusal("INVALID_STATE", "It is on its way: what does not come is lost, by receiveInbound with final: true.", {
        field: ["input", "id"],
      });
    if (open.inbound.status !== "EXPECTED") {
      throw new Refusal(
        "INVALID_STATE",
        "Some of it has come: it is PARTIALLY_RECEIVED, and closed short by receiveInbound with final: true.",
        {
          field: ["input", "id"],
        },
      );
    }
    await progress(open, "CANCELLED", [], "cancelled");
    await tellOpen(tx, open.inbound, open.lines);
    await tellReturn(open);
  });
