import { graphql } from "graphql";
import { LayerDatabase } from "../../shared/db/database";
import { isConnectionError, wait } from "../../shared/db/retry";
import { ROLES, type Scope } from "../../shared/identity/scopes";
import type { Layer } from "../../shared/layer";
import { quietLog } from "../../shared/log";
import { reconcileSales } from "../../services/sales/reconcile";
import { createSales } from "../../services/sales/subgraph";
import { CONFIRM, RELEASE, RESERVE, salesWorld, type SalesWorld } from "../sales/support";
import { Random, seed } from "./random";

/**
 * Random commands from many callers at two processes of the layer while connections are cut: nobody can say what the answers
 * have to be, but each key took effect once or not at all, what was answered stays, and the ledger adds up.
 */
const SECONDS = Number(process.env.STRATA_TEST_SECONDS ?? 12);
const CALLERS = 12;
const SKUS = ["A", "B", "C", "D"];
const CHANNELS = ["web", "app"];
let world: SalesWorld;
let other: { db: LayerDatabase; layer: Layer };

beforeAll(async () => {
  world = await salesWorld();
  await world.stock(Object.fromEntries(SKUS.map((sku) => [sku, 40])));
  await world.ask('mutation { saveChannel(input: {code: "app", name: "App", pool: "EU"}) { userErrors { message } } }');
  const db = await LayerDatabase.open({ layer: "sales", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  other = { db, layer: createSales({ db, log: quietLog }) };
  for (const sku of SKUS) await call(world.layer, LIST, { channel: "app", sku, status: "LISTED" });
});
afterAll(async () => {
  await other.layer.stop();
  await other.db.close();
  await world.close();
});

const LIST = `mutation ($input: SaveListingInput!) { saveListing(input: $input) { listing { status } userErrors { code } } }`;

const AGAIN = new Set(["UNAVAILABLE", "OVERLOADED", "TIMEOUT"]);

interface Payload {
  reservation?: { id: string } | null;
  userErrors: { code: string; retryAfterMs?: number | null }[];
}
const facts = {
  caller: { client: "shop", scopes: new Set<Scope>(ROLES.admin) },
  requestId: "storm",
  primary: true,
  after: {},
  settle: false,
};

/** As a client does it: no answer, or one that says when to ask again, is asked again with the same key. */
async function call(layer: Layer, source: string, input: object): Promise<Payload> {
  for (const end = Date.now() + 60_000; ; await wait(20)) {
    const contextValue = layer.context(facts);
    const { data, errors } = await graphql({ schema: layer.schema, source, variableValues: { input }, contextValue });
    const payload = data && (Object.values(data)[0] as Payload | null);
    // The gateway calls a lost connection UNAVAILABLE.
    const again = errors?.some(({ extensions, originalError }) => AGAIN.has(String(extensions.code)) || isConnectionError(originalError));
    if (payload && !payload.userErrors.some(({ retryAfterMs }) => retryAfterMs)) return payload;
    if ((errors && !again) || Date.now() > end) throw new Error(JSON.stringify(errors ?? payload));
  }
}

interface Granted {
  input: { idempotencyKey: string };
  id: string;
}

async function callerOf(number: number, isOver: () => boolean, granted: Granted[]): Promise<number> {
  const random = new Random(seed() + number);
  const mine: string[] = [];
  let n = 0;
  const keyed = (more: object) => ({ idempotencyKey: `c${number}-${++n}`, ...more });
  const layerOf = () => (random.chance(0.5) ? world.layer : other.layer);
  const steps = [
    async () => {
      const lines = Array.from({ length: 1 + random.below(3) }, () => ({ sku: random.oneOf(SKUS), quantity: 1 + random.below(4) }));
      const more = { channel: random.oneOf(CHANNELS), customerRef: `cust${random.below(3)}`, allowPartial: random.chance(0.3) };
      const input = keyed({ orderRef: `o${number}-${n}`, holdSeconds: 1 + random.below(3), lines, ...more });
      const { reservation } = await call(layerOf(), RESERVE, input);
      if (!reservation) return;
      mine.push(reservation.id);
      granted.push({ input, id: reservation.id });
    },
    async () => {
      if (mine.length === 0) return;
      const allow = { allowBackorder: random.chance(0.2), allowPartial: random.chance(0.2) };
      await call(layerOf(), CONFIRM, keyed({ reservationId: random.oneOf(mine), ...allow }));
    },
    async () => {
      if (mine.length > 0) await call(layerOf(), RELEASE, keyed({ reservationId: random.oneOf(mine), reason: "storm" }));
    },
    async () => {
      const quota = random.oneOf([
        { mode: "SHARED" },
        { mode: "CAP", quantity: random.below(20) },
        { mode: "RING_FENCE", quantity: random.below(10) },
      ]);
      const limits = { maxPerCustomer: random.oneOf([null, 6]), backorderLimit: random.below(3) };
      await call(layerOf(), LIST, { channel: random.oneOf(CHANNELS), sku: random.oneOf(SKUS), status: "LISTED", quota, ...limits });
    },
  ];
  while (!isOver()) await random.oneOf([steps[0], steps[0], steps[0], steps[1], steps[2], steps[3]])();
  return n;
}

async function cutConnections(isOver: () => boolean): Promise<number> {
  const random = new Random(seed());
  const admin = await world.database.primary.admin();
  let cut = 0;
  while (!isOver()) {
    await wait(30);
    const [rows] = await admin.query("SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'strata'");
    const ids = (rows as { id: number }[]).map(({ id }) => id);
    if (ids.length > 0)
      await admin.query(`KILL ${random.oneOf(ids)}`).then(
        () => cut++,
        () => undefined,
      );
  }
  await admin.end();
  return cut;
}

test(`${CALLERS} callers for ${SECONDS} s at two processes, connections cut, seed ${seed()}`, async () => {
  const since = Date.now();
  const granted: Granted[] = [];
  // A slow machine takes longer for as much.
  const isOver = () => Date.now() > since + SECONDS * (granted.length > 100 ? 1_000 : 6_000);
  const cutting = cutConnections(isOver);
  const supplying = (async () => {
    for (let i = 0; !isOver(); i++) {
      await wait(200);
      const lines = [{ sku: SKUS[i % SKUS.length], delta: i % 5 === 4 ? -6 : 5 }];
      world.dispatch.tell({ type: "SupplyChanged", movementId: `m${i}`, movementType: "ANY", warehouse: "W1", lines });
    }
  })();
  const commands = await Promise.all(Array.from({ length: CALLERS }, (_, number) => callerOf(number, isOver, granted)));
  await supplying;
  expect(await cutting).toBeGreaterThan(50);
  expect(commands.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(100);
  expect(granted.length).toBeGreaterThan(50);

  const admin = await world.database.primary.admin();
  const [rows] = await admin.query("SELECT id FROM strata_sales.reservation");
  await admin.end();
  expect(new Set((rows as { id: string }[]).map(({ id }) => id))).toEqual(new Set(granted.map(({ id }) => id)));
  for (const { input, id } of granted) expect((await call(other.layer, RESERVE, input)).reservation?.id).toBe(id);
  await world.ask("{ channels { code } }");
  expect(await reconcileSales(world.db)).toEqual([]);
}, 200_000);
