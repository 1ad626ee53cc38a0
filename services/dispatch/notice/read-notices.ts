import { cursorKey, encodeCursor, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Fault } from "../../../shared/refusal";
import { visibleTo } from "../known/visible";
import type { NoticeRow } from "./notice";
import { readNotices, type NoticeFilter } from "./notice.sql";

/** A page of what was told after a cursor. It always has an endCursor, also where nothing has come: whoever follows goes on from it. */
export async function pageOfNotices<Node>(
  ctx: RequestContext,
  filter: Pick<NoticeFilter, "topic" | "orderRef" | "channel">,
  page: PageArgs,
  nodeOf: (row: NoticeRow) => Node,
): Promise<Connection<Node>> {
  const after = positionOf(page);
  const rows = await readNotices(await ctx.onReplica(), { ...filter, visible: visibleTo(ctx), after, limit: page.first + 1 });
  const shown = rows.slice(0, page.first);
  return {
    nodes: shown.map(nodeOf),
    pageInfo: { hasNextPage: rows.length > page.first, endCursor: encodeCursor([shown.at(-1)?.position ?? after]) },
  };
}

function positionOf(page: PageArgs): number {
  const [position] = cursorKey(page, "number") ?? [0];
  if (!Number.isSafeInteger(position) || Number(position) < 0)
    throw new Fault("BAD_USER_INPUT", "after is no cursor of this list; use the endCursor of the page before");
  return Number(position);
}
