import "./production";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadSampleShop } from "../cli/demo/load-shop";
import { ProgressLine } from "../cli/demo/progress";
import { loadConfig, isLayer, type Config } from "../shared/config";
import { makeLog, type Log } from "../shared/log";
import { StartError } from "../shared/mysqld/fault";
import { makeFirstKeys } from "./clients";
import { writePrivately } from "./private-file";
import { startStrata, type Strata } from "./strata";
import { readyText } from "./ready-text";
import { gatewayClient } from "./shop-client";

/** npm start, and every process of a distributed Strata: its role is in STRATA_ROLE. */
export async function main(): Promise<void> {
  const startedAt = performance.now();
  // Who looks on wants what is wrong; what collects lines wants each request.
  const config = loadConfig({ ...(process.stderr.isTTY && { STRATA_LOG_LEVEL: "warn" }), ...process.env });
  const log = makeLog(config.logLevel);
  const starting = startStrata(config, log, say);
  drainOnSignal(starting, log);
  const strata = await starting;
  const keys = isLayer(config.role) ? undefined : makeFirstKeys(config.dataDir, config.sampleData === "sample");
  if (wantsSample(config))
    await loadSample(config, strata).catch((error: Error) => strata.stop().then(() => Promise.reject(notLoaded(error))));
  const ms = Math.round(performance.now() - startedAt);
  process.stdout.write(
    readyText({ role: config.role, url: strata.url, keys, adminKey: config.adminKey !== undefined, dataDir: config.dataDir }),
  );
  say(`ready in ${ms} ms`);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const sampleMark = (dataDir: string): string => join(dataDir, "sample-shop.json");

/** Once, and only in a database of this Strata's own. A loading that was interrupted goes on: what is there already does not change. */
const wantsSample = ({ role, database, dataDir }: Config): boolean => role === "embedded" && !database && !existsSync(sampleMark(dataDir));

async function loadSample(config: Config, { gateway }: Strata): Promise<void> {
  if (config.sampleData === "none") return writePrivately(sampleMark(config.dataDir), { loaded: false });
  say("Loading the sample shop, once (STRATA_SAMPLE_DATA=none leaves it out).");
  const progress = new ProgressLine();
  await loadSampleShop(gatewayClient(gateway!), (done, total, what) => progress.show(done, total, what));
  progress.end();
  writePrivately(sampleMark(config.dataDir), { loaded: true });
}

const notLoaded = ({ message }: Error) =>
  new StartError(`The sample shop could not be loaded (${message}): start again to go on, or set STRATA_SAMPLE_DATA=none to do without.`);

/** The first signal drains, also while starting; the second ends at once. */
function drainOnSignal(starting: Promise<Strata>, log: Log): void {
  let draining = false;
  const drain = async () => {
    if (draining) process.exit(1);
    draining = true;
    say("Stopping: answers under way are finished first. Again to stop at once.");
    try {
      await (await starting).stop();
      process.exit(0);
    } catch (error) {
      if (!(error instanceof StartError)) log.error({ err: error }, "stopping failed");
      process.exit(1);
    }
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void drain());
}

/** Run as a program of its own, and not through bin/start.mjs: an expected fault is a line there too. */
if (require.main === module)
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof StartError ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  });
