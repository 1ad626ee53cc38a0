import type { FeedEvent, SetAsideWanted } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld } from "./support";

/** Transfers for which others want the same units, and what sales and the warehouses tell of them twice and too late. */
const ERRORS = "userErrors { code message field }";
const TRANSFER = `transfer { id status note lines { item { sku } quantity shipped received lost } } ${ERRORS}`;
const CREATE = `mutation ($input: CreateTransferInput!) { createTransfer(input: $input) { ${TRANSFER} } }`;
const RELEASE = `mutation ($input: TransferActionInput!) { releaseTransfer(input: $input) { ${TRANSFER} } }`;
const CANCEL = `mutation ($input: TransferActionInput!) { cancelTransfer(input: $input) { ${TRANSFER} } }`;

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("P", { T1: BERLIN, T2: BERLIN });
  const books = { T1: "DE EUR", T2: "DE EUR", US: "US USD" };
  for (const [code, of] of Object.entries(books))
    world.warehouse.tell(
      { type: "WarehouseSaved", code, name: code, address: BERLIN, timeZone: "UTC", cutoff: null, books: of },
      { aggregates: { [`warehouse:${code}`]: 2 } },
    );
  for (const [sku, kind] of [
    ["A", "STOCKED"],
    ["B", "STOCKED"],
    ["SET", "KIT"],
  ] as const)
    world.warehouse.tell(
      { type: "ItemSaved", sku, name: sku, kind, components: [], itemMerchant: "m", weightGrams: null },
      { aggregates: { [`item:${sku}`]: 1 } },
    );
  world.stock("T1", { A: 100, B: 5 });
  await world.settle();
});
afterAll(() => world?.close());
afterEach(async () => expect(await reconcileDispatch(world.db, { full: true })).toEqual([]));

const keyed = (input: object) => ({ idempotencyKey: newId(), ...input });
async function payloadOf(mutation: string, input: object, as: Parameters<DispatchWorld["ask"]>[2] = {}) {
  const { data, errors } = await world.ask(mutation, { input }, as);
  if (errors) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0] as {
    transfer: { id: string; status: string; note: string | null; lines: object[] };
    userErrors: { code: string; field: string[] }[];
  };
}
async function must(mutation: string, input: object) {
  const { transfer, userErrors } = await payloadOf(mutation, input);
  expect(userErrors).toEqual([]);
  return transfer;
}
const draft = (quantity: number, sku = "A") => must(CREATE, keyed({ from: "T1", to: "T2", lines: [{ sku, quantity }] }));
const look = async (id: string) =>
  (await world.ask(`{ transferOrder(id: "${id}") { status note lines { quantity shipped received lost } } }`)).data.transferOrder;
const told = async () => {
  await world.settle();
  return world.layer.feed.read(0, 100_000, 0);
};
const wantedOf = async (id: string): Promise<FeedEvent<SetAsideWanted>[]> =>
  (await told()).filter((event): event is FeedEvent<SetAsideWanted> => event.type === "SetAsideWanted" && event.transferId === id);
const madeOf = async (id: string) => (await told()).filter((event) => event.type === "AllocationMade" && event.allocationId === id);
const decided = (transferId: string, accepted: boolean) =>
  world.sales.tell({
    type: "SetAsideDecided",
    transferId,
    accepted,
    missing: accepted ? [] : [{ sku: "A", quantity: 2 }],
    because: accepted ? null : "pool P has promised A",
  });
const at = async (sku = "A") => {
  const rows = await world.db.query<{ on_hand: number; allocated: number }>(
    "SELECT on_hand, allocated FROM stock_position WHERE warehouse_code = 'T1' AND sku = ?",
    [sku],
  );
  return [rows[0].on_hand, rows[0].allocated];
};
const everything = async () => ({
  transfers: await world.db.query("SELECT * FROM transfer_order ORDER BY id"),
  lines: await world.db.query("SELECT * FROM transfer_line ORDER BY transfer_id, sku"),
  positions: await world.db.query("SELECT * FROM stock_position ORDER BY warehouse_code, sku"),
  steps: await world.db.query("SELECT COUNT(*) AS n FROM process_step"),
  told: await world.db.query("SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM feed) AS n"),
  keys: await world.db.query("SELECT COUNT(*) AS n FROM idempotency"),
});
async function refused(mutation: string, input: object, expected: string, as?: Parameters<typeof payloadOf>[2]): Promise<void> {
  await world.settle();
  const before = await everything();
  const { userErrors } = await payloadOf(mutation, input, as);
  expect(userErrors.map(({ code, field }) => `${code} ${field.join(".")}`)).toEqual([expected]);
  expect(await everything()).toEqual(before);
}

test("more than is free there does not go; an order takes what is free first", async () => {
  const { id } = await draft(6, "B");
  await refused(RELEASE, keyed({ id }), "INSUFFICIENT_STOCK input.id");
  const five = await draft(5, "B");
  world.confirm("P", "T-ORDER", { B: 1 });
  await refused(RELEASE, keyed({ id: five.id }), "INSUFFICIENT_STOCK input.id");
});

