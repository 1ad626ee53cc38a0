import type { FeedEvent, ReturnProgressed } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import { OrderEventKind } from "../notice/notice";
import { askReplacement } from "./proceed";
import { receivedUnits, type Arrival, type ReturnFile } from "./return-order";

const ARRIVAL: Record<ReturnProgressed["status"], Arrival> = {
  PARTIALLY_RECEIVED: "RECEIVING",
  RECEIVED: "RECEIVED",
  CANCELLED: "CANCELLED",
};

/** What has come of a return, in all, or that nothing will. What is told again, or was told before, says nothing new. */
export function receiveReturn(desk: Desk, event: FeedEvent<ReturnProgressed>): void {
  const file = desk.returns.of(event.returnId);
  const version = event.aggregates[`inbound:${event.returnId}`] ?? 0;
  if (!file || version <= file.arrival_version) return;
  Object.assign(file, { arrival: ARRIVAL[event.status], arrival_version: version, cancelling: 0 });
  const before = file.lines.map(receivedUnits);
  for (const line of event.lines) spreadOver(file, line);
  if (file.arrival === "CANCELLED" && file.replacement === "PLANNED") file.replacement = "WITHDRAWN";
  if (file.arrival === "RECEIVED" && file.replacement === "PLANNED") askReplacement(desk, file, event.actor);
  const detail = `${event.warehouse} ${event.status}: ${event.lines.map(inWords).join("; ")}`;
  desk.returns.step(file, { event: event.type, at: new Date(event.at), actor: event.actor, detail });
  const came = file.lines.map((line, i) => ({ sku: line.sku, lineRef: line.line_ref, quantity: receivedUnits(line) - before[i] }));
  const lines = came.filter(({ quantity }) => quantity > 0);
  if (lines.length > 0)
    desk.happened(desk.orders.of(file.fulfillment_id)!, { kind: OrderEventKind.RETURNED, lines, detail: `return ${file.id}` });
}

const inWords = ({ sku, restocked, quarantined, scrapped, rejected }: ReturnProgressed["lines"][number]): string =>
  `${sku} ${restocked} restocked, ${quarantined} quarantined, ${scrapped} scrapped, ${rejected} rejected`;

const DISPOSITIONS = ["restocked", "quarantined", "scrapped", "rejected"] as const;

/** The units of an item go to its lines in their order, each as far as it has room. */
function spreadOver(file: ReturnFile, { sku, ...units }: ReturnProgressed["lines"][number]): void {
  const lines = file.lines.filter((line) => line.sku === sku);
  for (const line of lines) for (const disposition of DISPOSITIONS) line[disposition] = 0;
  for (const disposition of DISPOSITIONS) {
    let rest = units[disposition];
    for (const line of lines) {
      const given = Math.min(rest, line.quantity - receivedUnits(line) - line.rejected);
      line[disposition] += given;
      rest -= given;
    }
    if (rest > 0) throw new Error(`return ${file.id}: ${rest} units of ${sku} more than its lines have`);
  }
}
