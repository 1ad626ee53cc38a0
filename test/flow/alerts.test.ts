import { tellExpiry } from "../../services/warehouse/ledger/tell-expiry";
import { watchAlerts } from "../../services/dispatch/alert/watch";
import { startWorld, type World } from "../support/world";

/** Alerts that begin and end in the layers beside dispatch: little and no stock, oversold, lots, counts. */
let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `alert-${++n}`, ...input });
const keys = { counter: "" };

const ask = async (query: string, variables: Record<string, unknown> = {}, key = world.adminKey) => {
  const { body } = await world.gql(query, variables, { key, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const call = async (mutation: string, type: string, input: object, fields: string, key?: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
    const payload = (await ask(query, { input }, key))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (payload.userErrors.length === 0) return payload;
    if (!wait || Date.now() > end) throw new Error(JSON.stringify(payload.userErrors));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
interface Alert {
  kind: string;
  status: string;
  subject: string;
  message: string;
}
/** Kinds of the unresolved alerts about something, once they are what is expected. */
async function untilOpen(subject: string, expected: string[]): Promise<Alert[]> {
  for (const end = Date.now() + 15_000; ;) {
    const nodes = (await ask("{ alerts(first: 200) { nodes { kind status subject message } } }")).alerts.nodes as Alert[];
    const open = nodes.filter((alert) => alert.subject.includes(subject) && alert.status !== "RESOLVED");
    if (JSON.stringify(open.map(({ kind }) => kind).sort()) === JSON.stringify([...expected].sort())) return open;
    if (Date.now() > end) throw new Error(`${subject}: ${JSON.stringify(nodes)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const post = (type: string, line: object) =>
  call("postMovement", "PostMovementInput", keyed({ type, warehouse: "HAM", lines: [line] }), "movement { id }");
const receive = (sku: string, quantity: number, more: object = {}) => post("PURCHASE_RECEIPT", { sku, quantity, unitCost: "2", ...more });
const buy = async (orderRef: string, sku: string, quantity: number) => {
  const lines = [{ sku, quantity }];
  return (await call("reserveStock", "ReserveStockInput", keyed({ orderRef, channel: "web", lines }), "reservation { id }")).reservation.id;
};

beforeAll(async () => {
  world = await startWorld();
  keys.counter = world.keyOf("warehouse-operator");
  const warehouse = { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } };
  await call("saveWarehouse", "SaveWarehouseInput", warehouse, "warehouse { code }");
  for (const sku of ["LEVEL", "NEVER", "MILK", "COUNTED"]) {
    const tracking = sku === "MILK" ? "LOT" : "NONE";
    await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku, tracking }, "item { sku }");
  }
  await ask("{ stockPools { code } }");
  await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web shop", pool: "DE" }, "channel { code }");
  for (const sku of ["LEVEL", "NEVER"])
    await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED", lowStockThreshold: 3 }, "listing { status }");
}, 60_000);
afterAll(() => world?.close());

test("little stock, none, and enough again; what never had any has not run out", async () => {
  await receive("LEVEL", 5);
  await ask('{ inventoryItem(sku: "LEVEL") { virtualStock { available } } }');
  const first = await buy("L-1", "LEVEL", 2);
  const [low] = await untilOpen("web LEVEL", ["LOW_STOCK"]);
  expect(low.message).toBe("3 of LEVEL are left in channel web; its threshold is 3");
  await buy("L-2", "LEVEL", 3);
  await untilOpen("web LEVEL", ["STOCKOUT"]);
  await call("releaseReservation", "ReleaseReservationInput", keyed({ reservationId: first, reason: "changed" }), "reservation { id }");
  await untilOpen("web LEVEL", ["LOW_STOCK"]);
  await receive("LEVEL", 5);
  await untilOpen("web LEVEL", []);
  expect((await ask("{ alerts(kind: STOCKOUT) { nodes { subject } } }")).alerts.nodes).toEqual([{ subject: "web LEVEL" }]);
});

test("a loss takes what was promised: OVERSOLD until it is there again", async () => {
  await ask('{ inventoryItem(sku: "LEVEL") { virtualStock { available } } }');
  const reservationId = await buy("O-1", "LEVEL", 6);
  await call(
    "confirmReservation",
    "ConfirmReservationInput",
    keyed({ reservationId, shipTo: { countryCode: "DE" } }),
    "reservation { id }",
  );
  await post("COUNT_LOSS", { sku: "LEVEL", quantity: 5 });
  const [oversold] = await untilOpen("DE LEVEL", ["OVERSOLD"]);
  expect(oversold.message).toContain("O-1");
  await receive("LEVEL", 20);
  await untilOpen("LEVEL", []);
});

test("a lot with stock that will expire, until it has left", async () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await receive("MILK", 4, { lot: "SOON", lotExpiresOn: day(5) });
  await receive("MILK", 4, { lot: "LATER", lotExpiresOn: day(200) });
  const look = async () => {
    while (await tellExpiry(world.layers.warehouse!.db, async () => undefined));
    await ask("{ stockPositions { nodes { onHand } } }");
    await watchAlerts(world.layers.dispatch!.db, async () => undefined);
  };
  await look();
  await untilOpen("MILK", ["EXPIRING_LOT"]);
  await look();
  const [{ subject }] = await untilOpen("MILK", ["EXPIRING_LOT"]);
  expect(subject).toBe("HAM MILK SOON");
  await post("MISC_ISSUE", { sku: "MILK", quantity: 4, lot: "SOON" });
  await look();
  await untilOpen("MILK", []);
});

test("a count that waits for approval, until it has it", async () => {
  await receive("COUNTED", 10);
  const { count } = await call(
    "createCount",
    "CreateCountInput",
    keyed({ warehouse: "HAM", skus: ["COUNTED"] }),
    "count { id lines(first: 5) { nodes { item { sku } location { code } } } }",
  );
  const { location } = count.lines.nodes[0];
  const lines = [{ sku: "COUNTED", location: location.code, counted: 7 }];
  await call("recordCount", "RecordCountInput", keyed({ id: count.id, lines }), "count { status }", keys.counter);
  const [{ message }] = await untilOpen(count.id, ["COUNT_VARIANCE"]);
  expect(message).toContain("in HAM");
  await call("approveCount", "CountActionInput", keyed({ id: count.id }), "count { status }");
  await untilOpen(count.id, []);
});
