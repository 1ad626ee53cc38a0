import { once } from "node:events";
import { join } from "node:path";
import { LAYERS, type LayerName } from "../../shared/db/database";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import type { Failpoint } from "../support/failpoint";
import { killableStrata, type KillableStrata } from "../support/killable";

/**
 * Strata is killed at each step of each kind of transaction, under load; started again, its callers ask again, with the same
 * keys, and then everything that was answered is there, every key took effect once, and the books of all layers agree.
 * Answers given before their COMMIT are this test's to find: at "committing" the step is held until they are out.
 */
let strata: KillableStrata;
beforeAll(async () => {
  strata = await killableStrata({ preload: [join(projectRoot, "test/support/failpoint.ts")] });
  await strata.stock(
    LAYERS.flatMap((layer) => STEPS[layer].map(([name]) => skuOf(layer, name))),
    UNITS,
  );
}, 120_000);
afterAll(() => strata.close());

type Step = [name: string, sent: string[], at: Failpoint["at"]];

const COMBINER = ["FOR UPDATE SKIP LOCKED", "INSERT INTO idempotency"];
const POSTING = ["INSERT INTO idempotency", "INSERT INTO movement_line"];
const STEPS: Record<LayerName, Step[]> = {
  sales: [
    ["combiner: after its locks", COMBINER.slice(0, 1), "answered"],
    ["combiner: after the keys", COMBINER, "answered"],
    ["combiner: after the reservations", [...COMBINER, "INSERT INTO reservation_line"], "answered"],
    ["combiner: after the ledger lines", [...COMBINER, "INSERT INTO virtual_stock_entry"], "answered"],
    ["combiner: after the headers", [...COMBINER, "INSERT INTO virtual_stock ("], "answered"],
    ["combiner: after its events", [...COMBINER, "INSERT INTO outbox"], "answered"],
    ["combiner: before COMMIT", COMBINER, "committing"],
    ["combiner: after COMMIT, before its answers", COMBINER, "committed"],
  ],
  dispatch: [],
  warehouse: [
    ["posting: after the lines", POSTING.slice(1), "answered"],
    ["posting: before COMMIT", POSTING, "committing"],
    ["posting: after COMMIT, before its answer", POSTING, "committed"],
  ],
};
/** What each layer's consumer writes as it applies: the layer's own door, in the transaction that stores the position. */
const APPLIES: Record<LayerName, string> = {
  sales: "INSERT INTO virtual_stock_entry",
  dispatch: "INSERT INTO position_entry",
  warehouse: "INSERT INTO outbound_shipment",
};
const SEQUENCED = ["INSERT INTO feed (", "DELETE t FROM"];
STEPS.sales.push(
  ["sequencer: after the feed", SEQUENCED.slice(0, 1), "answered"],
  ["sequencer: before COMMIT", SEQUENCED, "committing"],
  ["sequencer: after COMMIT", SEQUENCED, "committed"],
);
for (const layer of LAYERS) {
  const applied = ["UPDATE feed_position", APPLIES[layer]];
  STEPS[layer].push(
    ["consumer: while it applies", applied, "answered"],
    ["consumer: before COMMIT of effect and position", applied, "committing"],
    ["consumer: after COMMIT", applied, "committed"],
  );
}
/** Each step takes a restart: by default those around COMMIT, where answers are lost or given too early; all with STRATA_TEST_WHOLE=1. */
const WHOLE = process.env.STRATA_TEST_WHOLE === "1";
const IN_BRIEF = /^(combiner|posting): (before|after) COMMIT|^consumer: before COMMIT/;
if (!WHOLE) for (const layer of LAYERS) STEPS[layer] = STEPS[layer].filter(([name]) => IN_BRIEF.test(name));

const UNITS = 100;
const BUYERS = 24;
const BEFORE = 3;
const RECEIPTS = 4;
const skuOf = (layer: LayerName, name: string): string => `${layer} ${name}`.replace(/\W+/g, "-").toUpperCase();

describe.each(LAYERS)("killed in %s", (layer) => {
  test.each(STEPS[layer])(
    "%s: what was answered stays, and each key took effect once",
    async (name, sent, at) => {
      const sku = skuOf(layer, name);
      const early = await Promise.all(times(BEFORE, (i) => buyer(sku, i)));
      const { killed } = await arm({ schema: `strata_${layer}`, sent, at });
      const restarted = killed.then(() => strata.restart());
      const [late, receipts] = await Promise.all([
        Promise.all(times(BUYERS, (i) => buyer(sku, BEFORE + i))),
        Promise.all(times(RECEIPTS, (i) => receive(sku, i))),
        restarted,
      ]);
      const bought = [...early, ...late];
      // Whoever was answered asks once more: the same again, and nothing twice.
      expect(await Promise.all(times(BUYERS + BEFORE, (i) => buyer(sku, i)))).toEqual(bought);
      expect(await Promise.all(times(RECEIPTS, (i) => receive(sku, i)))).toEqual(receipts);
      expect(await effects(sku)).toEqual(expected(bought));
    },
    120_000,
  );

  test("and then every layer has all of it, once, and the books agree", async () => {
    const confirmed = times(BUYERS + BEFORE, endOf).filter((end) => end === "CONFIRM").length;
    for (const [name] of STEPS[layer]) await settled(skuOf(layer, name), confirmed);
    expect(await driftsOf(strata)).toEqual([]);
  });
});

