import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent, UnitsReturned } from "../../../shared/flow/messages";
import { saveByHand } from "./return.sql";

/** Units that came back by hand may not be asked back again. */
export const noteReturned = (tx: Tx, events: FeedEvent<UnitsReturned>[]): Promise<void> =>
  saveByHand(
    tx,
    events.flatMap(({ movementId, orderRef, lines }) =>
      lines.map(({ sku, quantity }) => ({ movement_id: movementId, order_ref: orderRef, sku, units: quantity })),
    ),
  );
