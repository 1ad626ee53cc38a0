import { reconcileSales } from "../../services/sales/reconcile";
import { CONFIRM, RELEASE, RESERVE, salesWorld, type SalesWorld } from "../sales/support";
import { Random, seed } from "./random";
import { KIT, SalesModel, type Asked, type ListingChange, type ModelListing, type Verdict } from "./sales-model";

/** Random commands, one after the other, to the layer and to a model of it: the same answers, the same figures. */
const COMMANDS = Number(process.env.STRATA_TEST_COMMANDS ?? 1_500);
const STOCKED = ["A", "B", "C"];
const SOLD = [...STOCKED, KIT.sku, "WRAP"];
const CHANNELS = ["web", "app"];
const CUSTOMERS = ["anna", "ben", "cleo"];
const PLAIN: ModelListing = {
  listed: true,
  safety: 0,
  maxPerOrder: null,
  maxPerCustomer: null,
  mode: "SHARED",
  units: 0,
  sale: 0,
  fenced: 0,
  fencedAt: 0,
  preorder: 0,
  backorder: 0,
  oversell: 0,
};
const LIST = `mutation ($input: SaveListingInput!) { saveListing(input: $input) { listing { status } userErrors { code message } } }`;
const FREEZE = (what: string) =>
  `mutation ($input: AdjustVirtualStockInput!) { ${what}VirtualStock(input: $input) { userErrors { code message } } }`;
const SHOWN = `query ($skus: [ID!]!) { web: availability(channel: "web", skus: $skus) { status quantity } app: availability(channel: "app", skus: $skus) { status quantity } }`;

let world: SalesWorld;
const random = new Random(seed());
const model = new SalesModel();
/** The layer's ids of the model's reservations, by their place. */
const ids: string[] = [];
const log: string[] = [];
let n = 0;

beforeAll(async () => {
  world = await salesWorld();
  await world.stock(Object.fromEntries(STOCKED.map((sku) => [sku, 30])));
  const item = { type: "ItemSaved" as const, itemMerchant: "SELF", weightGrams: null };
  const components = Object.entries(KIT.of).map(([sku, quantity]) => ({ sku, quantity }));
  world.dispatch.tell({ ...item, sku: KIT.sku, name: "Kit", kind: "KIT", components });
  world.dispatch.tell({ ...item, sku: "WRAP", name: "Wrap", kind: "NON_STOCK", components: [] });
  await world.ask("{ channels { code } }");
  await world.ask('mutation { saveChannel(input: {code: "app", name: "App", pool: "EU"}) { userErrors { message } } }');
  for (const sku of STOCKED) model.stock[sku] = { onHand: 30, frozen: 0, incoming: 0 };
  for (const channel of CHANNELS)
    for (const sku of SOLD) {
      model.listings[`${channel} ${sku}`] = { ...PLAIN };
      await world.ask(LIST, { input: { channel, sku, status: "LISTED" } });
    }
});
afterAll(() => world.close());

interface Payload {
  reservation?: { id: string } | null;
  shortages?: { item: { sku: string }; requested: number; available: number }[];
  userErrors: { code: string; message: string }[];
}
async function call(source: string, input: object): Promise<Payload> {
  const { data, errors } = await world.ask(source, { input });
  if (errors) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0] as Payload;
}
const verdictOf = ({ userErrors: [error], shortages = [] }: Payload): Verdict => ({
  code: error?.code,
  shortages: shortages.map(({ item, requested, available }) => ({ sku: item.sku, requested, available })),
});

async function reserve(): Promise<[Verdict, Verdict]> {
  const [channel, customer, partial] = [random.oneOf(CHANNELS), random.oneOf(CUSTOMERS), random.chance(0.3)];
  const lines: Asked[] = Array.from({ length: 1 + random.below(3) }, () => ({ sku: random.oneOf(SOLD), quantity: 1 + random.below(6) }));
  log.push(`reserve ${channel} ${customer} ${JSON.stringify(lines)} ${partial}`);
  const expected = model.reserve(channel, customer, lines, partial);
  const input = {
    idempotencyKey: `k${++n}`,
    orderRef: `o${n}`,
    channel,
    customerRef: customer,
    lines,
    allowPartial: partial,
    holdSeconds: 3_600,
  };
  const payload = await call(RESERVE, input);
  if (payload.reservation) ids.push(payload.reservation.id);
  if (random.chance(0.2)) expect((await call(RESERVE, input)).reservation?.id ?? null).toBe(payload.reservation?.id ?? null);
  return [verdictOf(payload), expected];
}

const anyOne = (): number => random.below(ids.length);

async function confirm(): Promise<[Verdict, Verdict]> {
  const one = anyOne();
  const allow = { backorder: random.chance(0.3), partial: random.chance(0.3) };
  log.push(`confirm ${one} ${JSON.stringify(allow)}`);
  const expected = model.confirm(one, allow);
  const input = { idempotencyKey: `k${++n}`, reservationId: ids[one], allowBackorder: allow.backorder, allowPartial: allow.partial };
  return [verdictOf(await call(CONFIRM, input)), expected];
}

async function release(): Promise<[Verdict, Verdict]> {
  const one = ids.findIndex((_, i) => model.reservations[i].status === "HELD" && random.chance(0.3));
  if (one < 0) return [{ shortages: [] }, { shortages: [] }];
  log.push(`release ${one}`);
  const expected = model.release(one);
  return [verdictOf(await call(RELEASE, { idempotencyKey: `k${++n}`, reservationId: ids[one], reason: "model" })), expected];
}