/** Resolves when the step is armed; `killed` when it was reached and the process has ended at it. */
async function arm(failpoint: Failpoint): Promise<{ killed: Promise<unknown> }> {
  const child = strata.process();
  const answered = once(child, "message");
  child.send(failpoint);
  expect(await answered).toEqual([{ armed: true }, undefined]);
  const reached = once(child, "message").then(([message]) => expect(message).toEqual({ reached: true }));
  const gone = once(child, "exit").then(([, signal]) => expect(signal).toBe("SIGKILL"));
  return { killed: Promise.all([reached, gone]) };
}

type End = "HOLD" | "CONFIRM" | "RELEASE";
const endOf = (i: number): End => (["CONFIRM", "RELEASE", "HOLD"] as const)[i % 3];
interface Bought {
  orderRef: string;
  id: string;
  end: End;
}

/** Holds one unit; a third confirm it, a third release it. Every call with a key of its own. */
async function buyer(sku: string, i: number): Promise<Bought> {
  const orderRef = `${sku}-${i}`;
  const end = endOf(i);
  const call = async (mutation: string, input: object) => {
    const type = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input`;
    const { payload } = await strata.insist(mutation, type, "reservation { id }", { idempotencyKey: `${mutation}-${orderRef}`, ...input });
    expect(payload.userErrors).toEqual([]);
    return payload.reservation.id as string;
  };
  const id = await call("reserveStock", { orderRef, channel: "web", lines: [{ sku, quantity: 1 }] });
  if (end === "CONFIRM") await call("confirmReservation", { reservationId: id, shipTo: { countryCode: "DE" } });
  if (end === "RELEASE") await call("releaseReservation", { reservationId: id, reason: "killed" });
  return { orderRef, id, end };
}

async function receive(sku: string, i: number): Promise<string> {
  const lines = [{ sku, quantity: 1, unitCost: "1.00" }];
  const input = { idempotencyKey: `more-${sku}-${i}`, type: "PURCHASE_RECEIPT", warehouse: "W1", lines };
  const { payload } = await strata.insist("postMovement", "PostMovementInput", "movement { id }", input);
  expect(payload.userErrors).toEqual([]);
  return payload.movement.id as string;
}

/** Waits until the orders have gone through all layers and what was received has come back to sales. */
async function settled(sku: string, confirmed: number): Promise<void> {
  const query = `query ($sku: ID!) { inventoryItem(sku: $sku) { onHand virtualStock(pool: "EU") { onHand }
    positions(warehouse: "W1") { onHand allocated } } }`;
  for (const end = Date.now() + 30_000; ;) {
    const item = (await strata.ask(query, { sku })).data?.inventoryItem;
    const all = UNITS + RECEIPTS;
    const [position] = item?.positions ?? [];
    const onHand = item?.onHand === all && item?.virtualStock[0]?.onHand === all && position?.onHand === all;
    if (onHand && position.allocated === confirmed && (await shipments(sku)) === confirmed) return;
    if (Date.now() > end) throw new Error(`not settled: ${JSON.stringify(item)}, ${await shipments(sku)} shipments of ${confirmed}`);
  }
}

async function rowsOf<Row>(sql: string, params: unknown[] = []): Promise<Row[]> {
  const admin = await strata.db.primary.admin();
  try {
    return (await admin.query(sql, params))[0] as Row[];
  } finally {
    await admin.end();
  }
}

async function shipments(sku: string): Promise<number> {
  const sql = "SELECT COUNT(*) AS found FROM strata_warehouse.outbound_line WHERE sku = ?";
  return Number((await rowsOf<{ found: number }>(sql, [sku]))[0].found);
}

interface Effects {
  reservations: Record<string, string>;
  lines: Record<string, string>;
  figures: { held: number; committed: number };
  parked: number;
}

/** What sales holds of an item: whose reservations, and every ledger line that they made. */
async function effects(sku: string): Promise<Effects> {
  const reservations = await rowsOf<{ id: string; order_ref: string }>(
    "SELECT id, order_ref FROM strata_sales.reservation WHERE order_ref LIKE ?",
    [`${sku}-%`],
  );
  const lines = await rowsOf<{ reference: string; causes: string }>(
    `SELECT reference, GROUP_CONCAT(cause ORDER BY seq) AS causes FROM strata_sales.virtual_stock_entry
     WHERE sku = ? AND cause IN ('HOLD', 'CONFIRM', 'RELEASE') GROUP BY reference`,
    [sku],
  );
  const [figures] = await rowsOf<Effects["figures"]>("SELECT held, committed FROM strata_sales.virtual_stock WHERE sku = ?", [sku]);
  const parked = await Promise.all(LAYERS.map((layer) => rowsOf(`SELECT position FROM strata_${layer}.parked_event`)));
  return {
    reservations: Object.fromEntries(reservations.map(({ id, order_ref }) => [id, order_ref])),
    lines: Object.fromEntries(lines.map(({ reference, causes }) => [reference, causes])),
    figures,
    parked: parked.flat().length,
  };
}

function expected(bought: Bought[]): Effects {
  const ended = (end: End) => bought.filter((one) => one.end === end).length;
  return {
    reservations: Object.fromEntries(bought.map(({ id, orderRef }) => [id, orderRef])),
    lines: Object.fromEntries(bought.map(({ id, end }) => [id, end === "HOLD" ? "HOLD" : `HOLD,${end}`])),
    figures: { held: ended("HOLD"), committed: ended("CONFIRM") },
    parked: 0,
  };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
