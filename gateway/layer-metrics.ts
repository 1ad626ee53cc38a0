import { collectDefaultMetrics, Counter, Gauge, register } from "prom-client";
import { wait } from "../shared/db/retry";
import { outboxFigures } from "../shared/flow/lag.sql";
import type { Layer, Measures } from "../shared/layer";

/** What is asked for when /metrics is read: what layers count of themselves, and what their databases say. */
export type Measured = Pick<Layer, "name" | "db" | "measures" | "lags">;

/** A database that does not answer by then is left out of this reading, so that one is always had. */
const MOST_MS = 2_000;

const labelled = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
  new Gauge({ name: `strata_${name}`, help, labelNames: [...labelNames] });
const total = (name: string, help: string) => new Counter({ name: `strata_${name}_total`, help });

const underWay = labelled("requests_under_way", "Requests that this process has taken and not answered", []);
const statements = new Counter({
  name: "strata_database_statements_total",
  help: "Statements sent to a layer's databases",
  labelNames: ["layer"] as const,
});
const replicaLag = labelled("replica_lag_seconds", "The worst lag of a layer's replicas; -1: one does not answer", ["layer"]);
const replicasUsed = labelled("replicas_used", "Replicas that are read from", ["layer"]);
const breaker = labelled("write_breaker_open", "1: a layer's writes are turned away, because its database could not be reached", ["layer"]);
const pools = labelled("database_connections", "Connections to a server: open, and idle of those", ["layer", "server", "state"]);
const poolWaiting = labelled("database_connections_waiting", "Statements and transactions that wait for a connection", ["layer", "server"]);
const databaseUp = labelled("database_up", "1: the layer's primary answered what this reading asked", ["layer"]);
const outboxRows = labelled("outbox_events", "Committed events that have no position in the feed yet, at most 100,000", ["layer"]);
const outboxAge = labelled("outbox_age_seconds", "Age of the first of them", ["layer"]);
const feedUp = labelled("feed_up", "1: the layer that is read says how far its feed goes", ["layer", "from"]);
const feedEvents = labelled("feed_lag_events", "Events of another layer that this layer has not applied", ["layer", "from"]);
const feedSeconds = labelled("feed_lag_seconds", "Age of the first of them", ["layer", "from"]);
const feedPruned = labelled("feed_pruned", "1: what this layer would read next is kept no longer (FEED_PRUNED)", ["layer", "from"]);
const parked = labelled("parked_events", "Events that this layer has set aside, with what waits behind them", ["layer", "from"]);

/** What layers count of themselves, by the names of their measures. */
const FIGURES: Record<string, Gauge | Counter> = {
  commands: total("combiner_commands", "Commands that the write combiner has answered"),
  shed: total("combiner_shed", "Commands turned away because too much waited"),
  dropped: total("combiner_dropped", "Commands given up because their turn did not come in time, or their caller hung up"),
  slowed: total("combiner_slowed", "Commands that went to the slow lane, as another holds their rows"),
  waiting: labelled("combiner_waiting_commands", "Commands that wait for their batch", []),
  waitingRows: labelled("combiner_waiting_rows", "Rows of the commands that wait", []),
  waitingForLocks: labelled("combiner_waiting_for_locks", "Commands of them that wait in the slow lane", []),
  openAlerts: labelled("open_alerts", "Alerts that nobody has resolved, at most 100,000", ["kind", "severity"]),
  openHolds: labelled("open_holds", "Reservations that hold stock and are not confirmed, at most 100,000", []),
};
const OF_DATABASE = [outboxRows, outboxAge, feedUp, feedEvents, feedSeconds, feedPruned, parked, FIGURES.openAlerts as Gauge];

let collecting = false;
let reading: Promise<string> | undefined;

/** The text for Prometheus. Who asks while it is being read gets the same. */
export async function metricsText(layers: Measured[], active: number): Promise<{ text: string; type: string }> {
  if (!collecting) collectDefaultMetrics();
  collecting = true;
  underWay.set(active);
  reading ??= readAll(layers).finally(() => (reading = undefined));
  return { text: await reading, type: register.contentType };
}

async function readAll(layers: Measured[]): Promise<string> {
  for (const gauge of OF_DATABASE) gauge.reset();
  for (const layer of layers) measureProcess(layer);
  await Promise.all(layers.map((layer) => measureDatabase(layer)));
  return register.metrics();
}

function measureProcess({ name: layer, db }: Measured): void {
  const lag = db.replicas.lagSeconds();
  replicaLag.set({ layer }, Number.isFinite(lag) ? lag : -1);
  replicasUsed.set({ layer }, db.replicas.states().filter(({ healthy }) => healthy).length);
  breaker.set({ layer }, db.writes.isClosed ? 0 : 1);
  setTotal(statements, db.statements, { layer });
  for (const [server, { open, idle, waiting }] of Object.entries(db.pools())) {
    pools.set({ layer, server, state: "open" }, open);
    pools.set({ layer, server, state: "idle" }, idle);
    poolWaiting.set({ layer, server }, waiting);
  }
}

async function measureDatabase(measured: Measured): Promise<void> {
  const { name: layer, db, measures, lags } = measured;
  const none: Measures = {};
  const asked = Promise.all([outboxFigures(db), lags(), measures?.() ?? none]);
  const found = await Promise.race([asked, wait(MOST_MS)]).catch(() => undefined);
  asked.catch(() => undefined);
  databaseUp.set({ layer }, found ? 1 : 0);
  if (!found) return;
  const [outbox, feeds, own] = found;
  outboxRows.set({ layer }, outbox.rows);
  outboxAge.set({ layer }, outbox.ageSeconds);
  for (const { from, behind, pruned, parked: setAside } of feeds) {
    feedUp.set({ layer, from }, behind || pruned ? 1 : 0);
    feedPruned.set({ layer, from }, pruned ? 1 : 0);
    parked.set({ layer, from }, setAside);
    if (!behind) continue;
    feedEvents.set({ layer, from }, behind.events);
    feedSeconds.set({ layer, from }, behind.seconds);
  }
  for (const [name, value] of Object.entries(own)) setFigure(FIGURES[name], value);
}

function setFigure(figure: Gauge | Counter | undefined, value: Measures[string]): void {
  if (Array.isArray(value)) for (const one of value) (figure as Gauge).set(one.labels, one.value);
  else if (figure instanceof Gauge) figure.set(value);
  else if (figure) setTotal(figure, value);
}

/** What has been counted elsewhere since the start. */
function setTotal(counter: Counter, value: number, labels: Record<string, string> = {}): void {
  counter.remove(labels);
  counter.inc(labels, value);
}
