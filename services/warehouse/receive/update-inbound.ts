import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { MAX_UNITS } from "../../../shared/units/check";
import { invalid, lineField } from "../ledger/check-movement";
import { isAnnounced, NOTHING, progress, statusOf, step, tellOpen, type Step } from "./inbound";
import { checkInboundLines, lineOf, sumLines } from "./inbound-lines";
import type { InboundLineInput, UpdateInboundInput } from "./inbound.inputs";
import { deleteInboundLines, saveInboundLines, type InboundLineRow, type StepLine } from "./inbound.sql";

/** Another date, other lines, or both. What has come stays: no line falls below it. */
export function updateInbound(tx: Tx, caller: Caller, input: UpdateInboundInput): Promise<string> {
  if (input.lines == null && input.expectedAt == null) throw invalid("expectedAt or lines is needed", ["input"]);
  if (input.lines != null) checkInboundLines(input.lines);
  const skus = (input.lines ?? []).map(({ sku }) => sku);
  return step(tx, caller, input, { mutation: "updateInbound", verb: "changed", skus, lockItems: true }, (open) => update(open, input));
}

async function update(open: Step, { expectedAt, lines }: UpdateInboundInput): Promise<void> {
  const { tx, inbound } = open;
  if (lines != null && isAnnounced(inbound))
    throw new Refusal("INVALID_STATE", "What it brings is said by its return or transfer.", { field: ["input", "lines"] });
  const now = lines == null ? open.lines : await newLines(open, lines);
  const gone = open.lines.map(({ sku }) => sku).filter((sku) => now.every((line) => line.sku !== sku));
  if (expectedAt != null) inbound.expectedAt = expectedAt;
  await saveInboundLines(tx, now);
  await deleteInboundLines(tx, inbound.id, gone);
  await progress(
    open,
    statusOf(now),
    changes(open.lines, now),
    expectedAt == null ? "changed" : `changed, due ${expectedAt.toISOString()}`,
  );
  await tellOpen(tx, inbound, now, gone);
}

async function newLines({ tx, caller, inbound, lines: before }: Step, wanted: InboundLineInput[]): Promise<InboundLineRow[]> {
  const { items, sums } = await sumLines(tx, caller, wanted);
  const now = [...sums].map(([sku, sum]) =>
    lineOf(
      inbound.id,
      sku,
      sum,
      inbound.overReceiptPercent,
      before.find((line) => line.sku === sku),
    ),
  );
  for (const line of now) {
    const field = lineField(wanted.findIndex(({ sku }) => sku === line.sku));
    if (inbound.merchant !== "" && items.get(line.sku)!.merchantCode !== inbound.merchant)
      throw invalid(`the inbound shipment is of ${inbound.merchant}'s goods`, [...field, "sku"]);
    if (line.most > MAX_UNITS) throw invalid("with the tolerance, at most 2,000,000,000 units", [...field, "quantity"]);
    const come = line.received + line.rejected;
    if (line.expected < come && line.expected !== before.find(({ sku }) => sku === line.sku)!.expected)
      throw refused(`${come} units of ${line.sku} have come or were rejected already`, [...field, "quantity"]);
  }
  const dropped = before.find((line) => !sums.has(line.sku) && line.received + line.rejected > 0);
  if (dropped) throw refused(`units of ${dropped.sku} have come or were rejected already`, ["input", "lines"]);
  return now;
}

function changes(before: InboundLineRow[], now: InboundLineRow[]): StepLine[] {
  const units = new Map(before.map(({ sku, expected }) => [sku, -expected]));
  for (const { sku, expected } of now) units.set(sku, (units.get(sku) ?? 0) + expected);
  return [...units].filter(([, expected]) => expected !== 0).map(([sku, expected]) => ({ ...NOTHING, sku, expected }));
}

const refused = (message: string, field: string[]) => new Refusal("INVALID_STATE", `It cannot be lowered: ${message}.`, { field });
