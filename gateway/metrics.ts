import { Counter, Gauge, Histogram } from "prom-client";
import { BoundedNames } from "./bounded-names";

/** What the process counts of requests; docs/metrics.md has every metric. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

const requests = new Counter({
  name: "strata_requests_total",
  help: "GraphQL requests by operation and the code of their first error",
  labelNames: ["type", "operation", "code"] as const,
});
const clientRequests = new Counter({
  name: "strata_client_requests_total",
  help: "GraphQL requests by client and the code of their first error",
  labelNames: ["client", "code"] as const,
});
const durations = new Histogram({
  name: "strata_request_duration_seconds",
  help: "From the request's arrival to its answer",
  labelNames: ["operation"] as const,
  buckets: SECONDS,
});
const errors = new Counter({
  name: "strata_errors_total",
  help: "Errors told to callers, by code; a request may have several",
  labelNames: ["code"] as const,
});
const calls = new Histogram({
  name: "strata_subgraph_call_duration_seconds",
  help: "The gateway's questions to a layer, until its answer is there or given up",
  labelNames: ["layer"] as const,
  buckets: SECONDS,
});
const failures = new Counter({
  name: "strata_subgraph_failures_total",
  help: "Questions to a layer that got no answer, by code",
  labelNames: ["layer", "code"] as const,
});
/** Set by the gateway's side of a layer in another process. */
export const layerBreaker = new Gauge({
  name: "strata_layer_breaker",
  help: "1: the gateway takes a layer in another process to be away, and asks it only now and then",
  labelNames: ["layer"] as const,
});
const shed = new Counter({
  name: "strata_requests_shed_total",
  help: "GraphQL requests that were refused before they were read, because this process was late",
});

/** A client who makes names up takes its own places alone; everybody's together are bounded too. */
const operations = new BoundedNames({ most: 100, each: 25 });
const clients = new BoundedNames({ most: 100, each: 1 });

type Coded = { extensions?: { code?: unknown } };
const codeOf = (error: Coded): string => String(error.extensions?.code ?? "INTERNAL");

/** Of an answer that is about to be sent. */
export const errorsIn = ({
  body,
}: {
  body: { kind: string; singleResult?: { errors?: readonly Coded[] } };
}): readonly Coded[] | undefined => body.singleResult?.errors;

export interface Counted {
  type: string | undefined;
  /** What the client calls it. */
  operation: string | null | undefined;
  client: string;
  startedAt: number;
  /** As the caller sees them. */
  errors?: readonly Coded[];
}

/** The code of its first error, if it has one. */
export function countRequest({ type, operation, client, startedAt, errors: told = [] }: Counted): string | undefined {
  const name = operation ? operations.label(operation, client) : "unnamed";
  const first = told.length > 0 ? codeOf(told[0]) : undefined;
  const code = first ?? "none";
  requests.inc({ type: type ?? "none", operation: name, code });
  clientRequests.inc({ client: clients.label(client, client), code });
  durations.observe({ operation: name }, (performance.now() - startedAt) / 1_000);
  for (const error of told) countError(codeOf(error));
  return first;
}

export const countError = (code: string): void => errors.inc({ code });
export const countShed = (): void => shed.inc();

export function countCall(layer: string, startedAt: number, failure?: string): void {
  calls.observe({ layer }, (performance.now() - startedAt) / 1_000);
  if (failure) failures.inc({ layer, code: failure });
}
