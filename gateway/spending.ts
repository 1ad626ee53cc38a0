import type { ApolloServerPlugin } from "@apollo/server";
import type { Caller } from "../shared/identity/caller";
import type { LimitConfig } from "../shared/config";
import type { Log } from "../shared/log";
import { Budgets, openRedis, rateLimitHeaders, type Balance } from "./budget";
import { Costs, MOST_COST } from "./cost";
import { HttpFault, refused } from "./http";
import type { GatewayContext } from "./sources";

/** Sent as `true`, the answer's extensions say what the operation cost, and the most that one may. */
export const COST_HEADER = "x-strata-cost";
/** What a request costs that is no operation: it was parsed and checked all the same. */
const NO_OPERATION = 20;

export interface Spending {
  /** Points a minute, of clients. */
  budgets: Budgets;
  /** Of a client whose key names none. */
  budget: number;
  /** Keys and tokens a minute that are none, of addresses. */
  failures: Budgets;
  failedLogins: number;
  close(): void;
}

export async function openSpending({ budget, failedLogins, redisUrl }: LimitConfig, log: Log): Promise<Spending> {
  const redis = redisUrl === undefined ? undefined : await openRedis(redisUrl, log);
  const close = () => redis?.disconnect();
  return { budgets: new Budgets("client", redis), budget, failures: new Budgets("address", redis), failedLogins, close };
}

const budgetOf = ({ budget }: Caller, spending: Spending): number => budget ?? spending.budget;

/** By client, not by key: who makes himself a second key has no second budget. */
export function refuseOverdrawn(caller: Caller, spending: Spending): void {
  const balance = spending.budgets.overdrawn(caller.client, budgetOf(caller, spending));
  if (balance) throw new HttpFault(429, "RATE_LIMITED", overBudget(balance), limitedHeaders(balance), balance.resetMs);
}

/** The answer to a key that is none. Who has one that is good is let in from any address, so nobody locks out his neighbours. */
export async function whoIsUnknown({ failures, failedLogins }: Spending, address: string): Promise<HttpFault> {
  const balance = failures.overdrawn(address, failedLogins) ?? (await failures.spend(address, 1, failedLogins));
  if (balance.left < 0)
    return new HttpFault(
      429,
      "RATE_LIMITED",
      "Too many keys from this address were not valid",
      { "retry-after": String(seconds(balance)) },
      balance.resetMs,
    );
  return new HttpFault(401, "UNAUTHENTICATED", "Send an API key or a token that is valid: Authorization: Bearer KEY, or x-api-key: KEY", {
    "www-authenticate": "Bearer",
  });
}

/** Prices each operation before anything of it is executed, refuses what is too dear, and takes the price from the client's budget. */
export function spendingRules(spending: Spending | undefined): ApolloServerPlugin<GatewayContext & Record<string, unknown>> {
  let costs: Costs | undefined;
  return {
    async serverWillStart() {
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          costs = new Costs(apiSchema, coreSupergraphSdl!);
        },
      };
    },
    async requestDidStart() {
      let cost = NO_OPERATION;
      let balance: Balance | undefined;
      return {
        async didResolveOperation({ document, operation, request, contextValue: { caller } }) {
          if (!operation) return;
          cost = costs!.costOf(document, operation, request.variables ?? {});
          if (cost > MOST_COST)
            throw refused(
              400,
              "GRAPHQL_VALIDATION_FAILED",
              `The operation may cost ${cost} points; at most ${MOST_COST} are allowed. Ask for shorter pages, or for less of each.`,
            );
          if (!spending) return;
          balance = await spending.budgets.spend(caller.client, cost, budgetOf(caller, spending));
          if (balance.left < 0)
            throw refused(429, "RATE_LIMITED", overBudget(balance), { headers: limitedHeaders(balance), retryAfterMs: balance.resetMs });
        },
        async willSendResponse({ response, contextValue: { caller, showCost } }) {
          if (spending) {
            balance ??= await spending.budgets.spend(caller.client, NO_OPERATION, budgetOf(caller, spending));
            for (const [name, value] of Object.entries(rateLimitHeaders(balance))) response.http.headers.set(name, value);
          }
          if (showCost && response.body.kind === "single")
            response.body.singleResult.extensions = { ...response.body.singleResult.extensions, cost: { points: cost, most: MOST_COST } };
        },
      };
    },
  };
}

const overBudget = ({ budget }: Balance): string =>
  `This client has spent its budget of ${budget} points a minute. Ask again when it begins anew, a mutation with the same key.`;

const limitedHeaders = (balance: Balance) => ({ ...rateLimitHeaders(balance), "retry-after": String(seconds(balance)) });

const seconds = ({ resetMs }: Balance): number => Math.ceil(resetMs / 1_000);
