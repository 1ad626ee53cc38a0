import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent, ReturnCancelRequested, ReturnExpected } from "../../../shared/flow/messages";
import { tell } from "../../../shared/flow/outbox";
import { databaseNow } from "../each.sql";
import { lockItems } from "../item/item.sql";
import { invalid, lineField } from "../ledger/check-movement";
import { announcedLines, insertAnnounced, serialsOfOrder } from "./announced.sql";
import { isReturnOf, NOTHING, progress, type Step } from "./inbound";
import type { ReceiveLineInput } from "./inbound.inputs";
import {
  insertInbound,
  insertStep,
  lockInbound,
  readInboundLines,
  readInbounds,
  saveInboundLines,
  type InboundLineRow,
} from "./inbound.sql";

type Expected = FeedEvent<ReturnExpected>;
type CancelAsked = FeedEvent<ReturnCancelRequested>;
/** What dispatch tells of returns. */
export type ReturnEvent = Expected | CancelAsked;

export const isReturnEvent = (event: FeedEvent): event is ReturnEvent =>
  event.type === "ReturnExpected" || event.type === "ReturnCancelRequested";

/** Before the documents: nobody receives these items by hand under the same order meanwhile. */
export async function lockReturnedItems(tx: Tx, events: ReturnEvent[]): Promise<void> {
  const skus = events.flatMap((event) => (event.type === "ReturnExpected" ? event.lines.map(({ sku }) => sku) : []));
  if (skus.length > 0) await lockItems(tx, inLockOrder(skus));
}

/** Each return is expected once; what is told again changes nothing. */
export async function announceReturns(tx: Tx, events: ReturnEvent[]): Promise<void> {
  const known = new Set((await readInbounds(tx, [...new Set(events.map(({ returnId }) => returnId))])).map(({ id }) => id));
  for (const event of events) {
    if (event.type === "ReturnCancelRequested") await cancelReturn(tx, event);
    else if (!known.has(event.returnId)) {
      known.add(event.returnId);
      await expectReturn(tx, event);
    }
  }
}

async function expectReturn(tx: Tx, { returnId: id, orderRef, warehouse, exchange, lines, client, merchant }: Expected): Promise<void> {
  const document = { documentType: "RETURN", documentNumber: id, documentLine: null, supplier: null, orderRef };
  const row = {
    id,
    kind: "RETURN",
    client,
    merchant,
    ...document,
    warehouseCode: warehouse,
    status: "EXPECTED",
    expectedAt: null,
  } as const;
  await insertInbound(tx, { ...row, overReceiptPercent: 0, exchange, version: 1 });
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  const expected = [...units].map(([sku, quantity]) => ({ ...NOTHING, sku, expected: quantity }));
  await saveInboundLines(
    tx,
    expected.map((line) => ({ ...line, inboundId: id, most: line.expected, unitCost: null })),
  );
  await insertAnnounced(
    tx,
    lines.map((line, i) => ({ inbound_id: id, line_no: i + 1, ...line })),
  );
  const at = await databaseNow(tx);
  await insertStep(tx, { inboundId: id, version: 1, status: "EXPECTED", note: "announced", actor: "dispatch", at, lines: expected });
}

/** Only while nothing has come: else what has come was told, and is the answer. */
async function cancelReturn(tx: Tx, { returnId, client }: CancelAsked): Promise<void> {
  const inbound = await lockInbound(tx, returnId);
  if (inbound.status !== "EXPECTED") return;
  const lines = await readInboundLines(tx, [returnId]);
  const open: Step = { tx, caller: { client, scopes: new Set() }, inbound, lines };
  await progress(open, "CANCELLED", [], "cancelled by its return");
  await tellReturn(open);
}

/** Tells dispatch what has come so far of a return that it announced. */
export async function tellReturn({ tx, caller, inbound, lines }: Step): Promise<void> {
  const { id, orderRef, warehouseCode, status, version, client, merchant } = inbound;
  if (!isReturnOf(inbound) || status === "EXPECTED") return;
  await tell(tx, [
    {
      type: "ReturnProgressed",
      returnId: id,
      orderRef: orderRef ?? "",
      warehouse: warehouseCode,
      status,
      actor: caller.client,
      lines: lines.map(disposed),
      client,
      merchant,
      aggregates: { [`inbound:${id}`]: version },
    },
  ]);
}

const disposed = ({ sku, received, rejected, restocked, scrapped }: InboundLineRow) => ({
  sku,
  restocked,
  quarantined: received - restocked - scrapped,
  scrapped,
  rejected,
});

/** A returned serial number left with its order, and is one of those that were named, where any were. */
export async function checkNamed({ tx, inbound }: Step, lines: ReceiveLineInput[]): Promise<void> {
  const given = lines.flatMap(({ sku, serials }, i) =>
    (serials ?? []).map((serial) => ({ sku, serial, field: [...lineField(i), "serials"] })),
  );
  if (given.length === 0 || !isReturnOf(inbound)) return;
  const left = new Set((await serialsOfOrder(tx, inbound.orderRef!, given)).map(textOf));
  const stranger = given.find((one) => !left.has(textOf(one)));
  if (stranger) throw invalid(`${stranger.serial} of ${stranger.sku} did not leave with order ${inbound.orderRef}`, stranger.field);
  const announced = await announcedLines(tx, [inbound.id]);
  const wrong = given.find(({ sku, serial }) => {
    const own = announced.filter((line) => line.sku === sku);
    return own.every(({ serials }) => serials !== null && !serials.includes(serial));
  });
  if (wrong) throw invalid(`the return names other serial numbers of ${wrong.sku} than ${wrong.serial}`, wrong.field);
}

const textOf = ({ sku, serial }: { sku: string; serial: string }): string => `${sku}\u0000${serial}`;
