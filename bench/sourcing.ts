import { Pool } from "undici";
import { percentile } from "../cli/demo/measure";
import { decideSourcing, type SourcingWarehouse } from "../services/dispatch/source/decide-sourcing";
import { SourcingStrategy, type SourcingRule } from "../services/dispatch/source/sourcing-rule";
import type { LoadResult } from "./load";
import { ADMIN_KEY, type Place } from "./place";
import { measure, type Contender, type Measured } from "./ratio";
import type { Row, RowOptions } from "./rows";
import { CHANNEL, COLD_SKUS } from "./shop";

const WAREHOUSES = 50;
const SIZES = [1, 5, 20, 50];
/** Of the items of an order, a warehouse has so many, and of each enough. */
const SHARE_THERE = 0.6;
const CASES = 200;
const CALLERS = 8;
const POLL_MS = 20;

/** The same cases in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface Case {
  wanted: Map<string, number>;
  warehouses: SourcingWarehouse[];
}

function casesOf(lines: number): Case[] {
  const random = randomFrom(lines);
  const skus = Array.from({ length: lines }, (_, i) => `SKU-${i}`);
  return Array.from({ length: CASES }, () => ({
    wanted: new Map(skus.map((sku) => [sku, 1 + Math.floor(random() * 3)])),
    warehouses: Array.from({ length: WAREHOUSES }, (_, i) => ({
      code: `W${i}`,
      place: { latitude: 35 + random() * 20, longitude: random() * 20 },
      free: new Map(skus.map((sku) => [sku, random() < SHARE_THERE ? 10 : 0])),
    })),
  }));
}

function decisions(strategy: SourcingStrategy, lines: number, seconds: number): Contender {
  const cases = casesOf(lines);
  const nodes = cases[0].warehouses.map(({ code }) => code);
  const node = { priority: 1, enabled: true, dailyCapacity: null, safetyStock: 0, shipsTo: null };
  const warehouses = nodes.map((warehouse) => ({ warehouse, ...node }));
  const rule: SourcingRule = { channel: CHANNEL, strategy, allowSplit: true, maxShipments: null, warehouses };
  const place = { latitude: 50, longitude: 10 };
  return {
    name: `${strategy}, ${lines} ${lines === 1 ? "line" : "lines"}`,
    run: async () => {
      const latencies: number[] = [];
      const from = performance.now();
      for (let i = 0; performance.now() - from < seconds * 1_000; i++) {
        const { wanted, warehouses: stock } = cases[i % CASES];
        const began = performance.now();
        decideSourcing({ shipTo: null, place, wanted }, stock, rule);
        latencies.push(performance.now() - began);
      }
      const sorted = Float64Array.from(latencies).sort();
      const tookSeconds = (performance.now() - from) / 1_000;
      return { rate: sorted.length / tookSeconds, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors: {} };
    },
  };
}

const RESERVE = `mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code } } }`;
const CONFIRM = `mutation ($input: ConfirmReservationInput!) { confirmReservation(input: $input) { reservation { id } userErrors { code } } }`;
const RELEASED = `query ($orderRef: ID!) { order(orderRef: $orderRef) { shipments { id } } }`;

let orders = 0;

/** Callers who buy, pay, and ask until the warehouse has the shipment; how long each took from the answer to the payment. */
async function buyAndWait(url: string, { seconds, warmupSeconds }: RowOptions): Promise<{ confirmed: LoadResult; released: LoadResult }> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CALLERS });
  const headers = { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` };
  const [confirmed, released]: [number[], number[]] = [[], []];
  const errors: Record<string, number> = {};
  const ask = async (query: string, variables: object) => {
    const answer = await pool.request({ method: "POST", path: pathname, headers, body: JSON.stringify({ query, variables }) });
    return (await answer.body.json()) as { data: Record<string, { reservation?: { id: string }; shipments?: unknown[] } | null> | null };
  };
  const buy = async (caller: number, counts: boolean) => {
    const orderRef = `release-${process.pid}-${orders++}`;
    const keyed = { idempotencyKey: orderRef };
    const lines = [{ sku: COLD_SKUS[caller % COLD_SKUS.length], quantity: 1 }];
    const held = await ask(RESERVE, { input: { ...keyed, orderRef, channel: CHANNEL, lines } });
    const began = performance.now();
    const reservationId = held.data?.reserveStock?.reservation?.id;
    const paid = await ask(CONFIRM, { input: { ...keyed, reservationId, shipTo: { countryCode: "DE" } } });
    if (!paid.data?.confirmReservation?.reservation) return void (errors["not confirmed"] = (errors["not confirmed"] ?? 0) + 1);
    const from = performance.now();
    while ((await ask(RELEASED, { orderRef })).data?.order?.shipments?.length !== 1)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (counts) confirmed.push(from - began) && released.push(performance.now() - from);
  };
  const all = (end: number, counts: boolean) =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        while (performance.now() < end) await buy(caller, counts);
      }),
    );
  await all(performance.now() + warmupSeconds * 1_000, false);
  const from = performance.now();
  await all(from + seconds * 1_000, true);
  const tookSeconds = (performance.now() - from) / 1_000;
  await pool.close();
  const result = (latencies: number[]): LoadResult => {
    const sorted = Float64Array.from(latencies).sort();
    return { rate: sorted.length / tookSeconds, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors };
  };
  return { confirmed: result(confirmed), released: result(released) };
}

/** Decisions a second by the size of the order, exact beside greedy; and how long a paid order takes to reach the floor. */
export async function sourcingRows(place: Place, options: RowOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const lines of SIZES) {
    const [fewest, nearest] = await measure(
      [SourcingStrategy.FEWEST_SHIPMENTS, SourcingStrategy.NEAREST].map((strategy) => decisions(strategy, lines, options.seconds / 4)),
      options,
    );
    rows.push({
      what: `${lines} lines over ${WAREHOUSES} warehouses, exact decisions`,
      ours: fewest!,
      theirs: { ...nearest!, name: "nearest first" },
    });
  }
  const strata = await place.embedded(options.profileDir);
  const { confirmed, released } = await buyAndWait(strata.url, options);
  await strata.stop();
  const measured = (name: string, run: LoadResult): Measured => ({ name, ...run, runs: [run] });
  const ours = measured("confirmed to released", released);
  const errors = Object.entries(released.errors).map(([kind, count]) => `, ${count} ${kind}`);
  options.print?.(
    `  confirmed to released, ${CALLERS} callers: p50 ${ours.p50Ms.toFixed(1)} ms, p99 ${ours.p99Ms.toFixed(1)} ms${errors.join("")}`,
  );
  rows.push({
    what: `confirmed to released on the floor, ${CALLERS} callers`,
    ours,
    theirs: measured("the confirmation itself", confirmed),
  });
  return rows;
}
