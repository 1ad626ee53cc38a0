import { percentile } from "../cli/demo/measure";
import { decideSourcing, type SourcingWarehouse } from "../services/dispatch/source/decide-sourcing";
import { SourcingStrategy, type SourcingRule } from "../services/dispatch/source/sourcing-rule";
import type { Place } from "./place";
import { measure, type Contender } from "./ratio";
import type { Row, RowOptions } from "./rows";
import { CHANNEL } from "./shop";

const WAREHOUSES = 50;
const SIZES = [1, 5, 20, 50];
/** Of the items of an order, a warehouse has so many, and of each enough. */
const SHARE_THERE = 0.6;
const CASES = 200;

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

/** Decisions a second by the size of the order, exact beside greedy. */
export async function sourcingRows(_: Place, options: RowOptions): Promise<Row[]> {
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
  return rows;
}
