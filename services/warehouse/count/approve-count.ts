import { inLockOrder } from "../../../shared/db/lock-order";
import { LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { shareItems } from "../item/item.sql";
import { lockStock } from "../ledger/lock-stock";
import { checkRefs, chooseLines, MOST_AT_ONCE } from "./choose-lines";
import type { CountActionInput } from "./count.inputs";
import { openPlaces, pendingLines, writeLines, type CountRow } from "./count.sql";
import { postVariances, type Approved } from "./post-variances";
import { placeText, step } from "./stock-count";

/** Fewer keys than MariaDB turns into a subquery (1,000), so that rows are locked in their order. */
const ITEMS_A_STATEMENT = 500;

/**
 * Books what differs, by somebody who did not count it. Named lines are decided while others are still being counted; without
 * names the count is closed, and every place of its plan must have been counted.
 */
export async function approveCount(tx: Tx, caller: Caller, input: CountActionInput): Promise<string> {
  checkRefs(input);
  const shared = await shareItemsOf(tx, input);
  return step(tx, caller, input, { mutation: "approveCount", action: "APPROVE", from: ["OPEN", "COUNTED", "RECOUNT"] }, async (count) => {
    if (input.lines == null && count.status !== "COUNTED") throw await stillOpen(tx, count);
    const approved = await chooseLines(tx, count, input);
    if (approved.some(({ line }) => !shared.has(line.sku))) throw new LostRace("count lines");
    approved.forEach(({ line, field }) => checkApprover(caller, line, field));
    await book(tx, caller, count, approved);
    count.pendingLines -= approved.length;
    if (count.status === "COUNTED" && count.pendingLines === 0) count.status = "APPROVED";
    return approved.length;
  });
}

/** Items come before documents in the lock order; that the lines are still of these is checked under the count's lock. */
async function shareItemsOf(tx: Tx, input: CountActionInput): Promise<Set<string>> {
  const lines = input.lines ?? (isId(input.id) ? await pendingLines(tx, input.id, MOST_AT_ONCE) : []);
  const skus = inLockOrder(lines.map(({ sku }) => sku));
  for (let at = 0; at < skus.length; at += ITEMS_A_STATEMENT) await shareItems(tx, skus.slice(at, at + ITEMS_A_STATEMENT));
  return new Set(skus);
}

function checkApprover({ client }: Caller, line: Approved["line"], field: string[]): void {
  if (line.countedBy !== client) return;
  throw new Refusal("INVALID_STATE", `${placeText(line)} was counted by ${client}: somebody else approves what is above tolerance.`, {
    field,
  });
}

async function stillOpen(tx: Tx, { id, status, planned, openLines }: CountRow): Promise<Refusal> {
  const first = await openPlaces(tx, id, 3);
  const names = first.map(placeText).join("; ");
  const why = !planned
    ? "its plan is still being made"
    : openLines > 0
      ? `${openLines} places are not counted: ${names}`
      : "nothing was counted";
  return new Refusal("INVALID_STATE", `The count is ${status}: ${why}.`, { field: ["input", "id"] });
}

async function book(tx: Tx, caller: Caller, count: CountRow, approved: Approved[]): Promise<void> {
  if (approved.length === 0) return;
  const lines = approved.map(({ line }) => line);
  const stock = await lockStock(
    tx,
    count.warehouseCode,
    lines.map(({ sku }) => sku),
    {
      lots: lines.filter(({ lot }) => lot !== ""),
      serials: lines.flatMap(({ sku, missing, found }) => [...(missing ?? []), ...(found ?? [])].map((serial) => ({ sku, serial }))),
    },
  );
  await postVariances(tx, stock, count, caller.client, approved);
  await writeLines(
    tx,
    lines.map((line) => ({ ...line, approved: true })),
  );
}
