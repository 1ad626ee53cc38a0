import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";
import { Pool } from "undici";
import { percentile } from "../cli/demo/measure";
import { wait } from "../shared/db/retry";
import type { LoadResult } from "./load";
import { ADMIN_KEY, type Place } from "./place";
import type { Measured } from "./ratio";
import { APPLIED_BY_WAREHOUSE, RELEASED_BETWEEN } from "./released.sql";
import type { Row, RowOptions } from "./rows";
import { CHANNEL, COLD_SKUS } from "./shop";

const CALLERS = 64;
/** The load that the latency is told at: thousands a minute. */
const STEADY_A_MINUTE = 2_000;
const LINES_AN_ORDER = 2;
const LOOK_MS = 10;
const PATIENCE_MS = 60_000;

const RESERVE = `mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code } } }`;
const CONFIRM = `mutation ($input: ConfirmReservationInput!) { confirmReservation(input: $input) { reservation { id } userErrors { code } } }`;

type Answer = { data: Record<string, { reservation?: { id: string } | null } | null> | null };

/** Sees orders reach the floor where the warehouse's own transaction says so: one look for all, so that looking is no load. */
class Floor {
  readonly releasedAt = new Map<string, number>();
  private ended = false;
  private seen = 0;
  private looking: Promise<void>;

  private constructor(private readonly connection: Connection) {
    this.looking = Promise.resolve();
  }

  static async watch(databaseUrl: string): Promise<Floor> {
    const floor = new Floor(await createConnection(databaseUrl));
    floor.seen = await floor.applied();
    floor.looking = floor.look();
    return floor;
  }

  /** Done when all of so many orders have arrived; what does not come is no figure. */
  async untilArrived(orders: number): Promise<void> {
    for (const giveUpAt = performance.now() + PATIENCE_MS; this.releasedAt.size < orders; await wait(LOOK_MS))
      if (performance.now() > giveUpAt) throw new Error(`${orders - this.releasedAt.size} of ${orders} orders never reached the floor`);
  }

  async leave(): Promise<void> {
    this.ended = true;
    await this.looking;
    await this.connection.end();
  }

  private async applied(): Promise<number> {
    const [rows] = await this.connection.query<RowDataPacket[]>(APPLIED_BY_WAREHOUSE);
    return Number(rows[0]?.position ?? 0);
  }

  private async look(): Promise<void> {
    for (; !this.ended; await wait(LOOK_MS)) {
      const upTo = await this.applied();
      const at = performance.now();
      if (upTo === this.seen) continue;
      const [rows] = await this.connection.query<RowDataPacket[]>(RELEASED_BETWEEN, [this.seen, upTo]);
      for (const { orderRef } of rows) this.releasedAt.set(orderRef as string, at);
      this.seen = upTo;
    }
  }
}

interface Flow {
  confirmed: LoadResult;
  released: LoadResult;
}

let orders = 0;

/** Orders are reserved and paid, as fast as the callers can or so many a minute, and followed until all are on the floor. */
async function buy(url: string, databaseUrl: string, options: RowOptions, perMinute?: number): Promise<Flow> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CALLERS });
  const headers = { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` };
  const ask = async (query: string, variables: object) => {
    const answer = await pool.request({ method: "POST", path: pathname, headers, body: JSON.stringify({ query, variables }) });
    return (await answer.body.json()) as Answer;
  };
  const floor = await Floor.watch(databaseUrl);
  const confirmedAt = new Map<string, number>();
  const tookMs: number[] = [];
  const errors: Record<string, number> = {};
  const order = async () => {
    const n = orders++;
    const orderRef = `released-${process.pid}-${n}`;
    const keyed = { idempotencyKey: orderRef };
    const lines = Array.from({ length: LINES_AN_ORDER }, (_, i) => ({ sku: COLD_SKUS[(n + i * 7) % COLD_SKUS.length], quantity: 1 }));
    const held = await ask(RESERVE, { input: { ...keyed, orderRef, channel: CHANNEL, lines } });
    const from = performance.now();
    const reservationId = held.data?.reserveStock?.reservation?.id;
    const paid = await ask(CONFIRM, { input: { ...keyed, reservationId, shipTo: { countryCode: "DE" } } });
    if (!paid.data?.confirmReservation?.reservation) return void (errors["not confirmed"] = (errors["not confirmed"] ?? 0) + 1);
    confirmedAt.set(orderRef, performance.now());
    tookMs.push(performance.now() - from);
  };
  const began = performance.now();
  await flowOf(order, began, options.seconds * 1_000, perMinute);
  const soldAt = performance.now();
  await floor.untilArrived(confirmedAt.size);
  await floor.leave();
  await pool.close();
  const lastAt = Math.max(...floor.releasedAt.values());
  const waitedMs = [...confirmedAt].map(([orderRef, at]) => Math.max(0, floor.releasedAt.get(orderRef)! - at));
  return { confirmed: resultOf(tookMs, soldAt - began, errors), released: resultOf(waitedMs, lastAt - began, errors) };
}

async function flowOf(order: () => Promise<void>, began: number, forMs: number, perMinute?: number): Promise<void> {
  const isOver = () => performance.now() - began > forMs;
  if (perMinute === undefined) {
    const caller = async () => {
      while (!isOver()) await order();
    };
    return void (await Promise.all(Array.from({ length: CALLERS }, caller)));
  }
  const underWay: Promise<void>[] = [];
  for (; !isOver(); await wait(LOOK_MS))
    while (underWay.length < ((performance.now() - began) / 60_000) * perMinute) underWay.push(order());
  await Promise.all(underWay);
}

function resultOf(latencies: number[], tookMs: number, errors: Record<string, number>): LoadResult {
  const sorted = Float64Array.from(latencies).sort();
  return { rate: sorted.length / (tookMs / 1_000), p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors };
}

/**
 * Paid orders to the floor of the warehouse: how many a minute go all the way, and how long each takes while thousands a minute
 * come in; by one process with all layers, and by a process for each layer with two of dispatch on one database.
 */
export async function releasedRows(place: Place, options: RowOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const run = async (name: string, url: string) => {
    await buy(url, place.db.migrationUrl, { ...options, seconds: options.warmupSeconds });
    for (const perMinute of [undefined, STEADY_A_MINUTE]) {
      const { confirmed, released } = await buy(url, place.db.migrationUrl, options, perMinute);
      const what = `${name}, ${perMinute === undefined ? `${CALLERS} callers` : `${perMinute} a minute come in`}`;
      const figures = `${(released.rate * 60).toFixed(0)} orders a minute, p50 ${released.p50Ms.toFixed(0)} ms, p99 ${released.p99Ms.toFixed(0)} ms`;
      const failed = Object.entries(released.errors).map(([kind, count]) => `, ${count} ${kind}`);
      (options.print ?? console.log)(`  confirmed to released, ${what}: ${figures}${failed.join("")}`);
      rows.push({
        what: `released, ${what}`,
        ours: measured("confirmed to released", released),
        theirs: measured("the confirmation itself", confirmed),
      });
    }
  };
  const one = await place.embedded(options.profileDir);
  await run("embedded", one.url);
  await one.stop();
  const several = await place.distributed({ dispatches: 2 });
  await run("two of dispatch", several.gateway);
  await several.stop();
  return rows;
}

const measured = (name: string, result: LoadResult): Measured => ({ name, ...result, runs: [result] });