test("ten releases at once of what two can have", async () => {
  world.stock("T1", { TEN: 5 });
  world.warehouse.tell(
    { type: "ItemSaved", sku: "TEN", name: "TEN", kind: "STOCKED", components: [], itemMerchant: "m", weightGrams: null },
    { aggregates: { "item:TEN": 1 } },
  );
  const drafts = [];
  for (let i = 0; i < 10; i++) drafts.push(await draft(2, "TEN"));
  await world.settle();
  const answers = await Promise.all(drafts.map(({ id }) => payloadOf(RELEASE, keyed({ id }))));
  expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(2);
  expect(await at("TEN")).toEqual([5, 4]);
});

test("sales' answer, told twice: the floor is told once; an answer that comes too late says nothing", async () => {
  const [, before] = await at();
  const { id } = await draft(4);
  expect(await must(RELEASE, keyed({ id }))).toMatchObject({ status: "RELEASING" });
  expect(await wantedOf(id)).toMatchObject([{ pool: "P", warehouse: "T1", lines: [{ sku: "A", quantity: 4 }] }]);
  decided(id, false);
  decided(id, false);
  expect(await look(id)).toMatchObject({ status: "DRAFT", note: "pool P has promised A; missing: 2 of A" });
  expect(await at()).toEqual([100, before]);
  await must(RELEASE, keyed({ id }));
  decided(id, true);
  decided(id, true);
  decided(id, false);
  expect(await look(id)).toMatchObject({ status: "RELEASED", note: null });
  expect(await madeOf(id)).toMatchObject([{ warehouse: "T1", transfer: { to: "T2" }, lines: [{ sku: "A", quantity: 4 }] }]);
  const other = await draft(1);
  await must(RELEASE, keyed({ id: other.id }));
  await must(CANCEL, keyed({ id: other.id }));
  decided(other.id, true);
  expect(await look(other.id)).toMatchObject({ status: "CANCELLED" });
  expect((await wantedOf(other.id)).map(({ lines }) => lines[0].quantity)).toEqual([1, 0]);
  expect(await madeOf(other.id)).toEqual([]);
});

test("the floor's story, every event twice", async () => {
  const [onHand, before] = await at();
  const { id } = await draft(5);
  await must(RELEASE, keyed({ id }));
  decided(id, true);
  await world.settle();
  const common = { shipmentId: id, orderRef: "", warehouse: "T1", actor: "floor" };
  const movementId = newId();
  const progress = (version: number, status: "PARTIALLY_RECEIVED" | "RECEIVED", received: number, lost: number) => {
    const lines = [{ sku: "A", received, lost }];
    world.warehouse.tell(
      { type: "TransferProgressed", transferId: id, warehouse: "T2", status, actor: "floor", lines },
      { aggregates: { [`inbound:${id}`]: version } },
    );
  };
  // The feed's position keeps an event from counting twice; what the events say does it beside that, short picks apart.
  world.warehouse.tell(
    { type: "ShipmentShort", ...common, status: "PICKED", lines: [{ sku: "A", quantity: 1 }] },
    { aggregates: { [`shipment:${id}`]: 2 } },
  );
  await world.settle();
  for (let twice = 0; twice < 2; twice++)
    world.warehouse.tell(
      { type: "ShipmentShipped", ...common, movementId, lines: [{ sku: "A", quantity: 4 }] },
      { aggregates: { [`shipment:${id}`]: 3 } },
    );
  expect(await look(id)).toMatchObject({ status: "IN_TRANSIT", lines: [{ quantity: 5, shipped: 4 }] });
  expect(await at()).toEqual([onHand - 4, before]);
  await refused(CANCEL, keyed({ id }), "INVALID_STATE input.id");
  const left = (await told()).filter((event) => event.type === "SupplyChanged" && event.transferId === id);
  expect(left).toMatchObject([{ movementType: "TRANSFER_OUT", lines: [{ sku: "A", delta: -4 }] }]);
  expect(await world.db.query("SELECT * FROM shipped_daily WHERE sku = 'A'")).toEqual([]); // No demand.
  progress(2, "PARTIALLY_RECEIVED", 2, 0);
  progress(2, "PARTIALLY_RECEIVED", 2, 0);
  progress(3, "RECEIVED", 3, 1);
  progress(2, "PARTIALLY_RECEIVED", 2, 0);
  progress(3, "RECEIVED", 3, 1);
  expect(await look(id)).toMatchObject({ status: "RECEIVED", lines: [{ shipped: 4, received: 3, lost: 1 }] });
  const alerts = await world.db.query("SELECT kind FROM alert WHERE subject = ?", [id]);
  expect(alerts).toEqual([{ kind: "TRANSFER_LOSS" }]);
});
