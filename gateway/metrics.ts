import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from "prom-client";
import type { LayerDatabase } from "../shared/db/database";

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

let collecting = false;

/** The text for Prometheus. */
export async function metricsText(databases: LayerDatabase[]): Promise<{ text: string; type: string }> {
  if (!collecting) collectDefaultMetrics();
  collecting = true;
  for (const { layer, replicas } of databases) {
    const lag = replicas.lagSeconds();
    replicaLag.set({ layer }, Number.isFinite(lag) ? lag : -1);
  }
  return { text: await register.metrics(), type: register.contentType };
}
