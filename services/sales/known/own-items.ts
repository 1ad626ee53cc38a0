import { isId } from "../../../shared/ids";
import type { Refusal } from "../../../shared/refusal";
import type { SalesContext } from "../context";
import { readItems, readReservations } from "../stock/stock.sql";

/** Which of these items a caller may see: all, or, bound to a merchant, that merchant's. What this layer has not heard of is nobody's. */
export async function ownItems(ctx: SalesContext, skus: readonly string[]): Promise<(sku: string) => boolean> {
  const { merchant } = ctx.caller;
  if (merchant === undefined) return () => true;
  const loader = ctx.loader<string, string | undefined>("item.merchant", async (wanted) => {
    const found = new Map((await readItems(await ctx.onReplica(), wanted)).map((item) => [item.sku, item.merchant]));
    return wanted.map((sku) => found.get(sku));
  });
  const merchants = await Promise.all(skus.map((sku) => loader.load(sku)));
  const own = new Set(skus.filter((_, i) => merchants[i] === merchant));
  return (sku) => own.has(sku);
}

export const isOwnItem = async (ctx: SalesContext, sku: string): Promise<boolean> => (await ownItems(ctx, [sku]))(sku);

/** For a write: by the primary's word. Another merchant's item is refused as one that is not known, in the words of that write. */
export async function checkOwnItems(ctx: SalesContext, skus: readonly string[], refusalOf: (place: number) => Refusal): Promise<void> {
  const { merchant } = ctx.caller;
  if (merchant === undefined) return;
  const own = new Set((await readItems(ctx.db, skus)).filter((item) => item.merchant === merchant).map(({ sku }) => sku));
  const other = skus.findIndex((sku) => !own.has(sku));
  if (other >= 0) throw refusalOf(other);
}

/** Whether this can be a reservation of the caller: of its merchant, when it is bound to one; a reservation's merchant never changes. */
export async function isOwnReservation(ctx: SalesContext, id: string): Promise<boolean> {
  const { merchant } = ctx.caller;
  if (!isId(id)) return false;
  if (merchant === undefined) return true;
  const [row] = await readReservations(ctx.db, [id]);
  return row?.merchant === merchant;
}
