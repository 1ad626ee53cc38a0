import { cursorKey, toPage, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { visibleTo } from "../known/visible";
import { countDead, listWebhooks, readWebhook } from "./webhook.sql";
import { Webhook } from "./webhook.types";

export async function pageOfWebhooks(ctx: RequestContext, page: PageArgs): Promise<Connection<Webhook>> {
  const [after] = (cursorKey(page, "string") ?? [""]) as [string];
  const rows = await listWebhooks(await ctx.onReplica(), visibleTo(ctx), after, page.first + 1);
  return toPage(rows, page, (row) => [row.id], Webhook.of);
}

export async function webhookById(ctx: RequestContext, id: string): Promise<Webhook | null> {
  const row = await readWebhook(await ctx.onReplica(), id, visibleTo(ctx));
  return row ? Webhook.of(row) : null;
}

export const deadLettersOf = (ctx: RequestContext, id: string): Promise<number> =>
  ctx
    .loader<string, number>("dead letters", async (ids) => {
      const found = await countDead(await ctx.onReplica(), ids);
      return ids.map((key) => found.get(key) ?? 0);
    })
    .load(id);