async function die(): Promise<void> {
  const one = anyOne();
  if (model.reservations[one]?.status !== "HELD") return;
  log.push(`die ${one}`);
  model.die(one);
  const admin = await world.database.primary.admin();
  await admin.query("UPDATE strata_sales.reservation SET expires_at = NOW(6) - INTERVAL 1 SECOND WHERE id = ? AND status = 'HELD'", [
    ids[one],
  ]);
  await admin.query(
    "UPDATE strata_sales.reservation_line SET held_until = NOW(6) - INTERVAL 1 SECOND WHERE reservation_id = ? AND held_until IS NOT NULL",
    [ids[one]],
  );
  await admin.end();
}

async function ship(): Promise<void> {
  const one = ids.findIndex((_, i) => model.reservations[i].status === "CONFIRMED" && random.chance(0.5));
  if (one < 0) return;
  log.push(`ship ${one}`);
  const lines = model.ship(one);
  world.dispatch.tell({
    type: "OrderShipped",
    reservationId: ids[one],
    fulfillmentId: "f",
    shipmentId: `s${++n}`,
    orderRef: "o",
    warehouse: "W1",
    lines,
  });
}

async function supply(): Promise<void> {
  const sku = random.oneOf(STOCKED);
  if (random.chance(0.2)) {
    const quantity = random.below(12);
    log.push(`incoming ${sku} ${quantity}`);
    model.stock[sku].incoming = quantity;
    world.dispatch.tell({ type: "IncomingChanged", document: "PO", warehouse: "W1", lines: [{ sku, quantity, expectedAt: null }] });
    return;
  }
  const delta = random.below(16) - 6;
  log.push(`supply ${sku} ${delta}`);
  model.supply(sku, delta);
  world.dispatch.tell({ type: "SupplyChanged", movementId: `m${++n}`, movementType: "ANY", warehouse: "W1", lines: [{ sku, delta }] });
}

async function freeze(): Promise<[Verdict, Verdict]> {
  const [sku, quantity, what] = [random.oneOf(STOCKED), 1 + random.below(5), random.oneOf(["freeze", "unfreeze"])];
  log.push(`${what} ${sku} ${quantity}`);
  const expected = model.freeze(sku, what === "freeze" ? quantity : -quantity);
  return [verdictOf(await call(FREEZE(what), { idempotencyKey: `k${++n}`, pool: "EU", sku, quantity, reason: "model" })), expected];
}

async function list(): Promise<[Verdict, Verdict]> {
  const [channel, sku] = [random.oneOf(CHANNELS), random.oneOf(SOLD)];
  const change: ListingChange = { listed: random.chance(0.85) };
  if (random.chance(0.3)) change.safety = random.below(4);
  if (random.chance(0.3)) change.maxPerOrder = random.oneOf([null, 4, 8]);
  if (STOCKED.includes(sku)) {
    if (random.chance(0.3)) change.maxPerCustomer = random.oneOf([null, 5, 15]);
    if (random.chance(0.5)) Object.assign(change, { mode: random.oneOf(["SHARED", "CAP", "RING_FENCE"]), units: random.below(15) });
    if (random.chance(0.3)) Object.assign(change, { preorder: random.below(6), backorder: random.below(3), oversell: random.below(2) });
  }
  log.push(`list ${channel} ${sku} ${JSON.stringify(change)}`);
  const expected = model.list(channel, sku, change);
  const input = {
    channel,
    sku,
    status: change.listed ? "LISTED" : "UNLISTED",
    ...(change.safety !== undefined && { safetyStock: change.safety }),
    ...(change.maxPerOrder !== undefined && { maxPerOrder: change.maxPerOrder }),
    ...(change.maxPerCustomer !== undefined && { maxPerCustomer: change.maxPerCustomer }),
    ...(change.mode && { quota: { mode: change.mode, quantity: change.mode === "SHARED" ? null : change.units } }),
    ...(change.preorder !== undefined && {
      preorderLimit: change.preorder,
      backorderLimit: change.backorder,
      oversellLimit: change.oversell,
    }),
  };
  return [verdictOf(await call(LIST, input)), expected];
}

async function compareFigures(): Promise<void> {
  const { data } = await world.ask(SHOWN, { skus: SOLD });
  const shown = CHANNELS.map((channel) => data[channel].map(({ quantity }: { quantity: number }) => quantity));
  const expected = CHANNELS.map((channel) => SOLD.map((sku) => (model.listing(channel, sku).listed ? model.offered(channel, sku) : 0)));
  expect(shown).toEqual(expected);
}

test(`${COMMANDS} random commands, seed ${seed()}`, async () => {
  const steps = [reserve, reserve, reserve, reserve, confirm, confirm, release, die, ship, supply, supply, freeze, list, list];
  try {
    for (let i = 0; i < COMMANDS; i++) {
      const step = ids.length === 0 ? reserve : random.oneOf(steps);
      const verdicts = await step();
      if (verdicts) expect(verdicts[0]).toEqual(verdicts[1]);
      await compareFigures();
    }
  } catch (error) {
    throw new Error(`seed ${seed()}, the last commands:\n${log.slice(-25).join("\n")}\n${(error as Error).message}`, { cause: error });
  }
  expect(await reconcileSales(world.db)).toEqual([]);
}, 300_000);
