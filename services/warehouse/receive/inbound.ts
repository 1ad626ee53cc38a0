import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { databaseNow } from "../each.sql";
import type { InboundKind, InboundStatus, MovementType } from "../enums";
import { lockItems, shareItems } from "../item/item.sql";
import { ruleOf } from "../ledger/movement-rules";
import { maySee } from "../visible";
import {
  insertStep,
  lockInbound,
  moveInbound,
  readInboundLines,
  readInbounds,
  type InboundLineRow,
  type InboundRow,
  type StepLine,
} from "./inbound.sql";

/** What a receipt of each kind posts. */
export const RECEIPT_OF = {
  PURCHASE: "PURCHASE_RECEIPT",
  TRANSFER: "TRANSFER_IN",
  RETURN: "CUSTOMER_RETURN",
  PRODUCTION: "PRODUCTION_RECEIPT",
} as const satisfies Record<InboundKind, MovementType>;

/** What a receipt of this inbound posts. */
export const receiptOf = ({ kind, exchange }: InboundRow): MovementType => (exchange ? "EXCHANGE_IN" : RECEIPT_OF[kind]);

/** What dispatch announced has its return's or transfer's id, and names itself as its document. */
export const isAnnounced = ({ id, documentNumber }: InboundRow): boolean => id === documentNumber;
export const isReturnOf = (inbound: InboundRow): boolean => inbound.kind === "RETURN" && isAnnounced(inbound);
export const isTransferOf = (inbound: InboundRow): boolean => inbound.kind === "TRANSFER" && isAnnounced(inbound);

export const NOTHING = { expected: 0, received: 0, rejected: 0, restocked: 0, scrapped: 0 };

const OPEN: InboundStatus[] = ["EXPECTED", "PARTIALLY_RECEIVED"];

/** What is still to come of a line; more may have come than was expected. */
export const openUnits = ({ expected, received, rejected }: InboundLineRow): number => Math.max(0, expected - received - rejected);

/** Where an inbound stands by its lines, unless it was closed before. */
export function statusOf(lines: InboundLineRow[]): InboundStatus {
  if (lines.every((line) => openUnits(line) === 0)) return "RECEIVED";
  return lines.some(({ received, rejected }) => received + rejected > 0) ? "PARTIALLY_RECEIVED" : "EXPECTED";
}

/** What the tolerance lets come in of a line. */
export const mostOf = (expected: number, overReceiptPercent: number): number =>
  Math.floor(expected + (expected * Math.round(overReceiptPercent * 10_000)) / 1_000_000);

/** The inbound that a step takes further, locked, with its lines. */
export interface Step {
  tx: Tx;
  caller: Caller;
  inbound: InboundRow;
  lines: InboundLineRow[];
}

interface StepOptions {
  mutation: string;
  /** What the step is, in the refusal. */
  verb: string;
  /** The items that it names: shared, or locked where units come back from somewhere or nobody may receive them by hand meanwhile. */
  skus: string[];
  lockItems?: boolean;
}

/** Runs a step of an open inbound once: lock, look up the key, check the state, work, remember. A replay answers the inbound as it is now. */
export async function step<Input extends { idempotencyKey: string; id: string }>(
  tx: Tx,
  caller: Caller,
  input: Input,
  { mutation, verb, skus, ...options }: StepOptions,
  work: (step: Step) => Promise<void>,
): Promise<string> {
  const call = keyedCall(caller.client, mutation, input);
  const [found] = isId(input.id) ? await readInbounds(tx, [input.id]) : [];
  if (!found || !maySee({ merchant: caller.merchant }, found))
    throw new Refusal("NOT_FOUND", "No such inbound shipment.", { field: ["input", "id"] });
  const returns = ruleOf(RECEIPT_OF[found.kind]).cost === "origin";
  if (skus.length > 0) await (options.lockItems || returns ? lockItems : shareItems)(tx, inLockOrder(skus));
  const inbound = await lockInbound(tx, input.id);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  if (!OPEN.includes(inbound.status)) {
    throw new Refusal("INVALID_STATE", `The inbound shipment is ${inbound.status}; only one that is open can be ${verb}.`, {
      field: ["input", "id"],
    });
  }
  await work({ tx, caller, inbound, lines: await readInboundLines(tx, [inbound.id]) });
  await rememberEffect(tx, call, inbound.id);
  return inbound.id;
}

/** Raises the version, with the step's place in the history. */
export async function progress({ tx, caller, inbound }: Step, to: InboundStatus, changed: StepLine[], note: string | null): Promise<void> {
  await moveInbound(tx, inbound, to, inbound.expectedAt);
  inbound.status = to;
  inbound.version += 1;
  const { id: inboundId, version, status } = inbound;
  await insertStep(tx, { inboundId, version, status, note, actor: caller.client, at: await databaseNow(tx), lines: changed });
}

/**
 * Tells what is still to come, at the inbound's new version; `gone` are items that are no line of it any more. Returns are no
 * supply that anyone waits for. Of a receipt it is told before what came in: whoever reads both must never count a unit twice.
 */
export async function tellOpen(tx: Tx, inbound: InboundRow, lines: InboundLineRow[], gone: string[] = []): Promise<void> {
  const { id, kind, warehouseCode, documentType, documentNumber, expectedAt, status, version, client, merchant } = inbound;
  if (kind === "RETURN") return;
  const rest = lines.map((line) => ({ sku: line.sku, quantity: OPEN.includes(status) ? openUnits(line) : 0 }));
  const due = expectedAt?.toISOString() ?? null;
  await tell(tx, [
    {
      type: "InboundChanged",
      inboundId: id,
      kind,
      document: { type: documentType, number: documentNumber },
      warehouse: warehouseCode,
      lines: [...rest, ...gone.map((sku) => ({ sku, quantity: 0 }))].map((line) => ({ ...line, expectedAt: due })),
      client,
      merchant,
      aggregates: { [`inbound:${id}`]: version },
    },
  ]);
}
