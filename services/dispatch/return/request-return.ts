import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { databaseNow } from "../feed/clock.sql";
import { Desk } from "../feed/desk";
import { Known } from "../known/known";
import type { Visible } from "../known/visible";
import type { OrderFile } from "../order/fulfillment-order";
import { OrderEventKind } from "../notice/notice";
import { Orders } from "../order/orders";
import { Positions } from "../position/position";
import { checkOrderLines, checkRequest, type RequestedLine } from "./check-request";
import { newReturn } from "./new-return";
import { proceed } from "./proceed";
import { windowOf } from "./return-policy.sql";
import { isReplaced, ReplacementShips, ReturnKind } from "./return-order";
import { readOrderReturns, returnableOf } from "./read-returnable";
import { isWarehouse, itemsNamed, ordersOf } from "./return.sql";
import { shippedFrom } from "./returnable";
import { Returns } from "./returns";

/** What a customer asks for; the shape of its lines is checked. */
export interface ReturnRequest {
  idempotencyKey: string;
  orderRef: string;
  kind: ReturnKind;
  warehouse?: string | null;
  replacementShips?: ReplacementShips | null;
  approved?: boolean | null;
  lines: RequestedLine[];
}

/**
 * Units of an order are to come back, or to be sent again. All of the order is locked: what may come back is decided from what
 * left and what others have asked back, and two requests for the last unit meet here.
 */
export async function requestReturn(tx: Tx, caller: Caller, visible: Visible, input: ReturnRequest): Promise<string> {
  const call = keyedCall(caller.client, "requestReturn", input);
  checkRequest(input);
  const orders = await Orders.lock(tx, await ordersOf(tx, input.orderRef, visible));
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const origin = originOf(orders);
  if (!origin) throw new Refusal("NOT_FOUND", "no such order is known here", { field: ["input", "orderRef"], retryAfterMs: 1_000 });
  const at = await databaseNow(tx);
  const returnable = returnableOf(await readOrderReturns(tx, orders.all(), origin.order_ref));
  checkOrderLines(input, returnable, await itemsNamed(tx, exchangedFor(input)), origin.merchant, {
    days: await windowOf(tx, origin.channel_code),
    at,
  });
  if (input.warehouse != null && !(await isWarehouse(tx, input.warehouse)))
    throw new Refusal("NOT_FOUND", `no warehouse ${input.warehouse}`, { field: ["input", "warehouse"] });
  const file = newReturn(origin, {
    id: newId(),
    kind: input.kind,
    warehouse: input.warehouse ?? shippedFrom(returnable, input.lines),
    replacementShips: input.replacementShips ?? ReplacementShips.ON_RECEIPT,
    shipmentId: null,
    actor: caller.client,
    at,
    lines: input.lines,
  });
  const desk = new Desk(tx, at, await Known.read(tx, []), orders, await Positions.lock(tx, { positions: [] }), Returns.none(tx));
  desk.returns.add(file, { event: "ReturnRequested", at, actor: caller.client, detail: inWords(input) });
  const lines = input.lines.map(({ sku, quantity, lineRef }) => ({ sku, quantity, lineRef }));
  desk.happened(origin, { kind: OrderEventKind.RETURN_REQUESTED, lines, detail: `return ${file.id}` });
  if (input.approved !== false) proceed(desk, file, caller.client);
  await desk.save();
  await rememberEffect(tx, call, file.id);
  return file.id;
}

/** The oldest that is no replacement itself: replacements go where it went. */
const originOf = (orders: Orders): OrderFile | undefined => orders.all().find(({ return_id }) => return_id === null);

const inWords = ({ kind, lines }: ReturnRequest): string =>
  `${kind}: ${lines.map(({ sku, quantity, reason }) => `${quantity} of ${sku} (${reason})`).join(", ")}`;

/** Items that are to be sent for others. */
const exchangedFor = ({ kind, lines }: ReturnRequest): string[] =>
  isReplaced(kind) ? [...new Set(lines.map(({ exchangeFor, sku }) => exchangeFor ?? sku))] : [];
