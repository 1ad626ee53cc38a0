import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract, type RateLimiterRes } from "rate-limiter-flexible";
import { described, type Log } from "../shared/log";

export const WINDOW_SECONDS = 60;
/** Counting is Redis's; which comes late is counted here. */
const REDIS_MS = 250;
/** Who is over its budget is remembered here, so that turning it away costs nothing; more than so many are asked about again. */
const MOST_REMEMBERED = 10_000;

/** What is left to one who spends. */
export interface Balance {
  budget: number;
  left: number;
  resetMs: number;
}

/**
 * Points a minute, by name, in windows that begin with the first spending. Counted in this process, or in Redis, where
 * several gateways share it; while Redis is away each process counts for itself.
 */
export class Budgets {
  private readonly over = new Map<string, Balance & { until: number }>();
  private readonly counter: RateLimiterAbstract;

  constructor(use: string, redis?: Redis) {
    // Each name has a budget of its own, so the counter counts and the comparison is made here.
    const options = { keyPrefix: `strata:${use}`, points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS };
    const memory = new RateLimiterMemory(options);
    this.counter = redis
      ? new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: memory, rejectIfRedisNotReady: true })
      : memory;
  }

  /** Spends, also what is not there: what is left is below zero then. */
  async spend(name: string, points: number, budget: number): Promise<Balance> {
    const { consumedPoints, msBeforeNext } = await this.count(name, points);
    const balance = { budget, left: budget - consumedPoints, resetMs: Math.max(msBeforeNext, 1) };
    if (balance.left < 0 && this.over.size < MOST_REMEMBERED) this.over.set(name, { ...balance, until: Date.now() + balance.resetMs });
    return balance;
  }

  /** The balance of a name that has nothing left in this window, as far as this process knows. */
  overdrawn(name: string, budget: number): Balance | undefined {
    const known = this.over.size > 0 ? this.over.get(name) : undefined;
    if (!known) return undefined;
    const resetMs = known.until - Date.now();
    if (resetMs > 0 && budget <= known.budget) return { budget, left: -1, resetMs };
    this.over.delete(name);
    return undefined;
  }

  /** Who has come to the end of the count itself, which no budget is near, has nothing left either. */
  private count = (name: string, points: number): Promise<RateLimiterRes> =>
    this.counter.consume(name, points).catch((refused: RateLimiterRes | Error) => {
      if (refused instanceof Error) throw refused;
      return refused;
    });
}

/** The IETF draft's fields: the policy, and what is left of it. */
export const rateLimitHeaders = ({ budget, left, resetMs }: Balance): Record<string, string> => ({
  "ratelimit-policy": `"client";q=${budget};w=${WINDOW_SECONDS}`,
  ratelimit: `"client";r=${Math.max(left, 0)};t=${Math.ceil(resetMs / 1_000)}`,
});

/** A connection that never makes a request wait: what cannot be counted there at once is counted in this process. */
export async function openRedis(url: string, log: Log): Promise<Redis> {
  const { Redis: Client } = await import("ioredis");
  const redis = new Client(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: REDIS_MS,
    connectTimeout: 2_000,
    lazyConnect: true,
  });
  let away = false;
  redis.on("error", (error: Error) => {
    if (!away) log.warn({ error: described(error) }, "Redis cannot be reached: budgets are counted in this process");
    away = true;
  });
  redis.on("ready", () => (away = false));
  await redis.connect().catch(() => undefined);
  return redis;
}
