import { graphql } from "graphql";
import { LayerDatabase } from "../../shared/db/database";
import { wait } from "../../shared/db/retry";
import { inTransaction } from "../../shared/db/transaction";
import type { Positions } from "../../shared/graphql/context";
import { ROLES, type Scope } from "../../shared/identity/scopes";
import type { Layer } from "../../shared/layer";
import { quietLog } from "../../shared/log";
import { reconcileSales } from "../../services/sales/reconcile";
import { Batch } from "../../services/sales/stock/batch";
import { Cause } from "../../services/sales/stock/virtual-stock";
import { createSales } from "../../services/sales/subgraph";
import { RESERVE, salesWorld, type SalesWorld } from "./support";

/** What a storefront reads: as fresh as is promised, from memory where that will do, and still there when the database is not. */
let world: SalesWorld;
let otherDb: LayerDatabase;
let other: Layer;
const MANY = Array.from({ length: 20 }, (_, i) => `M${i}`);
const SKUS = ["OWN", "OTHER", "RACE", "TIMED", "PART", "LATE", "KEPT", "FEED", ...MANY];
beforeAll(async () => {
  world = await salesWorld();
  await world.stock(Object.fromEntries(SKUS.map((sku) => [sku, 100])));
  otherDb = await LayerDatabase.open({ layer: "sales", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  other = createSales({ db: otherDb, log: quietLog });
});
afterAll(async () => {
  expect(await reconcileSales(world.db)).toEqual([]);
  await otherDb.close();
  await world.close();
});
afterEach(() => jest.restoreAllMocks());

/* eslint-disable @typescript-eslint/no-explicit-any */
/** A plain query or mutation as the gateway sends it; also gives the position that it wrote. */
async function call(layer: Layer, source: string, variables: object = {}, after: Positions = {}) {
  const facts = { caller: { client: "shop", scopes: new Set<Scope>(ROLES.admin) }, requestId: "test", after, settle: false };
  const context = layer.context({ ...facts, primary: source.startsWith("mutation") });
  const { data, errors } = await graphql({ schema: layer.schema, source, variableValues: { ...variables }, contextValue: context });
  return { data: data as any, code: errors?.[0].extensions.code, wrote: context.wrote };
}
const READ =
  "query ($skus: [ID!]!, $channel: ID!) { availability(channel: $channel, skus: $skus) { item { sku } status quantity asOf stale } }";
const show = async (skus: string[], after: Positions = {}, channel = "web") => {
  const { data, code } = await call(world.layer, READ, { skus, channel }, after);
  return code ? { code } : data.availability;
};
const shown = async (sku: string, after: Positions = {}) => (await show([sku], after))[0];
let n = 0;
async function reserve(sku: string, quantity = 1, { layer = world.layer, ...more }: { layer?: Layer; holdSeconds?: number } = {}) {
  const input = { idempotencyKey: `a${++n}`, orderRef: `a${n}`, channel: "web", lines: [{ sku, quantity }], ...more };
  const { data, wrote } = await call(layer, RESERVE, { input });
  expect(data.reserveStock.userErrors).toEqual([]);
  return wrote;
}
async function list(input: object): Promise<void> {
  const source = "mutation ($input: SaveListingInput!) { saveListing(input: $input) { userErrors { code } } }";
  const { data } = await call(world.layer, source, { input: { channel: "web", status: "LISTED", ...input } });
  expect(data.saveListing.userErrors).toEqual([]);
}
/** Asks until the answer fits, and how long that took. */
async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, mostMs = 10_000): Promise<number> {
  const from = Date.now();
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return Date.now() - from;
    if (Date.now() - from > mostMs) throw new Error(`after ${mostMs} ms still ${JSON.stringify(answer)}`);
    await wait(20);
  }
}
const isFigures = (sql: string) => sql.includes("UNION ALL") && sql.includes("virtual_stock");
function countReads() {
  const query = jest.spyOn(world.db, "query");
  return () => query.mock.calls.filter(([sql]) => isFigures(sql)).length;
}
/** The next read of figures has read, and waits for `release` with its answer. */
function holdNextRead() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let reached: () => void = () => undefined;
  const read = new Promise<void>((resolve) => (reached = resolve));
  const query = world.db.query.bind(world.db);
  let first = true;
  jest.spyOn(world.db, "query").mockImplementation((async (sql: string, params?: unknown[]) => {
    const rows = await query(sql, params);
    if (!isFigures(sql) || !first) return rows;
    first = false;
    reached();
    await released;
    return rows;
  }) as never);
  return { read, release };
}
const expired = () => wait(1_010);

test("a process sees its own write at once; the same answer is read once a second", async () => {
  expect(await shown("OWN")).toMatchObject({ quantity: 100, stale: false });
  await reserve("OWN", 2);
  const reads = countReads();
  for (let i = 0; i < 5; i++) expect(await shown("OWN")).toMatchObject({ quantity: 98 });
  expect(reads()).toBe(1);
  await list({ sku: "OWN", safetyStock: 90 });
  expect(await shown("OWN")).toMatchObject({ quantity: 8 });
});

