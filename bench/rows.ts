import { runLoad, type LoadJob } from "./load";
import { BARE_BATCH, insertBare } from "./bare";
import { AVAILABILITY_QUERY } from "./constants";
import { HOT_SKU } from "./naive";
import { ADMIN_KEY, IDENTITY_SECRET, type Place } from "./place";
import { measure, type Contender, type Measured, type MeasureOptions } from "./ratio";
import { CHANNEL, COLD_SKUS } from "./shop";

/** One line of the result: what was measured, against what, and what is wanted. */
export interface Row {
  what: string;
  ours: Measured;
  theirs: Measured;
  /** Absent: shown for comparison alone. */
  goal?: number;
}

export interface RowOptions extends MeasureOptions {
  seconds: number;
  warmupSeconds: number;
  connections: number;
  quick?: boolean;
  /** Of the large ledger. */
  lines?: number;
  profileDir?: string;
}

const INPUTS_A_BATCH = 500;
const CALLERS_OF_BATCHES = 8;
const CALLERS_OVER_HTTP = 64;
/** Enough that a load which nobody waits for is not held back by the connections it comes on. */
const CONNECTIONS_OF_A_CROWD = 2_000;

const input = (n: string) => ({
  idempotencyKey: `key-${n}`,
  orderRef: `order-${n}`,
  channel: CHANNEL,
  lines: [{ sku: HOT_SKU, quantity: 1 }],
});

const RESERVE = {
  query:
    "mutation Reserve($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id status expiresAt } userErrors { code message } } }",
  variables: { input: input("{n}") },
};
const RESERVE_BATCH = {
  query:
    "mutation ReserveBatch($inputs: [ReserveStockInput!]!) { reserveStockBatch(inputs: $inputs) { reservation { id } userErrors { code message } } }",
  variables: { inputs: Array.from({ length: INPUTS_A_BATCH }, (_, i) => input(`{n}-${i}`)) },
};
const availability = (skus: string[]) => ({ query: AVAILABILITY_QUERY, variables: { channel: CHANNEL, skus } });

export const BY_KEY = { headers: { authorization: `Bearer ${ADMIN_KEY}` } };
const signed = (mutation: boolean) => ({ sign: { secret: IDENTITY_SECRET, to: "sales", mutation } });

export function contender(
  name: string,
  url: string | string[],
  body: object,
  options: RowOptions,
  more: Partial<LoadJob> & { worth?: number } = {},
): Contender {
  const { worth, ...job } = more;
  const { seconds, warmupSeconds, connections } = options;
  return {
    name,
    worth,
    run: () => runLoad({ urls: [url].flat(), body: JSON.stringify(body), seconds, warmupSeconds, connections, ...job }),
  };
}

/**
 * Reservations of one hot SKU, one a request and five hundred a request: through an embedded Strata, through two on the same
 * database, as a merchant with two cores would run them, and, as the wall behind it all, the same rows from a bare client.
 */
export async function reservationRows(place: Place, options: RowOptions): Promise<Row[]> {
  const strata = await place.embedded(options.profileDir);
  const [naive, last] = [await place.naive(), await place.naive({ hotRowLast: true })];
  const naiveBody = { orderRef: "order-{n}", sku: HOT_SKU, quantity: 1 };
  const batches = { ...BY_KEY, connections: CALLERS_OF_BATCHES, worth: INPUTS_A_BATCH };
  const contenders = (name: string, urls: string[]): Contender[] => [
    contender(`${name}, one a request`, urls, RESERVE, options, BY_KEY),
    contender(`${name}, ${INPUTS_A_BATCH} a request`, urls, RESERVE_BATCH, options, batches),
    contender("naive", naive.url, naiveBody, options),
  ];
  const [one, batch, first, better, bare] = await measure(
    [
      ...contenders("Strata", [strata.url]),
      contender("naive, hot row last", last.url, naiveBody, options),
      { name: "bare inserts", worth: BARE_BATCH, run: () => insertBare(place.db.migrationUrl, options) },
    ],
    options,
  );
  // Started only now: idle beside the other it would take its part of a small machine.
  const second = await place.embedded();
  const [oneByTwo, batchByTwo, again] = await measure(contenders("two of Strata", [strata.url, second.url]), options);
  for (const served of [naive, last, second, strata]) await served.stop();
  return [
    { what: "reserve one unit of one hot SKU, embedded", ours: one!, theirs: first!, goal: 4 },
    { what: "  by two processes", ours: oneByTwo!, theirs: again!, goal: 4 },
    { what: "  against the naive that locks the hot row last", ours: one!, theirs: better! },
    { what: "reserveStockBatch, reservations", ours: batch!, theirs: first!, goal: 25 },
    { what: "  by two processes", ours: batchByTwo!, theirs: again!, goal: 25 },
    { what: "  by two processes, against the same rows bare", ours: batchByTwo!, theirs: bare! },
    { what: "the same rows bare", ours: bare!, theirs: first! },
  ];
}

/** What is still carried out when twice as many ask as can be served, against the most that can be. */
export async function overloadRows(place: Place, options: RowOptions): Promise<Row[]> {
  const strata = await place.embedded(options.profileDir);
  const peak = contender("as many as can be served", strata.url, RESERVE, options, BY_KEY);
  let perSecond = 0;
  const [sustained, crowded] = await measure(
    [
      {
        name: peak.name,
        run: async () => {
          const result = await peak.run();
          perSecond = 2 * result.rate;
          return result;
        },
      },
      {
        name: "twice as many",
        run: () => contender("", strata.url, RESERVE, options, { ...BY_KEY, connections: CONNECTIONS_OF_A_CROWD, perSecond }).run(),
      },
    ],
    options,
  );
  await strata.stop();
  return [{ what: "goodput under twice the sustainable load", ours: crowded!, theirs: sustained!, goal: 0.8 }];
}

/** The gateway over HTTP against the sales subgraph called directly, with the signature that the gateway would send. */
export async function gatewayRows(place: Place, options: RowOptions): Promise<Row[]> {
  const { gateway, sales, stop } = await place.distributed();
  const wide = { ...options, connections: CALLERS_OVER_HTTP };
  const query = availability([HOT_SKU]);
  const [queryThrough, queryDirect, reserveThrough, reserveDirect] = await measure(
    [
      contender("query through the gateway", gateway, query, wide, BY_KEY),
      contender("query of the subgraph", sales, query, wide, signed(false)),
      contender("reservation through the gateway", gateway, RESERVE, wide, BY_KEY),
      contender("reservation at the subgraph", sales, RESERVE, wide, signed(true)),
    ],
    options,
  );
  await stop();
  return [
    { what: "gateway over HTTP: availability of 1 SKU", ours: queryThrough!, theirs: queryDirect!, goal: 0.5 },
    { what: "gateway over HTTP: reserve one unit of one SKU", ours: reserveThrough!, theirs: reserveDirect!, goal: 0.5 },
  ];
}

/** Reading, against an Apollo server that only returns constants. */
export async function availabilityRows(place: Place, options: RowOptions): Promise<Row[]> {
  const [strata, constants] = [await place.embedded(options.profileDir), await place.constants()];
  const wide = { ...options, connections: CALLERS_OVER_HTTP };
  const query = availability(COLD_SKUS);
  const [ours, theirs] = await measure(
    [
      contender("availability of 20 SKUs, embedded", strata.url, query, wide, BY_KEY),
      contender("constants from Apollo", constants.url, query, wide),
    ],
    options,
  );
  for (const served of [constants, strata]) await served.stop();
  return [{ what: "availability of 20 SKUs, embedded", ours: ours!, theirs: theirs!, goal: 0.6 }];
}
