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

/** Movements of some lines each; each batch is new, and each caller has items of its own, so that none waits for another's locks. */
function batch(run: string, linesARow: number, skus: string[]): string {
  const rows = Array.from({ length: ROWS_A_BATCH / linesARow }, (_, i) => ({
    idempotencyKey: `${run}-${i}`,
    type: "PURCHASE_RECEIPT",
    warehouse: "BENCH",
    lines: Array.from({ length: linesARow }, (_, j) => ({ sku: skus[(i + j) % skus.length], quantity: 1, unitCost: "1.25" })),
  }));
  return JSON.stringify({ query: IMPORT, variables: { input: { source: "bench", batchRef: run, rows } } });
}

let runs = 0;

/** Each caller hands in one batch after the other, and the same again until it is COMPLETED, as the importer does. */
async function load(url: string, linesARow: number, { seconds, warmupSeconds }: RowOptions): Promise<LoadResult> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CALLERS });
  const headers = { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` };
  const latencies: number[] = [];
  const errors: Record<string, number> = {};
  const handIn = async (body: string) => {
    const from = performance.now();
    for (;;) {
      const answer = await pool.request({ method: "POST", path: pathname, headers, body });
      const text = await answer.body.text();
      if (/"status":"COMPLETED","posted":\d+,"failed":0/.test(text)) return performance.now() - from;
      if (/"status":"(RUNNING|PENDING)"|"code":"TIMEOUT"/.test(text)) continue;
      errors[text.slice(0, 120)] = (errors[text.slice(0, 120)] ?? 0) + 1;
      return undefined;
    }
  };
  const until = async (caller: number, end: number, took: (ms: number | undefined) => void) => {
    const skus = COLD_SKUS.filter((_, i) => i % CALLERS === caller);
    while (performance.now() < end) took(await handIn(batch(`${process.pid}-${Date.now()}-${runs++}`, linesARow, skus)));
  };
  const all = (end: number, took: (ms: number | undefined) => void) =>
    Promise.all(Array.from({ length: CALLERS }, (_, caller) => until(caller, end, took)));
  await all(performance.now() + warmupSeconds * 1_000, () => undefined);
  const from = performance.now();
  await all(from + seconds * 1_000, (ms) => ms !== undefined && latencies.push(ms));
  // A batch takes long beside the run: what counts is the time until the last answer.
  const tookSeconds = (performance.now() - from) / 1_000;
  await pool.close();
  const sorted = Float64Array.from(latencies).sort();
  return { rate: sorted.length / tookSeconds, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors };
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
