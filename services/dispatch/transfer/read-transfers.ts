import { cursorKey, toPage, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { groupBy } from "../../../shared/group";
import { isId } from "../../../shared/ids";
import { visibleTo } from "../known/visible";
import { listTransfers, transferLinesOf, transfersById } from "./transfer.sql";
import type { TransferLineRow, TransferRow, TransferStatus } from "./transfer-order";
import { TransferLine, TransferOrder } from "./transfer.types";

/** One that this caller may not see is as absent as one that does not exist. */
export async function transferById(ctx: RequestContext, id: string): Promise<TransferOrder | null> {
  if (!isId(id)) return null;
  const row = await ctx
    .loader<string, TransferRow | undefined>("transfer", async (ids) => {
      const found = new Map((await transfersById(await ctx.onReplica(), ids, visibleTo(ctx))).map((one) => [one.id, one]));
      return ids.map((key) => found.get(key));
    })
    .load(id);
  return row ? TransferOrder.of(row) : null;
}

/** In the order of their ids. */
export const transfersWithIds = async (ctx: RequestContext, ids: string[]): Promise<TransferOrder[]> =>
  (await Promise.all(ids.map((id) => transferById(ctx, id)))).filter((one) => one !== null);

export async function pageOfTransfers(
  ctx: RequestContext,
  status: TransferStatus | undefined,
  page: PageArgs,
): Promise<Connection<TransferOrder>> {
  const [before] = (cursorKey(page, "string") ?? []) as [string?];
  const rows = await listTransfers(await ctx.onReplica(), { status, visible: visibleTo(ctx), before, limit: page.first + 1 });
  return toPage(rows, page, (row) => [row.id], TransferOrder.of);
}

export async function linesOfTransfer(ctx: RequestContext, id: string): Promise<TransferLine[]> {
  const rows = await ctx
    .loader<string, TransferLineRow[]>("transfer lines", async (ids) => {
      const found = groupBy(await transferLinesOf(await ctx.onReplica(), ids), (line) => line.transfer_id);
      return ids.map((key) => found.get(key) ?? []);
    })
    .load(id);
  return rows.map(TransferLine.of);
}
