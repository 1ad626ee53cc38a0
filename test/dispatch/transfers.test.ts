import type { AllocationMade, SetAsideWanted } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld, MUNICH, PARIS } from "./support";

/** Transfers as dispatch decides them; sales and the warehouses are played by the test. */
let world: DispatchWorld;
let n = 0;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
  const alone = { code: "PAR", name: "PAR", address: PARIS, timeZone: "UTC", cutoff: null, books: "FR EUR" };
  world.warehouse.tell({ type: "WarehouseSaved", ...alone }, { client: "", aggregates: { "warehouse:PAR": 1 } });
  const other = { code: "OTH", name: "OTH", address: PARIS, timeZone: "UTC", cutoff: null, books: "MAIN EUR" };
  world.warehouse.tell({ type: "WarehouseSaved", ...other }, { client: "", aggregates: { "warehouse:OTH": 1 } });
  for (const [sku, kind] of Object.entries({ A: "STOCKED", B: "STOCKED", K: "KIT", N: "NON_STOCK" } as const))
    world.warehouse.tell(
      { type: "ItemSaved", sku, name: sku, kind, components: [], itemMerchant: "SELF", weightGrams: null },
      { client: "", aggregates: { [`item:${sku}`]: 1 } },
    );
  world.stock("BER", { A: 10, B: 1 });
  world.stock("PAR", { A: 5 });
  await world.settle();
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
});

const FIELDS =
  "transfer { id status note lines { quantity shipped received lost } outbound { id } inbound { id } } userErrors { code field }";
