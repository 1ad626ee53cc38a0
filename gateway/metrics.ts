import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from "prom-client";
import type { Layer } from "../shared/layer";

/** Clients name their operations: only so many names become labels, the rest is "other". */
const MOST_NAMES = 200;
const names = new Set<string>();

const requests = new Counter({
  name: "strata_requests_total",
  help: "GraphQL requests by operation and the code of their first error",
  labelNames: ["type", "operation", "code"] as const,
});
const durations = new Histogram({
  name: "strata_request_duration_seconds",
  help: "From the request's arrival to its answer",
  labelNames: ["type"] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});
const replicaLag = new Gauge({
  name: "strata_replica_lag_seconds",
  help: "The worst lag of a layer's replicas; -1: one does not answer",
  labelNames: ["layer"] as const,
});

const breaker = new Gauge({
  name: "strata_write_breaker",
  help: "1: a layer's writes are turned away, because its database could not be reached",
  labelNames: ["layer"] as const,
});
/** Set by the gateway's side of a layer in another process. */
export const layerBreaker = new Gauge({
  name: "strata_layer_breaker",
  help: "1: the gateway takes a layer in another process to be away, and asks it only now and then",
  labelNames: ["layer"] as const,
});
const figures = new Gauge({
  name: "strata_layer_figure",
  help: "What a layer counts of itself: the sales layer's write combiner (commands, batches, shed, dropped, slowed since the start; waiting now)",
  labelNames: ["layer", "figure"] as const,
});

const turnedAway = new Counter({
  name: "strata_requests_turned_away_total",
  help: "GraphQL requests that were refused before they were read, because this process was late",
});
export const countTurnedAway = (): void => turnedAway.inc();

export function countRequest(
  type: string | undefined,
  operation: string | null | undefined,
  startedAt: number,
  errors?: readonly { extensions?: { code?: unknown } }[],
): void {
  const known = type ?? "none";
  const code = errors?.length ? String(errors[0].extensions?.code ?? "INTERNAL") : "none";
  requests.inc({ type: known, operation: boundedName(operation), code });
  durations.observe({ type: known }, (performance.now() - startedAt) / 1000);
}

function boundedName(name: string | null | undefined): string {
  if (!name) return "unnamed";
  if (names.size < MOST_NAMES) names.add(name);
  return names.has(name) ? name : "other";
}

/** A layer whose figures this process tells. */
export type Measured = Pick<Layer, "name" | "db" | "measures">;

let collecting = false;

/** The text for Prometheus. */
export async function metricsText(layers: Measured[]): Promise<{ text: string; type: string }> {
  if (!collecting) collectDefaultMetrics();
  collecting = true;
  for (const { name: layer, db, measures } of layers) {
    const lag = db.replicas.lagSeconds();
    replicaLag.set({ layer }, Number.isFinite(lag) ? lag : -1);
    breaker.set({ layer }, db.writes.isClosed ? 0 : 1);
    for (const [figure, value] of Object.entries(measures?.() ?? {})) figures.set({ layer, figure }, value);
  }
  return { text: await register.metrics(), type: register.contentType };
}
