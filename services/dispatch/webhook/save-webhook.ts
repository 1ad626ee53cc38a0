import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import { ownNamespace, seesAllClients, type Caller } from "../../../shared/identity/caller";
import { isId, newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { AlertKind } from "../alert/alert";
import { endAlerts } from "../alert/alert.sql";
import { databaseNow } from "../feed/clock.sql";
import { headOfNotices } from "../notice/notice.sql";
import { faultOf } from "./address";
import { isSecret, newSecret } from "./sign";
import { webhookSubject, type WebhookRow } from "./webhook";
import { askReplay, dueNow, lockWebhook, markDeleted, saveWebhookRow } from "./webhook.sql";
import type { SaveWebhookInput, WebhookActionInput } from "./webhook.types";

const LONGEST_URL = 500;

/** Makes an endpoint, which is told of what happens from now on, or changes one; the secret is answered when it was set by this call. */
export async function saveWebhook(
  tx: Tx,
  caller: Caller,
  input: SaveWebhookInput,
  loopback: boolean,
): Promise<{ id: string; secret: string | null }> {
  const call = keyedCall(caller.client, "saveWebhook", input);
  const stored = input.id == null ? undefined : await findWebhook(tx, caller, input.id);
  const before = await earlierEffect(tx, call);
  if (before !== undefined) return { id: before, secret: await secretOf(tx, before, input) };
  const row = changed(stored ?? (await fresh(tx, caller)), input);
  check(caller, row, input, loopback);
  await saveWebhookRow(tx, row);
  await rememberEffect(tx, call, row.id);
  return { id: row.id, secret: await secretOf(tx, row.id, input) };
}

/** Nothing more is sent there, and what was set aside for it is forgotten. */
export async function deleteWebhook(tx: Tx, caller: Caller, input: WebhookActionInput): Promise<void> {
  const call = keyedCall(caller.client, "deleteWebhook", input);
  if ((await earlierEffect(tx, call)) !== undefined) return;
  const { id } = await findWebhook(tx, caller, input.id);
  await markDeleted(tx, id);
  await endAlerts(tx, AlertKind.EVENT_FAILED, [webhookSubject(id)], await databaseNow(tx));
  await rememberEffect(tx, call, id);
}

/** What was given up is sent again, in its order and before anything else; and what is being tried, at once. */
export async function replayWebhook(tx: Tx, caller: Caller, input: WebhookActionInput): Promise<string> {
  const call = keyedCall(caller.client, "replayWebhook", input);
  const { id, enabled } = await findWebhook(tx, caller, input.id);
  if ((await earlierEffect(tx, call)) !== undefined) return id;
  if (!enabled) throw new Refusal("INVALID_STATE", "The endpoint is switched off.", { field: ["input", "id"] });
  await askReplay(tx, id);
  await dueNow(tx, id);
  await rememberEffect(tx, call, id);
  return id;
}

/** An endpoint of another client is as absent as one that does not exist. */
async function findWebhook(tx: Tx, caller: Caller, id: string): Promise<WebhookRow> {
  const row = isId(id) ? await lockWebhook(tx, id) : undefined;
  const own = ownNamespace(caller);
  if (!row || (own !== undefined && row.client !== own) || (caller.merchant !== undefined && row.merchant !== caller.merchant))
    throw new Refusal("NOT_FOUND", "There is no such endpoint.", { field: ["input", "id"] });
  return row;
}

async function fresh(tx: Tx, caller: Caller): Promise<WebhookRow> {
  const at = await databaseNow(tx);
  return {
    id: newId(),
    client: caller.client,
    merchant: caller.merchant ?? null,
    everyClient: seesAllClients(caller),
    url: "",
    secret: newSecret(),
    orderEvents: true,
    alerts: false,
    enabled: true,
    position: await headOfNotices(tx),
    failures: 0,
    dueAt: at,
    lastError: null,
    createdAt: at,
  };
}

/** What is changed is tried at once. */
const changed = (row: WebhookRow, { url, secret, orderEvents, alerts, enabled }: SaveWebhookInput): WebhookRow => ({
  ...row,
  url,
  secret: secret ?? row.secret,
  orderEvents: orderEvents ?? row.orderEvents,
  alerts: alerts ?? row.alerts,
  enabled: enabled ?? row.enabled,
  failures: 0,
  dueAt: row.createdAt,
  lastError: null,
});

function check(caller: Caller, { url, orderEvents, alerts }: WebhookRow, { secret }: SaveWebhookInput, loopback: boolean): void {
  const refuse = (field: string, message: string) => new Refusal("INVALID_INPUT", message, { field: ["input", field] });
  const fault = url.length > LONGEST_URL ? `must have at most ${LONGEST_URL} characters` : faultOf(url, loopback);
  if (fault !== undefined) throw refuse("url", fault);
  if (secret != null && !isSecret(secret)) throw refuse("secret", "must be whsec_ and 24 to 64 bytes in base64");
  if (!orderEvents && !alerts) throw refuse("orderEvents", "one of orderEvents and alerts must be wanted");
  if (alerts && (!caller.scopes.has("dispatch:read") || caller.merchant !== undefined))
    throw refuse("alerts", "alerts are for those who may read them all");
}

const secretOf = async (tx: Tx, id: string, { id: given, secret }: SaveWebhookInput): Promise<string | null> =>
  given == null || secret != null ? ((await lockWebhook(tx, id))?.secret ?? null) : null;
