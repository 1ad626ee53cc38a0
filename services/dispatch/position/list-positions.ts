import type { RequestContext } from "../../../shared/graphql/context";
import { cursorKey, toPage, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import { Fault } from "../../../shared/refusal";
import { groupBy } from "../../../shared/group";
import { listPositions, positionsOfItems, type ListedPosition, type PositionFilter } from "./position.sql";
import { StockPosition } from "./position.types";

const MOST_SKUS = 200;

/** A page of positions in the order of warehouse and SKU. */
export async function pageOfPositions(
  ctx: RequestContext,
  filter: Pick<PositionFilter, "skus" | "warehouse">,
  page: PageArgs,
): Promise<Connection<StockPosition>> {
  if (filter.skus && (filter.skus.length === 0 || filter.skus.length > MOST_SKUS))
    throw new Fault("BAD_USER_INPUT", `skus must be 1 to ${MOST_SKUS}`);
  const [warehouse, sku] = (cursorKey(page, "string", "string") ?? []) as [string?, string?];
  const after = warehouse !== undefined && sku !== undefined ? { warehouse, sku } : undefined;
  const rows = await listPositions(await ctx.onReplica(), { ...filter, merchant: ctx.caller.merchant, after, limit: page.first + 1 });
  return toPage(rows, page, (row) => [row.warehouse_code, row.sku], StockPosition.of);
}

/** All positions of an item, or the one in a warehouse; a statement for any number of items. */
export async function positionsOfItem(ctx: RequestContext, sku: string, warehouse: string | undefined): Promise<StockPosition[]> {
  const rows = await ctx
    .loader<string, ListedPosition[]>("positions", async (skus) => {
      const found = groupBy(await positionsOfItems(await ctx.onReplica(), [...skus], ctx.caller.merchant), (row) => row.sku);
      return skus.map((key) => found.get(key) ?? []);
    })
    .load(sku);
  return rows.filter((row) => warehouse === undefined || row.warehouse_code === warehouse).map(StockPosition.of);
}