test("another process's write is seen with its position at once, and by everyone within about a second", async () => {
  expect((await shown("OTHER")).quantity).toBe(100);
  const wrote = await reserve("OTHER", 3, { layer: other });
  expect((await shown("OTHER", wrote)).quantity).toBe(97);
  await reserve("OTHER", 1, { layer: other });
  const took = await until(
    () => shown("OTHER"),
    ({ quantity }) => quantity === 96,
  );
  expect(took).toBeLessThan(3_000);
});

test("two hundred at once after a start or an expiry: a read or two, not two hundred", async () => {
  for (const round of [1, 2]) {
    if (round === 2) await expired();
    const reads = countReads();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => show([MANY[i % 20], MANY[(i + 7) % 20], "M3"])));
    for (const answer of answers) expect(answer.map((row: any) => row.quantity)).toEqual([100, 100, 100]);
    expect(reads()).toBeLessThanOrEqual(2);
    jest.restoreAllMocks();
  }
});

test("a read that a write overtakes is not kept, and nobody who comes after the write waits for it", async () => {
  const held = holdNextRead();
  const before = shown("RACE");
  await held.read;
  await reserve("RACE", 5);
  expect((await shown("RACE")).quantity).toBe(95);
  held.release();
  expect((await before).quantity).toBe(100);
  expect((await shown("RACE")).quantity).toBe(95);
});

test("a kit is old when its component changes, while it is read too", async () => {
  const components = [{ sku: "PART", quantity: 10 }];
  world.dispatch.tell({ type: "ItemSaved", sku: "KIT", name: "KIT", kind: "KIT", components, itemMerchant: "SELF", weightGrams: null });
  await until(
    () => call(world.layer, '{ inventoryItem(sku: "KIT") { sku } }'),
    ({ data }) => data.inventoryItem !== null,
  );
  await list({ sku: "KIT" });
  expect((await shown("KIT")).quantity).toBe(10);
  await reserve("PART", 10);
  expect((await shown("KIT")).quantity).toBe(9);
  await expired();
  const held = holdNextRead();
  const before = shown("KIT");
  await held.read;
  await reserve("PART", 10);
  held.release();
  expect((await before).quantity).toBe(9);
  expect((await shown("KIT")).quantity).toBe(8);
});

test("a listing opens and a hold dies by the clock within about a second", async () => {
  const startsAt = Date.now() + 800;
  await list({ sku: "TIMED", status: "SCHEDULED", startsAt: new Date(startsAt).toISOString() });
  expect(await shown("TIMED")).toMatchObject({ status: "UNLISTED" });
  await until(
    () => shown("TIMED"),
    ({ status }) => status === "IN_STOCK",
  );
  expect(Date.now() - startsAt).toBeGreaterThanOrEqual(-5);
  expect(Date.now() - startsAt).toBeLessThan(3_000);
  await reserve("TIMED", 100, { holdSeconds: 1 });
  expect(await shown("TIMED")).toMatchObject({ status: "OUT_OF_STOCK" });
  const took = await until(
    () => shown("TIMED"),
    ({ quantity }) => quantity === 100,
  );
  expect(took).toBeLessThan(4_000);
});

test("unknown items and channels", async () => {
  expect(await show(["none", "x".repeat(100)])).toMatchObject([{ status: "UNLISTED" }, { status: "UNLISTED" }]);
  expect(await show(["OWN"], {}, "none")).toEqual({ code: "NOT_FOUND" });
});

const CHANGES = `query ($after: String, $first: Int) { availabilityChanges(channel: "web", after: $after, first: $first) {
  nodes { item { sku } status quantity } pageInfo { hasNextPage endCursor } } }`;
/** A storefront's copy of the channel, kept up from the feed. */
class Follower {
  readonly copy = new Map<string, { status: string; quantity: number }>();
  cursor: string | null = null;
  constructor(private readonly first = 7) {}

  /** Reads to the end; gives the SKUs told. */
  async follow(): Promise<string[]> {
    const told: string[] = [];
    for (;;) {
      const { data } = await call(world.layer, CHANGES, { after: this.cursor, first: this.first });
      const { nodes, pageInfo } = data.availabilityChanges;
      for (const { item, ...row } of nodes) {
        this.copy.set(item.sku, row);
        told.push(item.sku);
      }
      this.cursor = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) return told;
    }
  }

  /** Until an item is as expected in the copy. */
  sees = (sku: string, expected: object) =>
    until(
      () => this.follow(),
      () => Object.entries(expected).every(([field, value]) => (this.copy.get(sku) as any)?.[field] === value),
    );
}

