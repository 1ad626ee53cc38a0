import { cursorKey, toPage, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { groupBy } from "../../../shared/group";
import { isId } from "../../../shared/ids";
import { visibleTo } from "../known/visible";
import type { ReturnLineRow, ReturnRow } from "./return-order";
import { listReturns, returnLinesOf, returnsById, returnsByReference, type ReturnFilter } from "./return.sql";
import { ReturnLine, ReturnOrder } from "./return.types";

/** A return of another client's namespace is as absent as one that does not exist. */
export async function returnById(ctx: RequestContext, id: string): Promise<ReturnOrder | null> {
  if (!isId(id)) return null;
  const row = await ctx
    .loader<string, ReturnRow | undefined>("return", async (ids) => {
      const found = new Map((await returnsById(await ctx.onReplica(), ids, visibleTo(ctx))).map((one) => [one.id, one]));
      return ids.map((key) => found.get(key));
    })
    .load(id);
  return row ? ReturnOrder.of(row) : null;
}

export async function returnsOf(ctx: RequestContext, orderRef: string): Promise<ReturnOrder[]> {
  const rows = await ctx
    .loader<string, ReturnRow[]>("returns", async (refs) => {
      const found = groupBy(await returnsByReference(await ctx.onReplica(), refs, visibleTo(ctx)), (row) => row.order_ref);
      return refs.map((ref) => found.get(ref) ?? []);
    })
    .load(orderRef);
  return rows.map(ReturnOrder.of);
}

export async function pageOfReturns(
  ctx: RequestContext,
  filter: Pick<ReturnFilter, "status" | "orderRef">,
  page: PageArgs,
): Promise<Connection<ReturnOrder>> {
  const [before] = (cursorKey(page, "string") ?? []) as [string?];
  const rows = await listReturns(await ctx.onReplica(), { ...filter, visible: visibleTo(ctx), before, limit: page.first + 1 });
  return toPage(rows, page, (row) => [row.id], ReturnOrder.of);
}

export async function linesOfReturn(ctx: RequestContext, id: string): Promise<ReturnLine[]> {
  const rows = await ctx
    .loader<string, ReturnLineRow[]>("return lines", async (ids) => {
      const found = groupBy(await returnLinesOf(await ctx.onReplica(), ids), (line) => line.return_id);
      return ids.map((key) => found.get(key) ?? []);
    })
    .load(id);
  return rows.map(ReturnLine.of);
}
