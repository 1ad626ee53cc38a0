import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import { Known } from "../known/known";
import { readChannel } from "../known/known.sql";
import { askRefill, waitingOfChannel } from "../order/order.sql";
import { askLimits } from "../position/safety.sql";
import type { SaveSourcingRuleInput, SourcingNodeInput } from "./source.types";
import { GENERAL, type SourcingNode } from "./sourcing-rule";
import { lockRule, saveRule } from "./sourcing-rule.sql";

const MOST_WAREHOUSES = 200;
const MOST_PRIORITY = 1_000_000;
const DESTINATION = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;

/** Saves a channel's rule, or the general one, whole; what waits under it is looked at again. */
export async function saveSourcingRule(tx: Tx, input: SaveSourcingRuleInput): Promise<string> {
  const channel = input.channel === null || input.channel === undefined ? GENERAL : checkKey(input.channel, ["input", "channel"]);
  if (typeof input.maxShipments === "number") checkUnits(input.maxShipments, ["input", "maxShipments"]);
  checkCount(input.warehouses, ["input", "warehouses"], MOST_WAREHOUSES);
  const warehouses = input.warehouses.map(checkNode);
  const before = await lockRule(tx, channel);
  await checkMembers(tx, channel, warehouses);
  const maxShipments = input.maxShipments === undefined ? (before?.maxShipments ?? null) : input.maxShipments;
  await saveRule(tx, { channel, strategy: input.strategy, allowSplit: input.allowSplit, maxShipments, warehouses });
  await askLimits(tx);
  await askRefill(tx, await waitingOfChannel(tx, channel === GENERAL ? undefined : channel));
  return channel;
}

function checkNode(node: SourcingNodeInput, i: number, all: SourcingNodeInput[]): SourcingNode {
  const path = (field: string) => ["input", "warehouses", String(i), field];
  const warehouse = checkKey(node.warehouse, path("warehouse"));
  const refuse = (field: string, message: string) => new Refusal("INVALID_INPUT", message, { field: path(field) });
  if (all.findIndex((other) => other.warehouse === warehouse) !== i) throw refuse("warehouse", `${warehouse} is named twice`);
  if (node.priority > MOST_PRIORITY) throw refuse("priority", "must be at most 1,000,000");
  const wrong = node.shipsTo?.find((code) => !DESTINATION.test(code));
  if (wrong !== undefined) throw refuse("shipsTo", "must hold ISO country or country-region codes, such as DE or US-CA");
  if (node.shipsTo?.length === 0) throw refuse("shipsTo", "must not be empty; null means anywhere");
  return {
    warehouse,
    priority: checkUnits(node.priority, path("priority")),
    enabled: node.enabled ?? true,
    dailyCapacity: node.dailyCapacity == null ? null : checkUnits(node.dailyCapacity, path("dailyCapacity")),
    safetyStock: checkUnits(node.safetyStock ?? 0, path("safetyStock"), 0),
    shipsTo: node.shipsTo ?? null,
  };
}

/** Sellable is sourceable: a rule names only warehouses of the channel's pool. */
async function checkMembers(tx: Tx, channel: string, nodes: SourcingNode[]): Promise<void> {
  const known = await Known.read(tx, []);
  const pool = channel === GENERAL ? undefined : (await readChannel(tx, channel))?.pool_code;
  if (channel !== GENERAL && pool === undefined)
    throw new Refusal("NOT_FOUND", `no channel ${channel}; one that was just made is known here within moments`, {
      field: ["input", "channel"],
      retryAfterMs: 1_000,
    });
  const members = new Set((pool === undefined ? known.allWarehouses() : known.warehousesOf(pool)).map(({ code }) => code));
  const stranger = nodes.findIndex(({ warehouse }) => !members.has(warehouse));
  if (stranger < 0) return;
  const where = pool === undefined ? "of any pool" : `of the channel's pool ${pool}`;
  throw new Refusal("INVALID_INPUT", `${nodes[stranger].warehouse} is no warehouse ${where}`, {
    field: ["input", "warehouses", String(stranger), "warehouse"],
  });
}
