import type { RequestContext } from "../../../shared/graphql/context";
import { groupBy } from "../../../shared/group";
import { dueOf, waitingAhead } from "./expected.sql";

/** When what is to come covers so many units: null where it never does. */
export function coveredAt(units: number, due: { units: number; expected_at: Date }[]): Date | null {
  let missing = units;
  for (const one of due) {
    missing -= one.units;
    if (missing <= 0) return one.expected_at;
  }
  return null;
}

/** When what an order waits for is expected, by item: once what is to come covers all who wait before it, and it. */
export const expectedOf = (ctx: RequestContext, fulfillmentId: string): Promise<Map<string, Date | null>> =>
  ctx
    .loader<string, Map<string, Date | null>>("expected", async (ids) => {
      const reader = await ctx.onReplica();
      const waiting = await waitingAhead(reader, ids);
      const textOf = ({ pool_code, sku }: { pool_code: string; sku: string }) => JSON.stringify([pool_code, sku]);
      const due = groupBy(await dueOf(reader, [...new Set(waiting.map(({ sku }) => sku))]), textOf);
      const byOrder = groupBy(waiting, (row) => row.fulfillment_id);
      return ids.map((id) => new Map((byOrder.get(id) ?? []).map((row) => [row.sku, coveredAt(row.ahead, due.get(textOf(row)) ?? [])])));
    })
    .load(fulfillmentId);
