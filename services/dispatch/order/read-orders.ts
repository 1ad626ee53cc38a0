import { cursorKey, toPage, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { groupBy } from "../../../shared/group";
import { isId } from "../../../shared/ids";
import { visibleTo } from "../known/visible";
import type { StoredDecision } from "./fulfillment-order";
import { expectedOf } from "./expected";
import { allocationLinesOf, allocationsOf, linesOf } from "./order.sql";
import { Allocation, AllocationLine, FulfillmentLine, FulfillmentOrder } from "./order.types";
import { allocationsById, decisionsOf, listOrders, ordersById, ordersByReference, type OrderFilter } from "./read-orders.sql";

/** A loader of lists: one statement for all keys that the request asks for at once. */
function lists<Row>(ctx: RequestContext, name: string, read: (keys: readonly string[]) => Promise<Row[]>, keyOf: (row: Row) => string) {
  return ctx.loader<string, Row[]>(name, async (keys) => {
    const groups = groupBy(await read(keys), keyOf);
    return keys.map((key) => groups.get(key) ?? []);
  });
}

/** An order of another client's namespace is as absent as one that does not exist. */
export async function fulfillmentById(ctx: RequestContext, id: string): Promise<FulfillmentOrder | null> {
  if (!isId(id)) return null;
  const read = async (ids: readonly string[]) => ordersById(await ctx.onReplica(), ids, visibleTo(ctx));
  const [row] = await lists(ctx, "fulfillment", read, (order) => order.id).load(id);
  return row ? FulfillmentOrder.of(row) : null;
}

export async function allocationById(ctx: RequestContext, id: string): Promise<Allocation | null> {
  if (!isId(id)) return null;
  const read = async (ids: readonly string[]) => allocationsById(await ctx.onReplica(), ids, visibleTo(ctx));
  const [row] = await lists(ctx, "allocation", read, (allocation) => allocation.id).load(id);
  return row ? Allocation.of(row) : null;
}

export async function fulfillmentsOf(ctx: RequestContext, orderRef: string): Promise<FulfillmentOrder[]> {
  const read = async (refs: readonly string[]) => ordersByReference(await ctx.onReplica(), refs, visibleTo(ctx));
  return (await lists(ctx, "fulfillments", read, (order) => order.order_ref).load(orderRef)).map(FulfillmentOrder.of);
}

export async function pageOfFulfillments(
  ctx: RequestContext,
  filter: Pick<OrderFilter, "status" | "orderRef" | "warehouse">,
  page: PageArgs,
): Promise<Connection<FulfillmentOrder>> {
  const [before] = (cursorKey(page, "string") ?? []) as [string?];
  const rows = await listOrders(await ctx.onReplica(), { ...filter, visible: visibleTo(ctx), before, limit: page.first + 1 });
  return toPage(rows, page, (row) => [row.id], FulfillmentOrder.of);
}

export async function linesOfFulfillment(ctx: RequestContext, id: string): Promise<FulfillmentLine[]> {
  const rows = lists(
    ctx,
    "lines",
    async (ids) => linesOf(await ctx.onReplica(), ids),
    (line) => line.fulfillment_id,
  );
  const lines = await rows.load(id);
  const waits = lines.some((line) => line.backordered > 0);
  const expected = waits ? await expectedOf(ctx, id) : new Map<string, Date | null>();
  return lines.map((line) => FulfillmentLine.of(line, line.backordered > 0 ? (expected.get(line.sku) ?? null) : null));
}

export async function allocationsOfFulfillment(ctx: RequestContext, id: string): Promise<Allocation[]> {
  const rows = lists(
    ctx,
    "allocations",
    async (ids) => allocationsOf(await ctx.onReplica(), ids),
    (allocation) => allocation.fulfillment_id,
  );
  return (await rows.load(id)).map(Allocation.of);
}

export async function linesOfAllocation(ctx: RequestContext, id: string): Promise<AllocationLine[]> {
  const rows = lists(
    ctx,
    "allocation lines",
    async (ids) => allocationLinesOf(await ctx.onReplica(), ids),
    (line) => line.allocation_id,
  );
  return (await rows.load(id)).map(AllocationLine.of);
}

export async function decisionOf(ctx: RequestContext, id: string): Promise<StoredDecision | null> {
  const rows = lists(
    ctx,
    "decision",
    async (ids) => decisionsOf(await ctx.onReplica(), ids),
    (row) => row.id,
  );
  const [row] = await rows.load(id);
  return row?.decision ?? null;
}
