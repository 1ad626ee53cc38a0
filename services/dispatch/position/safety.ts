import { inLockOrder } from "../../../shared/db/lock-order";
import { LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { groupBy } from "../../../shared/group";
import { MAX_UNITS } from "../../../shared/units/check";
import { Known } from "../known/known";
import type { SourcingRule } from "../source/sourcing-rule";
import { holdGates, makeGates } from "./gate.sql";
import { Positions } from "./position";
import { allLimits, channelsOfPools, limitsAreDone, nextDue, reckonedTo, saveLimits, skusAfter } from "./safety.sql";

const POSITIONS_A_TURN = 500;

/** What a rule keeps back of each item in a warehouse: its safety stock, or everything. */
function keptBy(rule: SourcingRule | undefined, warehouse: string): number {
  if (!rule) return 0;
  const node = rule.warehouses.find((one) => one.warehouse === warehouse);
  return node?.enabled ? node.safetyStock : MAX_UNITS;
}

/**
 * What no channel of a warehouse's pool may source from there is not sold. A channel with a stricter rule than another may still
 * sell what only the other can ship: its order is then on hold. The gates of the warehouses whose limit changes are held: who is
 * inside may be making a position by the old limit, which nobody sees, and so nobody reckons again, before it is committed.
 */
export async function reckonLimits(tx: Tx): Promise<number> {
  const held = inLockOrder((await changedLimits(tx)).map(([warehouse]) => warehouse));
  if (held.length > 0) {
    await makeGates(tx, held);
    await holdGates(tx, held);
  }
  await limitsAreDone(tx);
  const changed = await changedLimits(tx);
  if (changed.some(([warehouse]) => !held.includes(warehouse))) throw new LostRace("another rule");
  await saveLimits(tx, changed);
  return 1;
}

async function changedLimits(tx: Tx): Promise<[warehouse: string, units: number][]> {
  const channels = await channelsOfPools(tx);
  const known = await Known.read(
    tx,
    channels.map(({ code }) => code),
  );
  const before = await allLimits(tx);
  const byPool = groupBy(channels, ({ pool_code }) => pool_code);
  return known.allWarehouses().flatMap(({ code }): [string, number][] => {
    // A pool that no channel draws on keeps nothing back.
    const limits = (byPool.get(known.poolOf(code)!) ?? []).map((channel) => keptBy(known.ruleFor(channel.code), code));
    const limit = limits.length > 0 ? Math.min(...limits) : 0;
    return limit === (before.get(code) ?? 0) ? [] : [[code, limit]];
  });
}

/** Reckons the positions of a warehouse whose limit has changed, some at a time, and tells sales. */
export async function reckonPositions(tx: Tx): Promise<number> {
  const due = await nextDue(tx);
  if (!due) return 0;
  const warehouse = due.warehouse_code;
  const skus = await skusAfter(tx, warehouse, due.after_sku, POSITIONS_A_TURN);
  const positions = await Positions.lock(tx, { positions: skus.map((sku) => ({ place: warehouse, sku })) });
  await tellKept(tx, positions, positions.reckonKept());
  await positions.save();
  await reckonedTo(tx, warehouse, skus.length < POSITIONS_A_TURN ? null : skus[skus.length - 1]);
  return skus.length;
}

/** Tells sales what is kept back, under the versions that were just given. */
export async function tellKept(tx: Tx, positions: Positions, kept: Map<string, { sku: string; units: number }[]>): Promise<void> {
  for (const [warehouse, lines] of kept) {
    const aggregates = positions.aggregates(
      warehouse,
      lines.map(({ sku }) => sku),
    );
    await tell(tx, [{ type: "SafetyChanged", warehouse, lines, aggregates }]);
  }
}
