import { Pool } from "undici";
import { percentile } from "../cli/demo/measure";
import type { LoadResult } from "./load";
import { ADMIN_KEY, type Place } from "./place";
import { measure } from "./ratio";
import type { Row, RowOptions } from "./rows";
import { COLD_SKUS } from "./shop";

const ROWS_A_BATCH = 5_000;
const CALLERS = 2;
/** Movement lines a second: what DESIGN asks for. */
const GOAL = 10_000;

const IMPORT = `mutation Import($input: ImportMovementsInput!) {
  importMovements(input: $input) { batch { status posted failed } userErrors { code message } } }`;

/** Movements of some lines each, handed in through the gateway; each batch is new. */
function batch(run: string, linesARow: number): string {
  const rows = Array.from({ length: ROWS_A_BATCH / linesARow }, (_, i) => ({
    idempotencyKey: `${run}-${i}`,
    type: "PURCHASE_RECEIPT",
    warehouse: "BENCH",
    lines: Array.from({ length: linesARow }, (_, j) => ({ sku: COLD_SKUS[(i + j) % COLD_SKUS.length], quantity: 1, unitCost: "1.25" })),
  }));
  return JSON.stringify({ query: IMPORT, variables: { input: { source: "bench", batchRef: run, rows } } });
}

let runs = 0;

async function load(url: string, linesARow: number, { seconds, warmupSeconds }: RowOptions): Promise<LoadResult> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CALLERS });
  const headers = { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` };
  const startsAt = performance.now() + warmupSeconds * 1_000;
  const endsAt = startsAt + seconds * 1_000;
  const latencies: number[] = [];
  const errors: Record<string, number> = {};
  let last = startsAt;
  const caller = async () => {
    while (performance.now() < endsAt) {
      const body = batch(`${process.pid}-${Date.now()}-${runs++}`, linesARow);
      const from = performance.now();
      const answer = await pool.request({ method: "POST", path: pathname, headers, body });
      const text = await answer.body.text();
      if (from < startsAt) continue;
      last = performance.now();
      if (/"status":"COMPLETED","posted":\d+,"failed":0/.test(text)) latencies.push(last - from);
      else errors[text.slice(0, 120)] = (errors[text.slice(0, 120)] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await pool.close();
  const sorted = Float64Array.from(latencies).sort();
  // A batch takes long beside the run: it is measured until the last answer.
  return { rate: sorted.length / ((last - startsAt) / 1_000), p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors };
}

/** Lines a second through importMovements: a movement a line, and ten lines a movement. */
export async function importRows(place: Place, options: RowOptions): Promise<Row[]> {
  const strata = await place.embedded(options.profileDir);
  const contenders = [1, 10].map((lines) => ({
    name: `import, ${lines} ${lines === 1 ? "line" : "lines"} a movement`,
    worth: ROWS_A_BATCH,
    run: () => load(strata.url, lines, options),
  }));
  const measured = await measure(contenders, options);
  await strata.stop();
  const goal = { name: "the goal, lines a second", rate: GOAL, p50Ms: 0, p99Ms: 0, runs: [] };
  return measured.map((ours) => ({ what: `${ours.name}, lines`, ours, theirs: goal, goal: 1 }));
}