type As = Parameters<DispatchWorld["ask"]>[2];
async function call(mutation: string, input: object, as: As = {}) {
  const type = mutation === "createTransfer" ? "CreateTransferInput" : "TransferActionInput";
  const { data, errors } = await world.ask(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${FIELDS} } }`,
    { input: { idempotencyKey: `t-${++n}`, ...input } },
    as,
  );
  return errors ? { errors } : data[mutation];
}
const line = { sku: "A", quantity: 2 };
const ok = { from: "BER", to: "MUC", lines: [line] };
const create = async (input: object = ok) => (await call("createTransfer", input)).transfer;
const look = async (id: string) =>
  (await world.ask(`{ transferOrder(id: "${id}") { status note lines { shipped received lost } } }`)).data.transferOrder;
const toldOf = async <T>(type: string): Promise<T[]> => (await world.told()).filter((event) => event.type === type) as T[];
const decided = (transferId: string, accepted: boolean, version = 1) =>
  world.sales.tell(
    {
      type: "SetAsideDecided",
      transferId,
      accepted,
      missing: accepted ? [] : [{ sku: "A", quantity: 1 }],
      because: accepted ? null : "promised",
    },
    { client: "", aggregates: { [`set-aside:${transferId}`]: version } },
  );
const everything = async () => ({
  transfers: await world.db.query("SELECT id, status, version FROM transfer_order ORDER BY id"),
  positions: await world.db.query("SELECT warehouse_code, sku, allocated, version FROM stock_position ORDER BY warehouse_code, sku"),
  keys: await world.db.query("SELECT COUNT(*) AS n FROM idempotency"),
  outbox: (await world.told()).length,
});

test.each<[string, object, string, string[]]>([
  ["an unknown warehouse", { from: "NONE" }, "NOT_FOUND", ["input", "from"]],
  ["an unknown destination", { to: "NONE" }, "NOT_FOUND", ["input", "to"]],
  ["where they are", { to: "BER" }, "INVALID_INPUT", ["input", "to"]],
  ["a warehouse of another legal entity", { from: "PAR", to: "OTH" }, "INVALID_INPUT", ["input", "to"]],
  ["no line", { lines: [] }, "INVALID_INPUT", ["input", "lines"]],
  ["1,001 lines", { lines: Array(1_001).fill(line) }, "INVALID_INPUT", ["input", "lines"]],
  ["an unknown item", { lines: [line, { sku: "Z", quantity: 1 }] }, "NOT_FOUND", ["input", "lines", "1", "sku"]],
  ["a kit", { lines: [{ sku: "K", quantity: 1 }] }, "INVALID_INPUT", ["input", "lines", "0", "sku"]],
  ["an item without stock", { lines: [{ sku: "N", quantity: 1 }] }, "INVALID_INPUT", ["input", "lines", "0", "sku"]],
  ["zero units", { lines: [{ sku: "A", quantity: 0 }] }, "INVALID_INPUT", ["input", "lines", "0", "quantity"]],
  ["an empty key", { idempotencyKey: "" }, "INVALID_INPUT", ["input", "idempotencyKey"]],
])("createTransfer: %s", async (_name, more, code, field) => {
  const before = await everything();
  expect(await call("createTransfer", { ...ok, ...more })).toMatchObject({ transfer: null, userErrors: [{ code, field }] });
  expect(await everything()).toEqual(before);
});

test("a key makes one transfer, releases it once, and takes no other input", async () => {
  const first = await call("createTransfer", { ...ok, idempotencyKey: "same" });
  expect((await call("createTransfer", { ...ok, idempotencyKey: "same" })).transfer).toEqual(first.transfer);
  const other = await call("createTransfer", { ...ok, idempotencyKey: "same", lines: [{ sku: "A", quantity: 3 }] });
  expect(other.userErrors).toEqual([{ code: "IDEMPOTENCY_KEY_REUSED", field: ["input", "idempotencyKey"] }]);
  const { id } = first.transfer;
  for (let i = 0; i < 2; i++)
    expect((await call("releaseTransfer", { id, idempotencyKey: "release" })).transfer).toMatchObject({ status: "RELEASING" });
  expect(await world.position("BER", "A")).toMatchObject({ onHand: 10, allocated: 2, free: 8 });
  expect((await toldOf<SetAsideWanted>("SetAsideWanted")).filter((event) => event.transferId === id)).toHaveLength(1);
  expect((await call("cancelTransfer", { id })).transfer).toMatchObject({ status: "CANCELLED" });
  // Sales' answer comes too late: nothing is handed over, and what it set aside was asked back behind it.
  decided(id, true);
  expect(await look(id)).toMatchObject({ status: "CANCELLED" });
  const wanted = (await toldOf<SetAsideWanted>("SetAsideWanted")).filter((event) => event.transferId === id);
  expect(wanted.map(({ lines }) => lines[0].quantity)).toEqual([2, 0]);
  expect(await world.position("BER", "A")).toMatchObject({ allocated: 0 });
});

test("what cannot be done in its state, or is not the caller's, is refused by name", async () => {
  const { id } = await create();
  const before = await everything();
  const refused = async (mutation: string, input: object, as?: As) => (await call(mutation, input, as)).userErrors?.[0]?.code;
  expect(await refused("releaseTransfer", { id: newId() })).toBe("NOT_FOUND");
  expect(await refused("cancelTransfer", { id: "none" })).toBe("NOT_FOUND");
  expect(await refused("cancelTransfer", { id, reason: "r".repeat(501) })).toBe("INVALID_INPUT");
  expect(await refused("releaseTransfer", { id }, { merchant: "OTHER" })).toBe("NOT_FOUND");
  for (const role of ["order-system", "storefront", "warehouse-operator"] as const)
    expect((await call("releaseTransfer", { id }, { role })).errors[0].extensions.code).toBe("FORBIDDEN");
  expect(await everything()).toEqual(before);
  const tooMuch = await create({ ...ok, lines: [{ sku: "B", quantity: 2 }] });
  expect(await refused("releaseTransfer", { id: tooMuch.id })).toBe("INSUFFICIENT_STOCK");
  await call("cancelTransfer", { id: tooMuch.id });
  await call("releaseTransfer", { id });
  expect(await refused("releaseTransfer", { id })).toBe("INVALID_STATE");
  decided(id, true);
  expect(await look(id)).toMatchObject({ status: "RELEASED" });
  world.shipped(id, "BER", "", [{ sku: "A", quantity: 2 }]);
  expect(await look(id)).toMatchObject({ status: "IN_TRANSIT" });
  expect(await refused("cancelTransfer", { id })).toBe("INVALID_STATE");
});

test("units that are promised make it a draft again, which can be released anew", async () => {
  const { id } = await create();
  await call("releaseTransfer", { id });
  decided(id, false);
  expect(await look(id)).toMatchObject({ status: "DRAFT", note: "promised; missing: 1 of A" });
  expect(await world.position("BER", "A")).toMatchObject({ allocated: 0 });
  await call("releaseTransfer", { id });
  decided(id, true, 2);
  expect(await look(id)).toMatchObject({ status: "RELEASED", note: null });
  const made = (await toldOf<AllocationMade>("AllocationMade")).filter((event) => event.allocationId === id);
  expect(made).toMatchObject([{ warehouse: "BER", orderRef: "", transfer: { to: "MUC" }, lines: [line] }]);
  await call("cancelTransfer", { id });
  const [asked] = (await world.told()).filter((event) => event.type === "ShipmentCancelRequested" && event.allocationId === id);
  const { cancellationId } = asked as unknown as { cancellationId: string };
  const answer = { shipmentId: id, orderRef: "", warehouse: "BER", status: "CANCELLED", stopped: [line], tooLate: [] };
  for (let i = 0; i < 2; i++) world.warehouse.tell({ type: "ShipmentCancelDecided", cancellationId, ...answer });
  expect(await look(id)).toMatchObject({ status: "CANCELLED" });
  expect(await world.position("BER", "A")).toMatchObject({ allocated: 0 });
});

test("a warehouse that feeds no pool asks sales nothing; what is told again changes nothing", async () => {
  const { id } = await create({ from: "PAR", to: "BER", lines: [{ sku: "A", quantity: 5 }] });
  expect((await call("releaseTransfer", { id })).transfer).toMatchObject({ status: "RELEASED", outbound: { id }, inbound: null });
  expect((await toldOf<SetAsideWanted>("SetAsideWanted")).some((event) => event.transferId === id)).toBe(false);
  const movementId = newId();
  for (let i = 0; i < 2; i++)
    world.warehouse.tell({
      type: "ShipmentShipped",
      shipmentId: id,
      orderRef: "",
      warehouse: "PAR",
      movementId,
      actor: "floor",
      lines: [{ sku: "A", quantity: 5 }],
    });
  expect(await world.position("PAR", "A")).toMatchObject({ onHand: 0, allocated: 0 });
  const come = (version: number, status: "PARTIALLY_RECEIVED" | "RECEIVED", received: number, lost: number) =>
    world.warehouse.tell(
      { type: "TransferProgressed", transferId: id, warehouse: "BER", status, actor: "floor", lines: [{ sku: "A", received, lost }] },
      { aggregates: { [`inbound:${id}`]: version } },
    );
  come(2, "PARTIALLY_RECEIVED", 3, 0);
  come(3, "RECEIVED", 3, 2);
  come(2, "PARTIALLY_RECEIVED", 3, 0);
  expect(await look(id)).toEqual({ status: "RECEIVED", note: null, lines: [{ shipped: 5, received: 3, lost: 2 }] });
});
