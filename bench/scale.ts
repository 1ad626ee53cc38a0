import { encodeCursor } from "../shared/graphql/common.types";
import { SETTLE_HEADER } from "../shared/identity/position";
import { AVAILABILITY_QUERY } from "./constants";
import { fill } from "./fill";
import type { Size, Subject } from "./fill.sql";
import type { LoadJob } from "./load";
import { HOT_SKU } from "./naive";
import { ADMIN_KEY, openPlace, type Place, type Served } from "./place";
import { measure, type Measured } from "./ratio";
import { contender, type Row, type RowOptions } from "./rows";
import { CHANNEL, COLD_SKUS, POOL, WAREHOUSE } from "./shop";

const SMALL: Size = { skus: 1_000, hotLines: 0, linesASku: 1, reservations: 0 };
const LARGE: Size = { skus: 1_000_000, hotLines: 3_000_000, linesASku: 7, reservations: 2_000_000 };
/** For a first look. */
const LARGE_QUICK: Size = { skus: 100_000, hotLines: 300_000, linesASku: 7, reservations: 200_000 };
const QUICK_SECONDS = 2;

const SUBJECT: Subject = { pool: POOL, warehouse: WAREHOUSE, channel: CHANNEL, client: "admin", hotSku: HOT_SKU };
const BY_KEY = { headers: { authorization: `Bearer ${ADMIN_KEY}` } };
const READERS_OF_THE_LEDGER = 4;
const GOAL = 0.8;

const reserve = (sku: string) => ({
  query:
    "mutation Reserve($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id status expiresAt } userErrors { code message } } }",
  // Keys and order numbers are random, as clients make them: among millions each falls on a page of its own.
  variables: {
    input: { idempotencyKey: "key-{uuid}", orderRef: "order-{uuid}", channel: CHANNEL, lines: [{ sku, quantity: 1 }] },
  },
});
const availability = (skus: string[]) => ({ query: AVAILABILITY_QUERY, variables: { channel: CHANNEL, skus } });
const ENTRIES = `query Entries($sku: ID!, $pool: ID!, $after: String, $cause: VirtualStockCause, $reference: String) {
  inventoryItem(sku: $sku) { virtualStock(pool: $pool) { entries(first: 50, after: $after, cause: $cause, reference: $reference) {
    nodes { at cause reference heldDelta availableAfter } pageInfo { endCursor hasNextPage } } } } }`;
const entries = (more: object) => ({ query: ENTRIES, variables: { sku: HOT_SKU, pool: POOL, ...more } });

/** Nothing remembered will do. */
const ANEW = { [SETTLE_HEADER]: "true" };
const twenty = (sku: string) => Array.from({ length: 20 }, () => sku);

/**
 * With no goal: each SKU as likely as any other, which no shop sees. Of a million every one then lies on pages that no cache of
 * the processor or the database holds (measured: 2.5 times the database's processor time a reservation, all of it in memory).
 */
const JOBS: [what: string, body: object, goal: number | undefined, headers?: Record<string, string>][] = [
  ["reserve, one hot SKU", reserve(HOT_SKU), GOAL],
  ["reserve, SKUs as they are demanded", reserve("{demanded}"), GOAL],
  ["reserve, each SKU as likely", reserve("{sku}"), undefined],
  ["availability of the same 20 SKUs", availability(COLD_SKUS), GOAL],
  ["availability of 20 SKUs as they are demanded, from the database", availability(twenty("{demanded}")), GOAL, ANEW],
  ["  where a thousand are remembered and a million are not", availability(twenty("{demanded}")), undefined],
];

/**
 * A shop that has just opened beside one with a million listings and years of ledger, reservations and keys, each on a
 * database of its own, measured in turns.
 */
export async function scaleRows(small: Place, options: RowOptions): Promise<Row[]> {
  const size = options.seconds < QUICK_SECONDS ? LARGE_QUICK : LARGE;
  const large = await openPlace(console.log);
  try {
    const [few, many] = [await small.embedded(), await large.embedded(options.profileDir)];
    await fill(small.db, SUBJECT, SMALL, console.log);
    await fill(large.db, SUBJECT, size, console.log);
    const of = (name: string, served: Served, { skus }: Size) =>
      JOBS.map(([what, body, , headers]) =>
        contender(`${name}: ${what}`, served.url, body, options, { headers: { ...BY_KEY.headers, ...headers }, skus }),
      );
    const measured = await measure([...of("new", few, SMALL), ...of("grown", many, size)], options);
    const rows = JOBS.map(([what, , goal], i) => ({ what, ours: measured[JOBS.length + i]!, theirs: measured[i]!, goal }));
    const paged = await pagingRows(many, size, options);
    for (const served of [few, many]) await served.stop();
    return [...rows, ...paged];
  } finally {
    await large.close();
  }
}

/** Pages of the hot item's ledger, against its first page. */
async function pagingRows({ url }: Served, { hotLines }: Size, options: RowOptions): Promise<Row[]> {
  const deep = encodeCursor([hotLines >> 1]);
  const pages: [string, object][] = [
    ["first page", {}],
    ["a page in the middle", { after: deep }],
    ["by cause", { cause: "HOLD" }],
    ["by cause, in the middle", { cause: "HOLD", after: deep }],
    ["by a cause that is rare", { cause: "SUPPLY" }],
    ["by reference", { reference: `old-${hotLines >> 2}` }],
  ];
  const job: Partial<LoadJob> = { ...BY_KEY, connections: READERS_OF_THE_LEDGER };
  const measured = await measure(
    pages.map(([what, more]) => contender(`entries: ${what}`, url, entries(more), options, job)),
    { ...options, rounds: 1 },
  );
  const first: Measured = measured[0]!;
  return pages.map(([what], i) => ({ what: `entries: ${what}`, ours: measured[i]!, theirs: first }));
}
