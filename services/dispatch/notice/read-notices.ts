import { cursorKey, encodeCursor, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Fault } from "../../../shared/refusal";
import { visibleTo } from "../known/visible";
import type { NoticeRow } from "./notice";
import { floorOfNotices, readNotices, type NoticeFilter } from "./notice.sql";

const PRUNED =
  "CURSOR_EXPIRED: what came after this cursor is kept no longer. Read the present state of what you follow, then begin anew without after, at the oldest that is kept";

/** A page of what was told after a cursor. It always has an endCursor, also where nothing has come: whoever follows goes on from it. */
export async function pageOfNotices<Node>(
  ctx: RequestContext,
  filter: Pick<NoticeFilter, "topic" | "orderRef" | "channel">,
  page: PageArgs,
  nodeOf: (row: NoticeRow) => Node,
): Promise<Connection<Node>> {
  const asked = positionOf(page);
  const after = asked ?? 0;
  const reader = await ctx.onReplica();
  const rows = await readNotices(reader, { ...filter, visible: visibleTo(ctx), after, limit: page.first + 1 });
  // Asked behind the read, on the same server: what was there then may be gone now, and not the other way round.
  if (asked !== undefined && asked < (await floorOfNotices(reader))) throw new Fault("NOT_FOUND", PRUNED);
  const shown = rows.slice(0, page.first);
  return {
    nodes: shown.map(nodeOf),
    pageInfo: { hasNextPage: rows.length > page.first, endCursor: encodeCursor([shown.at(-1)?.position ?? after]) },
  };
}

function positionOf(page: PageArgs): number | undefined {
  const key = cursorKey(page, "number");
  if (!key) return undefined;
  const [position] = key;
  if (!Number.isSafeInteger(position) || Number(position) < 0)
    throw new Fault("BAD_USER_INPUT", "after is no cursor of this list; use the endCursor of the page before");
  return Number(position);
}
