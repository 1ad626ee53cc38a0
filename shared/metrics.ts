import { Counter, Histogram } from "prom-client";

/** What layers count as it happens; docs/metrics.md has every metric. What can be asked for when /metrics is read is not counted here. */
export const refusals = new Counter({
  name: "strata_refusals_total",
  help: "Refusals told as user errors, by code",
  labelNames: ["code"] as const,
});

export const transactionRetries = new Counter({
  name: "strata_transaction_retries_total",
  help: "Transactions that were begun again, by why: deadlock, lock_wait, read_only, connection, other",
  labelNames: ["layer", "reason"] as const,
});

export const batchCommands = new Histogram({
  name: "strata_combiner_batch_commands",
  help: "Commands in one batch of the write combiner",
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
});

export const batchDuration = new Histogram({
  name: "strata_combiner_batch_duration_seconds",
  help: "One batch of the write combiner, from its first statement to its commit",
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
});

/** Invariant 2: stays 0. */
export const oversold = new Counter({
  name: "strata_oversell_total",
  help: "Promises that took what is available lower than they were permitted to: anything but 0 is a fault of Strata",
});
