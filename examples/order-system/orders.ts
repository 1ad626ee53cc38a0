import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Strata } from "./client";

export interface Order {
  orderRef: string;
  channel: string;
  lines: { sku: string; quantity: number }[];
}

/** Holds the units and confirms them: the buyer has paid. Called again for the same order, after a crash too, it orders nothing twice. */
export async function placeOrder(strata: Strata, { orderRef, channel, lines }: Order): Promise<string> {
  // The key names the intent, so it need not be kept anywhere. Another try after a refusal is a new intent: "A-1 hold 2".
  const { reserveStock } = await strata.call<{ reserveStock: { reservation: { id: string } } }>(
    "mutation Hold($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code message retryAfterMs } } }",
    { input: { idempotencyKey: `${orderRef} hold`, orderRef, channel, lines } },
  );
  const reservationId = reserveStock.reservation.id;
  await strata.call(
    "mutation Paid($input: ConfirmReservationInput!) { confirmReservation(input: $input) { reservation { id } userErrors { code message retryAfterMs } } }",
    { input: { idempotencyKey: `${orderRef} paid`, reservationId, shipTo: { countryCode: "DE" } } },
  );
  return reservationId;
}

/** What this order system knows of its orders: what happened to each, and how far it has read. */
export interface Known {
  cursor: string | null;
  history: Record<string, string[]>;
}

interface Page {
  orderEvents: { nodes: { kind: string; order: { orderRef: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
}

/**
 * Reads on to the newest event. What events change is stored with the cursor in one step (here a file that is replaced, with a
 * database one transaction): a crash between the two would lose events or apply them twice.
 */
export async function followOrders(strata: Strata, path: string): Promise<Known> {
  let known: Known = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Known) : { cursor: null, history: {} };
  for (let more = true; more;) {
    const { orderEvents } = await strata.call<Page>(
      "query Events($after: String) { orderEvents(first: 200, after: $after) { nodes { kind order { orderRef } } pageInfo { endCursor hasNextPage } } }",
      { after: known.cursor },
    );
    const history = { ...known.history };
    for (const { kind, order } of orderEvents.nodes) history[order.orderRef] = [...(history[order.orderRef] ?? []), kind];
    known = { cursor: orderEvents.pageInfo.endCursor, history };
    writeFileSync(`${path}.new`, JSON.stringify(known), { flush: true });
    renameSync(`${path}.new`, path);
    more = orderEvents.pageInfo.hasNextPage;
  }
  return known;
}