/** Follows until nothing has been told for longer than the sequencer and the sweeper take. */
async function caughtUp(follower: Follower): Promise<Follower> {
  for (let quiet = 0; quiet < 8; quiet++) {
    if ((await follower.follow()).length > 0) quiet = 0;
    await wait(100);
  }
  return follower;
}

test("without a cursor it begins with everything listed, each item once", async () => {
  const follower = await caughtUp(new Follower());
  expect([...follower.copy.keys()].sort()).toEqual([...SKUS, "KIT"].sort());
  const again = new Follower();
  expect((await again.follow()).sort()).toEqual([...SKUS, "KIT"].sort());
  expect(again.copy).toEqual(follower.copy);
  expect(await again.follow()).toEqual([]);
});

test("a change comes within about a second and once; a listing by hand or by the clock, a dead hold and a kit are changes too", async () => {
  const follower = await caughtUp(new Follower());
  const { cursor } = follower;
  await reserve("FEED", 1);
  await reserve("FEED", 1, { layer: other });
  expect(await follower.sees("FEED", { quantity: 98 })).toBeLessThan(3_000);
  expect(await follower.follow()).toEqual([]);
  follower.cursor = cursor;
  expect(await follower.follow()).toEqual(["FEED"]);
  await list({ sku: "FEED", status: "UNLISTED" });
  await follower.sees("FEED", { status: "UNLISTED" });
  const [startsAt, endsAt] = [1_000, 2_500].map((ms) => new Date(Date.now() + ms).toISOString());
  await list({ sku: "FEED", status: "SCHEDULED", startsAt, endsAt });
  await follower.sees("FEED", { status: "IN_STOCK" });
  await follower.sees("FEED", { status: "UNLISTED" });
  await reserve("PART", 30, { holdSeconds: 1 });
  await follower.sees("KIT", { quantity: 5 });
  await follower.sees("KIT", { quantity: 8 });
});

test("a transaction that commits late is not lost to who has read on", async () => {
  const follower = await caughtUp(new Follower());
  let commit: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (commit = resolve));
  let written: () => void = () => undefined;
  const wrote = new Promise<void>((resolve) => (written = resolve));
  const late = inTransaction(world.db, async (tx) => {
    const key = { pool: "EU", sku: "LATE" };
    const batch = await Batch.open(tx, [{ headers: [key] }]);
    batch.post(key, Cause.FREEZE, "late", { frozen: 40 });
    await batch.write();
    written();
    await released;
  });
  await wrote;
  await reserve("M0");
  await follower.sees("M0", { quantity: 99 });
  expect(follower.copy.get("LATE")!.quantity).toBe(100);
  commit();
  await late;
  await follower.sees("LATE", { quantity: 60 });
});

test("many writers in two processes: who follows ends with what there is", async () => {
  const follower = new Follower(50);
  let going = true;
  const following = (async () => {
    while (going) await follower.follow();
  })();
  await Promise.all(Array.from({ length: 300 }, (_, i) => reserve(MANY[(i * 7) % 20], 1, { layer: i % 2 ? other : world.layer })));
  going = false;
  await following;
  await caughtUp(follower);
  for (const row of await show(MANY, { sales: "" }))
    expect([row.item.sku, follower.copy.get(row.item.sku)!.quantity]).toEqual([row.item.sku, row.quantity]);
});

test("a cursor of something else is BAD_USER_INPUT, an unknown channel NOT_FOUND", async () => {
  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const bad = [
    "",
    "?",
    cursor(["web"]),
    cursor(["web", "1"]),
    cursor(["web", -1]),
    cursor(["web", 0.5]),
    cursor(["app", 1]),
    cursor([1, 1]),
  ];
  for (const after of bad) expect([after, (await call(world.layer, CHANGES, { after })).code]).toEqual([after, "BAD_USER_INPUT"]);
  expect((await call(world.layer, CHANGES, { first: 201 })).code).toBe("BAD_USER_INPUT");
  expect((await call(world.layer, CHANGES.replace('"web"', '"none"'))).code).toBe("NOT_FOUND");
});

test("without a database the last known answer is shown as stale and quickly; what was never known fails; then all is fresh again", async () => {
  await reserve("KEPT", 1);
  const before = await shown("KEPT");
  await world.database.primary.killServer("SIGKILL");
  await expired();
  await shown("KEPT");
  const from = Date.now();
  for (let i = 0; i < 100; i++) expect(await shown("KEPT")).toEqual({ ...before, stale: true });
  expect(Date.now() - from).toBeLessThan(5_000);
  expect(await show(["never"])).toEqual({ code: "UNAVAILABLE" });
  expect(await show(["KEPT"], { sales: "" })).toEqual({ code: "UNAVAILABLE" });
  await world.database.primary.startServer();
  await until(
    () => shown("KEPT"),
    ({ stale }) => !stale,
    20_000,
  );
  await reserve("KEPT", 1);
  expect(await shown("KEPT")).toMatchObject({ quantity: 98, stale: false });
});
