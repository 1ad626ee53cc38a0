import { createHash } from "node:crypto";
import type { Caller } from "../../../shared/identity/caller";
import type { Refusal } from "../../../shared/refusal";
import { exact } from "../../../shared/units/decimal";
import type { PostMovementInput } from "../ledger/movement.inputs";

/** COMPLETED: no row is left to be posted. It may run again, when corrected rows are put in. */
export type BatchStatus = "PENDING" | "RUNNING" | "COMPLETED";
export type ErrorPolicy = "REJECT_FAILED_ROWS" | "REJECT_EVERYTHING";

export interface BatchRow {
  id: string;
  client: string;
  merchant: string;
  source: string;
  /** Null: it was only tried. */
  batchRef: string | null;
  inputHash: Buffer;
  policy: ErrorPolicy;
  status: BatchStatus;
  total: number;
  posted: number;
  failed: number;
  /** When its rows were removed; null while they are there. */
  prunedAt?: Date | null;
}

/** PENDING in a COMPLETED batch: good, and not posted because another row failed (REJECT_EVERYTHING). */
export type RowState = "PENDING" | "POSTED" | "FAILED";

export interface ImportRow {
  rowNo: number;
  movement: PostMovementInput;
}

/** A row that is to be stored, as text. */
export interface RowText {
  rowNo: number;
  text: string;
}

/** What became of a row. */
export interface Outcome {
  rowNo: number;
  movementId?: string;
  refusal?: Pick<Refusal, "code" | "message" | "field">;
}

/** Who posts a batch's rows, now or after a crash: whoever handed it in, whose scopes were checked then. */
export const posterOf = ({ client, merchant }: Pick<BatchRow, "client" | "merchant">): Caller => ({
  client,
  scopes: new Set(["warehouse:write", "finance:write"]),
  ...(merchant !== "" && { merchant }),
});

export const toText = (movement: PostMovementInput): string => JSON.stringify(movement);

/** What is the same batch: the same rows, letter by letter as they are stored, under the same policy. */
export function hashOf(policy: ErrorPolicy, rows: RowText[]): Buffer {
  const hash = createHash("sha256").update(policy);
  for (const { text } of rows) hash.update("\n").update(text);
  return hash.digest();
}

/** Dates and decimals, which JSON has as text, are themselves again. */
export function fromText(text: string): PostMovementInput {
  const movement = JSON.parse(text) as PostMovementInput;
  if (movement.occurredAt != null) movement.occurredAt = new Date(movement.occurredAt);
  for (const line of movement.lines) {
    if (line.unitCost != null) line.unitCost = exact(line.unitCost);
    if (line.amount != null) line.amount = exact(line.amount);
  }
  return movement;
}

/** The path within a row: `lines.0.sku`. */
export const fieldText = (field: string[] | undefined): string | null => field?.slice(1).join(".") || null;
