import { cursorKey, encodeCursor, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import { Fault } from "../../../shared/refusal";
import type { SalesContext } from "../context";
import { ownItems } from "../known/own-items";
import type { Availability } from "./availability.types";
import { readChanges } from "./changes.sql";

/** Changes of items that the channel does not list are passed over, so many at a time and no more times a page. */
const PASSED_OVER = 1_000;
const MOST_READS = 5;

/**
 * What changed in a channel after a cursor, as it is now. Positions come from the reader that the figures come from: a replica
 * that knows of a change has the change.
 */
export async function availabilityChanges(ctx: SalesContext, code: string, page: PageArgs): Promise<Connection<Availability>> {
  const after = positionOf(page, code);
  const channel = await ctx.channels.get(code);
  if (!channel) throw new Fault("NOT_FOUND", `no channel ${code}`);
  const reader = await ctx.onReplica();
  const listed: { sku: string; position: number }[] = [];
  let seen = after;
  let all = false;
  for (let reads = 0; reads < MOST_READS && !all && listed.length <= page.first; reads++) {
    const limit = reads === 0 ? page.first + 1 : PASSED_OVER;
    const rows = await readChanges(reader, { pool: channel.pool_code, channel: code, after: seen, limit });
    const here = rows.filter((row) => row.listed);
    const isOwn = await ownItems(
      ctx,
      here.map(({ sku }) => sku),
    );
    listed.push(...here.filter(({ sku }) => isOwn(sku)));
    seen = rows.at(-1)?.position ?? seen;
    all = rows.length < limit;
  }
  const shown = listed.slice(0, page.first);
  const more = listed.length > page.first;
  const nodes =
    shown.length > 0
      ? await ctx.availability.newest(
          ctx,
          code,
          shown.map(({ sku }) => sku),
        )
      : [];
  return { nodes, pageInfo: { hasNextPage: more || !all, endCursor: encodeCursor([code, more ? shown.at(-1)!.position : seen]) } };
}

function positionOf(page: PageArgs, code: string): number {
  const [channel, position] = cursorKey(page, "string", "number") ?? [code, 0];
  if (channel !== code || !Number.isSafeInteger(position) || Number(position) < 0)
    throw new Fault("BAD_USER_INPUT", "after is no cursor of this channel's changes; use the endCursor of the page before");
  return Number(position);
}
