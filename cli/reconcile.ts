import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { findDatabase, openDatabases, type DatabaseUrls } from "../gateway/databases";
import { layerModule } from "../gateway/layers";
import { checkpointDemand, inboundByItem, openDemandByItem, reconcileDispatch } from "../services/dispatch/reconcile";
import { committedByItem, reconcileSales } from "../services/sales/reconcile";
import { checkpointWarehouse, openRestByItem, reconcileWarehouse } from "../services/warehouse/reconcile";
import { returnsDifferently } from "./compare-returns";
import { whatStays } from "./what-stays";
import { loadConfig, READS, type Config } from "../shared/config";
import { LAYERS, type LayerDatabase, type LayerName } from "../shared/db/database";
import { wait } from "../shared/db/retry";
import { newId } from "../shared/ids";
import type { Layer } from "../shared/layer";
import { makeLog } from "../shared/log";
import { runningDatabase } from "../shared/mysqld/attach";
import { StartError } from "../shared/mysqld/fault";
import type { Drift } from "../shared/reconcile";
import { checkpointResults, forgetCheckpoint } from "../shared/reconcile.sql";

const HELP = `npm run reconcile [-- --full] [--repair]

Checks that headers are the sum of their lines (1), that nothing was oversold (2), that the books balance (5), that no
place holds less than nothing (6), and that the layers agree (7). It reads what has changed since all was last well;
--full reads everything. --repair books the differences of what lies in warehouses, from the warehouse layer's figure, as
corrections of cause RECONCILE in the ledgers of dispatch and sales; everything else that differs wants a person. Exit
code 1 when something differs, with --repair when something still does.`;

const LAYERS_ANSWER_WITHIN_MS = 120_000;

type Databases = Record<LayerName, LayerDatabase>;

/** npm run reconcile: works beside a running Strata as on a stopped one, whose feeds it then consumes itself. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { full: { type: "boolean" }, repair: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) return console.log(HELP);
  const config = loadConfig({ ...process.env, STRATA_ROLE: "embedded" });
  const log = makeLog("fatal");
  const database = await databaseOf(config);
  const databases = await openDatabases(database, LAYERS, false, log);
  const layers = Object.fromEntries(LAYERS.map((name) => [name, layerModule(name).create({ db: databases[name], log })])) as Record<
    LayerName,
    Layer
  >;
  for (const name of LAYERS) layers[name].start(Object.fromEntries(READS[name].map((from) => [from, layers[from].feed])));
  try {
    const startedAt = Date.now();
    let drifts = await reconcile(databases, values.full ?? false);
    say("drift", drifts);
    if (values.repair && drifts.some(isRepairable)) {
      await repair(databases);
      const before = drifts;
      drifts = await reconcile(databases, values.full ?? false);
      const still = new Set(drifts.map(({ subject }) => subject));
      say(
        "repaired",
        before.filter(({ subject }) => !still.has(subject)),
      );
      say("still differs", drifts);
    }
    console.log(
      `reconcile: ${drifts.length === 0 ? "no drift" : `${drifts.length} differences`}, invariants 1 2 5 6 7, ${Date.now() - startedAt} ms`,
    );
    process.exitCode = drifts.length === 0 ? 0 : 1;
  } finally {
    for (const name of LAYERS) await layers[name].stop();
    for (const name of LAYERS) await databases[name].close();
    await database.stop();
  }
}

function say(what: string, drifts: Drift[]): void {
  for (const { invariant, layer, subject, message } of drifts)
    console.log(`${what}: invariant ${invariant}, ${layer}, ${subject}: ${message}`);
}

/** What the warehouse's truth can put right: onHand in dispatch and in sales. */
const isRepairable = ({ subject }: Drift): boolean => /^(warehouse-dispatch|dispatch-sales):/.test(subject);

/** Each reader books what it finds to differ where the figure stands in its feed, so it is exact while business goes on. */
export async function repair({ sales, dispatch, warehouse }: Databases): Promise<void> {
  const checkId = newId();
  const places = await checkpointWarehouse(warehouse, checkId, true);
  await answersTo(dispatch, checkId, places);
  await answersTo(sales, checkId, 2 * places);
  for (const db of [dispatch, sales]) await forgetCheckpoint(db, checkId);
}

async function databaseOf(config: Config): Promise<DatabaseUrls & { stop: () => Promise<void> }> {
  const running = config.database ? undefined : runningDatabase(resolve(config.dataDir));
  if (running) return { ...running, stop: async () => undefined };
  return findDatabase(config, (line) => console.log(line));
}

/** Each layer on its own snapshot, then the layers against each other by checkpoints that travel through the feeds. */
export async function reconcile(databases: Databases, full = false): Promise<Drift[]> {
  const { sales, dispatch, warehouse } = databases;
  const within = [
    ...(await reconcileSales(sales, { full })),
    ...(await reconcileDispatch(dispatch, { full })),
    ...(await reconcileWarehouse(warehouse, { full })),
  ];
  return [
    ...within,
    ...(await compareLayers(databases)),
    ...(await promisedWithoutDemand(databases)),
    ...(await expectedDifferently(databases)),
    ...(await returnsDifferently(databases)),
  ];
}

async function compareLayers({ sales, dispatch, warehouse }: Databases): Promise<Drift[]> {
  const checkId = newId();
  const places = await checkpointWarehouse(warehouse, checkId);
  const demands = await checkpointDemand(dispatch, checkId);
  const drifts: Drift[] = [];
  const readers: [LayerDatabase, number][] = [
    [dispatch, places],
    [sales, 2 * places + demands],
  ];
  for (const [db, expected] of readers) {
    for (const { subject, told, found } of await answersTo(db, checkId, expected)) {
      if (told !== found) drifts.push({ invariant: 7, layer: db.layer, subject, message: `was told ${told}, has ${found}` });
    }
    await forgetCheckpoint(db, checkId);
  }
  return drifts;
}

async function answersTo(db: LayerDatabase, checkId: string, expected: number) {
  for (const end = Date.now() + LAYERS_ANSWER_WITHIN_MS; ; await wait(50)) {
    const results = await checkpointResults(db, checkId);
    if (results.length >= expected) return results;
    if (Date.now() > end)
      throw new StartError(
        `The ${db.layer} layer compared ${results.length} of ${expected} figures in time: see whether its feeds stand still.`,
      );
  }
}

/** Open rests of inbound shipments that dispatch has another figure of. */
async function expectedDifferently(databases: Databases): Promise<Drift[]> {
  const found = await whatStays(databases, async () => {
    const [known, open] = [await inboundByItem(databases.dispatch), await openRestByItem(databases.warehouse)];
    const keys = [...new Set([...known.keys(), ...open.keys()])].filter((key) => (known.get(key) ?? 0) !== (open.get(key) ?? 0));
    return new Map(keys.map((key) => [key, `inbound is ${known.get(key) ?? 0}, open are ${open.get(key) ?? 0}`]));
  });
  return [...found].map(([key, message]) => ({ invariant: 7, layer: "dispatch", subject: `stock_position ${key}`, message }));
}

/** Committed in sales, and unknown to dispatch. */
async function promisedWithoutDemand(databases: Databases): Promise<Drift[]> {
  const missing = await whatStays(databases, async () => {
    const known = await openDemandByItem(databases.dispatch);
    return new Map([...(await committedByItem(databases.sales))].filter(([key]) => !known.has(key)));
  });
  return [...missing.keys()].map((key) => ({
    invariant: 7,
    layer: "sales",
    subject: `committed ${key}`,
    message: "dispatch knows of no demand for it",
  }));
}
