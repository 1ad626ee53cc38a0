import type { Tx } from "../../../shared/db/transaction";
import { cursorKey, toPage, type Connection, type PageArgs } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { databaseNow } from "../feed/clock.sql";
import { AlertStatus, type AlertKind, type AlertRow } from "./alert";
import { listAlerts, lockAlert, markAcknowledged, markResolved, readAlerts, tellAlerts } from "./alert.sql";
import { Alert } from "./alert.types";

export async function pageOfAlerts(
  ctx: RequestContext,
  filter: { status?: AlertStatus | null; kind?: AlertKind | null },
  page: PageArgs,
): Promise<Connection<Alert>> {
  const [before] = (cursorKey(page, "string") ?? []) as [string?];
  const rows = await listAlerts(await ctx.onReplica(), { ...filter, before, limit: page.first + 1 });
  return toPage(rows, page, (row) => [row.id], Alert.of);
}

export async function alertById(ctx: RequestContext, id: string): Promise<Alert | null> {
  const row = await ctx
    .loader<string, AlertRow | undefined>("alert", async (ids) => {
      const found = new Map((await readAlerts(await ctx.onReplica(), ids)).map((alert) => [alert.id, alert]));
      return ids.map((key) => found.get(key));
    })
    .load(id);
  return row ? Alert.of(row) : null;
}

/** Somebody takes it; whoever took it first keeps it. */
export async function acknowledgeAlert(tx: Tx, by: string, id: string): Promise<string> {
  const alert = await findAlert(tx, id);
  if (alert.status === AlertStatus.RESOLVED) throw new Refusal("INVALID_STATE", "The alert is RESOLVED.", { field: "id" });
  if (alert.status !== AlertStatus.OPEN) return id;
  await markAcknowledged(tx, id, by);
  await tellAlerts(tx, [id], await databaseNow(tx));
  return id;
}

/** Resolving what is resolved changes nothing. */
export async function resolveAlert(tx: Tx, by: string, id: string, note: string): Promise<string> {
  checkText(note, ["note"]);
  const alert = await findAlert(tx, id);
  if (alert.status === AlertStatus.RESOLVED) return id;
  await markResolved(tx, id, by, note);
  await tellAlerts(tx, [id], await databaseNow(tx));
  return id;
}

async function findAlert(tx: Tx, id: string): Promise<AlertRow> {
  const alert = isId(id) ? await lockAlert(tx, id) : undefined;
  if (!alert) throw new Refusal("NOT_FOUND", "There is no such alert.", { field: "id" });
  return alert;
}
