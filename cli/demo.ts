import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Caller, Refused, type Callers } from "./demo/call";
import { CallFailed, httpClient, type HttpClient } from "./demo/client";
import { DataFault } from "./demo/csv";
import { demoKeys } from "./demo/keys";
import { loadShop } from "./demo/load-shop";
import { Timings } from "./demo/measure";
import { Mishaps } from "./demo/mishaps";
import { HELP, UsageFault, demoOptions, type DemoOptions } from "./demo/options";
import { ProgressLine } from "./demo/progress";
import { readSampleShop, readShop } from "./demo/read-shop";
import { playOrders, type Outcome } from "./demo/replay";
import type { Shop } from "./demo/shop";
import { Summary, bookLines, timingLines } from "./demo/summary";
import { projectRoot } from "../shared/root";

/** npm run demo: reads a shop, sets it up, plays its orders, prints what happened. Exit code 1: an order was lost or the books drift. */
async function run(args: string[]): Promise<number> {
  const options = demoOptions(args, process.env);
  if (options === "help") {
    console.log(HELP);
    return 0;
  }
  const keys = demoKeys(process.env, options.key);
  const shop = chosenOrders(options.dataDir === undefined ? readSampleShop() : readShop(options.dataDir), options);
  const clientOf = (key: string): HttpClient => httpClient(options.url, key, options.concurrency);
  const [admin, orderSystem, operator] = [clientOf(keys.admin), clientOf(keys.orderSystem), clientOf(keys.warehouseOperator)];
  try {
    await admin.mutate("query Hello { __typename }", {});
    const summary = new Summary();
    const timings = new Timings();
    const caller = (client: HttpClient) => new Caller(client, timings, summary.retries);
    const progress = new ProgressLine();
    await loadShop(new Caller(admin), shop, {
      currency: options.currency,
      strategy: options.strategy,
      progress: (...step) => progress.show(...step),
    });
    await play(shop, options, { buyer: caller(admin), orders: caller(orderSystem), floor: caller(operator) }, summary, progress);
    for (const line of timingLines(timings)) console.log(line);
    for (const line of await bookLines(new Caller(admin))) console.log(line);
    const drift = options.reconcile ? await reconcile() : 0;
    return summary.lost.length > 0 || drift !== 0 ? 1 : 0;
  } finally {
    await Promise.all([admin, orderSystem, operator].map((client) => client.close()));
  }
}

function chosenOrders(shop: Shop, { channel, limit }: DemoOptions): Shop {
  const orders = shop.orders.filter((order) => channel === undefined || order.channel === channel).slice(0, limit);
  if (orders.length === 0)
    throw new UsageFault(`no order to play: --channel is one of ${shop.channels.map(({ code }) => code).join(", ")}`);
  return { ...shop, orders };
}

/** Ctrl-C lets the orders under way come to their end and still prints the summary; a second one ends at once. */
async function play(shop: Shop, options: DemoOptions, callers: Callers, summary: Summary, progress: ProgressLine): Promise<void> {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  process.once("SIGINT", stop);
  const from = Date.now();
  const ended = (outcome: Outcome) => {
    summary.add(outcome);
    progress.show(summary.ends.total, shop.orders.length, "orders", `${summary.shippedUnits} units shipped`);
  };
  const { run, concurrency } = options;
  const mishaps = new Mishaps(run, options.mishaps);
  const bought = await playOrders({ shop, run, concurrency, callers, mishaps, ended, stopped: () => stopped });
  process.off("SIGINT", stop);
  progress.end();
  console.log(`\n${shop.name}, run ${options.run}${stopped ? ", stopped early" : ""}`);
  for (const line of summary.lines(shop, bought, (Date.now() - from) / 1000)) console.log(line);
}

/** The exit code of npm run reconcile, which prints its own findings. */
async function reconcile(): Promise<number> {
  const child = spawn(process.execPath, [join(projectRoot, "bin", "run.mjs"), "reconcile"], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** What a person can put right is one line; anything else is a fault of the demo, with its stack. */
function explain(error: unknown): string {
  if (error instanceof UsageFault || error instanceof DataFault) return error.message;
  if (error instanceof Refused) return `the set-up was refused: ${error.message}`;
  if (!(error instanceof CallFailed)) return (error as Error).stack ?? String(error);
  if (error.code === "NO_ANSWER") return `${error.message}: start Strata with npm start, or set STRATA_URL`;
  if (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN")
    return `${error.code}: ${error.message}; set STRATA_ADMIN_KEY or give --key`;
  return `${error.code}: ${error.message}`;
}

/** npm run demo: 0 all well, 1 an order was lost or the books drift, 2 it could not run. */
export async function main(args: string[]): Promise<void> {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    console.error(`demo: ${explain(error)}`);
    process.exitCode = 2;
  }
}
