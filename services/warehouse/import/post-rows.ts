import { earlierEffects, keyedCall, keyReused, rememberEffects, type KeyedCall } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import { LostRace } from "../../../shared/db/retry";
import { isDuplicateIn } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import type { PostingRule } from "../journal/book";
import { readPostingRules } from "../journal/journal.sql";
import { checkMovement } from "../ledger/check-movement";
import type { DecidedPosting } from "../ledger/decide-posting";
import type { PostMovementInput } from "../ledger/movement.inputs";
import { ruleOf } from "../ledger/movement-rules";
import { lockItemsOf, lockStockOf, postingOf } from "../ledger/post-movement";
import { writePostings } from "../ledger/post";
import type { Stock } from "../ledger/stock";
import { tryPosting } from "../ledger/try-posting";
import type { ImportRow, Outcome } from "./import-batch";

interface Checked extends ImportRow {
  call: KeyedCall;
}

/** What a key of these rows has made; the movement's id is known as soon as it is written. */
interface Effect {
  inputHash: Buffer;
  movementId?: string;
}

interface Decided {
  call: KeyedCall;
  effect: Effect;
  posting: DecidedPosting;
}

/** How many rows are decided before others in this process get their turn. */
const ROWS_AT_A_STRETCH = 100;

/**
 * Posts rows in their order, as postMovement would one by one, in one transaction: the locks once, each row decided in memory,
 * what was decided written together. A row that is refused leaves no trace; what becomes of each is given back.
 */
export async function postRows(tx: Tx, caller: Caller, rows: ImportRow[]): Promise<Outcome[]> {
  const posting = new Posting(tx, caller);
  const checked = rows.flatMap((row) => posting.check(row));
  await posting.lock(checked);
  for (const [i, row] of checked.entries()) {
    if (i % ROWS_AT_A_STRETCH === ROWS_AT_A_STRETCH - 1) await new Promise(setImmediate);
    await posting.decide(row);
  }
  await posting.write();
  return posting.outcomes();
}

class Posting {
  private readonly made: { rowNo: number; effect?: Effect; refusal?: Refusal }[] = [];
  private readonly effects = new Map<string, Effect>();
  private readonly stocks = new Map<string, Stock | Refusal>();
  private readonly decided = new Map<Stock, Decided[]>();
  private rules: PostingRule[] = [];

  constructor(
    private readonly tx: Tx,
    private readonly caller: Caller,
  ) {}

  check(row: ImportRow): Checked[] {
    return this.orRefuse(row, () => {
      const call = keyedCall(this.caller.client, "postMovement", row.movement);
      checkMovement(this.caller, row.movement);
      return [{ ...row, call }];
    });
  }

  async lock(rows: Checked[]): Promise<void> {
    const inputs = rows.map(({ movement }) => movement);
    await lockItemsOf(this.tx, inputs);
    const of = groupBy(inputs, ({ warehouse }) => warehouse);
    for (const code of inLockOrder(of.keys())) this.stocks.set(code, await orRefusal(lockStockOf(this.tx, code, of.get(code)!)));
    for (const [key, { inputHash, entityId }] of await earlierEffects(
      this.tx,
      rows.map(({ call }) => call),
    ))
      this.effects.set(key, { inputHash, movementId: entityId });
    this.rules = await readPostingRules(this.tx);
  }

  async decide({ rowNo, movement, call }: Checked): Promise<void> {
    try {
      const effect = this.effects.get(call.key) ?? (await this.post(movement, call));
      if (!effect.inputHash.equals(call.inputHash)) throw keyReused();
      this.made.push({ rowNo, effect });
    } catch (error) {
      this.refuse(rowNo, error);
    }
  }

  private async post(movement: PostMovementInput, call: KeyedCall): Promise<Effect> {
    const stock = this.stocks.get(movement.warehouse)!;
    if (stock instanceof Refusal) throw stock;
    if (this.mustBeWritten(stock, movement)) await this.write();
    const posting = tryPosting(stock, await postingOf(this.tx, stock, this.caller, movement), this.rules);
    const effect: Effect = { inputHash: call.inputHash };
    this.effects.set(call.key, effect);
    if (!this.decided.has(stock)) this.decided.set(stock, []);
    this.decided.get(stock)!.push({ call, effect, posting });
    return effect;
  }

  /** Whether a row reads in the ledger what rows before it may have done: their lines must be there. */
  private mustBeWritten(stock: Stock, { type, lines, ofMovement, occurredAt }: PostMovementInput): boolean {
    const rule = ruleOf(type);
    if (ofMovement != null || rule.cost === "origin") return this.decided.size > 0;
    const reads =
      (occurredAt != null && occurredAt < stock.now) ||
      lines.some(({ sku, serials }) => !serials && stock.items.get(sku)?.tracking === "SERIAL");
    return reads && rule.sign <= 0 && this.decided.has(stock);
  }

  /** Rows are made while the database stores the former ones. */
  write(): Promise<void> {
    return this.tx
      .ahead(() => this.store())
      .catch((error: unknown) => {
        // Another process has used the key or the lot since it was read: run again and find it.
        throw isDuplicateIn(error, ["idempotency", "lot"]) ? new LostRace("idempotency key or lot") : error;
      });
  }

  private async store(): Promise<void> {
    for (const [stock, decided] of this.decided) {
      const written = await writePostings(
        this.tx,
        stock,
        decided.map(({ posting }) => posting),
      );
      // Lots that had passed their day come first.
      const first = written.length - decided.length;
      decided.forEach(({ effect }, i) => (effect.movementId = written[first + i].id));
      const calls = decided.map(({ call, effect }) => ({ ...call, entityId: effect.movementId! }));
      await rememberEffects(this.tx, calls, stock.now);
    }
    this.decided.clear();
  }

  outcomes(): Outcome[] {
    return this.made.map(({ rowNo, effect, refusal }) => ({ rowNo, movementId: effect?.movementId, refusal }));
  }

  private orRefuse<T>({ rowNo }: ImportRow, work: () => T[]): T[] {
    try {
      return work();
    } catch (error) {
      this.refuse(rowNo, error);
      return [];
    }
  }

  private refuse(rowNo: number, error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
    this.made.push({ rowNo, refusal: error });
  }
}

/** A warehouse that is not there refuses its rows, and no others. */
const orRefusal = (stock: Promise<Stock>): Promise<Stock | Refusal> =>
  stock.catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
