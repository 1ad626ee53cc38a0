import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** Goods go from one warehouse to another: set aside in sales, sent into TRANSIT with their value, received, or lost. */
const TRANSFER = `id status note lines { item { sku } quantity shipped received lost } outbound { id status } inbound { id status }`;
const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { onHand virtualStock { onHand frozen available incoming }
  positions { warehouse { code } onHand allocated free inbound } } }`;

let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `transfer-${++n}`, ...input });

const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await world.gql(query, variables, { key: world.adminKey, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const call = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
    const payload = (await ask(query, { input }))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (payload.userErrors.length === 0) return payload;
    if (!wait || Date.now() > end) throw new Error(JSON.stringify(payload.userErrors));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
interface Transfer {
  id: string;
  status: string;
  note: string | null;
  lines: { quantity: number; shipped: number; received: number; lost: number }[];
  outbound: { id: string; status: string } | null;
  inbound: { id: string; status: string } | null;
}
const look = async (id: string): Promise<Transfer> =>
  (await ask(`query ($id: ID!) { transferOrder(id: $id) { ${TRANSFER} } }`, { id })).transferOrder;
async function until(id: string, status: string): Promise<Transfer> {
  for (const end = Date.now() + 20_000; ;) {
    const transfer = await look(id);
    if (transfer.status === status) return transfer;
    if (Date.now() > end) throw new Error(`it is ${JSON.stringify(transfer)}, not ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const stock = async (sku: string) => {
  const { onHand, virtualStock, positions } = (await ask(STOCK, { sku })).inventoryItem;
  const at = (code: string) => positions.find((one: { warehouse: { code: string } }) => one.warehouse.code === code);
  return { onHand, sales: virtualStock[0], one: at("T1"), two: at("T2") };
};
async function receive(warehouse: string, sku: string, quantity: number, more: object = {}): Promise<void> {
  const lines = [{ sku, quantity, unitCost: "2.5", ...more }];
  await call("postMovement", "PostMovementInput", keyed({ type: "PURCHASE_RECEIPT", warehouse, lines }), "movement { id }");
  await stock(sku); // once dispatch and sales have heard of it
}
const create = async (lines: object[], more: object = {}): Promise<Transfer> =>
  (await call("createTransfer", "CreateTransferInput", keyed({ from: "T1", to: "T2", lines, ...more }), `transfer { ${TRANSFER} }`))
    .transfer;
const act = async (mutation: string, id: string): Promise<Transfer> =>
  (await call(mutation, "TransferActionInput", keyed({ id }), `transfer { ${TRANSFER} }`)).transfer;
const floor = (mutation: string, id: string, more: object = {}, type = "ShipmentActionInput") =>
  call(mutation, type, keyed({ id, ...more }), "outbound { status }");
const pick = (id: string, picks: object[]) => floor("recordPick", id, { picks }, "RecordPickInput");
async function ship(id: string, picks: object[]): Promise<void> {
  await floor("startPicking", id);
  await pick(id, picks);
  await floor("packShipment", id);
  await floor("shipShipment", id, {}, "ShipShipmentInput");
}
const arrive = (id: string, lines: object[], final = false) =>
  call("receiveInbound", "ReceiveInboundInput", keyed({ id, lines, final }), "inbound { status lines { received rejected } }");
const refused = async (mutation: string, type: string, input: object) => {
  const data = await ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`, { input });
  return data[mutation].userErrors[0]?.code;
};

beforeAll(async () => {
  world = await startWorld();
  const locations = ["RECEIVING", "STORAGE", "PACKING", "TRANSIT"].map((kind) => ({ code: kind, kind }));
  for (const code of ["T1", "T2"]) {
    const warehouse = { code, name: code, currency: "EUR", address: { countryCode: "DE" }, timeZone: "UTC", locations };
    await call("saveWarehouse", "SaveWarehouseInput", warehouse, "warehouse { code }");
  }
  await call("saveStockPool", "SaveStockPoolInput", { code: "T", name: "T", warehouses: ["T1", "T2"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "T" }, "channel { code }");
  for (const sku of ["WHOLE", "LOST", "SHORT", "STOP", "SOLD", "LATE"])
    await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
  await call("saveInventoryItem", "SaveInventoryItemInput", { sku: "LOT", name: "LOT", tracking: "LOT" }, "item { sku }");
  for (const sku of ["SOLD"])
    await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
});
afterAll(async () => {
  expect(await driftsOf(world)).toEqual([]);
  await world.close();
});

const EMPTY = { onHand: 0, allocated: 0, free: 0, inbound: 0 };

test("a transfer sets its units aside, leaves with their value, and arrives in parts", async () => {
  await receive("T1", "WHOLE", 10);
  const { id, status } = await create([
    { sku: "WHOLE", quantity: 4 },
    { sku: "WHOLE", quantity: 2 },
  ]);
  expect([status, (await stock("WHOLE")).sales.frozen]).toEqual(["DRAFT", 0]);
  await act("releaseTransfer", id);
  const released = await until(id, "RELEASED");
  expect(released).toMatchObject({ outbound: { id, status: "RELEASED" }, inbound: null, lines: [{ quantity: 6, shipped: 0 }] });
  expect(await stock("WHOLE")).toMatchObject({
    sales: { onHand: 10, frozen: 6, available: 4, incoming: 0 },
    one: { onHand: 10, allocated: 6, free: 4, inbound: 0 },
  });
  await ship(id, [{ sku: "WHOLE", quantity: 6 }]);
  expect(await until(id, "IN_TRANSIT")).toMatchObject({
    outbound: { status: "SHIPPED" },
    inbound: { id, status: "EXPECTED" },
    lines: [{ shipped: 6 }],
  });
  expect(await stock("WHOLE")).toMatchObject({
    sales: { onHand: 4, frozen: 0, available: 4, incoming: 6 },
    one: { onHand: 4, allocated: 0 },
    two: { ...EMPTY, inbound: 6 },
  });
  const { inventoryValuation, trialBalance } = await ask(
    `query ($period: ID!) { inventoryValuation { total { amount } } trialBalance(period: $period) { account { code } debit { amount } credit { amount } } }`,
    { period: new Date().toISOString().slice(0, 7) },
  );
  expect(inventoryValuation.total).toEqual([{ amount: "25.000000" }]);
  const inTransit = trialBalance.find((line: { account: { code: string } }) => line.account.code === "1410");
  expect(inTransit.debit.amount).toBe("15.000000");

  await arrive(id, [{ sku: "WHOLE", quantity: 4 }]);
  expect(await until(id, "PARTIALLY_RECEIVED")).toMatchObject({ lines: [{ received: 4, lost: 0 }] });
  expect(await stock("WHOLE")).toMatchObject({ sales: { onHand: 8, available: 8, incoming: 2 }, two: { onHand: 4, free: 4, inbound: 2 } });
  await arrive(id, [
    { sku: "WHOLE", quantity: 1 },
    { sku: "WHOLE", quantity: 1, status: "QUARANTINE" },
  ]);
  expect(await until(id, "RECEIVED")).toMatchObject({ lines: [{ received: 6, lost: 0 }], outbound: { status: "DELIVERED" } });
  expect(await stock("WHOLE")).toMatchObject({ onHand: 10, sales: { onHand: 9, incoming: 0 }, two: { onHand: 5, inbound: 0 } });
  const query = "query ($id: ID!) { transferOrder(id: $id) { process { reference state history { from to event actor } } } }";
  const { process } = (await ask(query, { id })).transferOrder;
  expect(process).toMatchObject({ reference: id, state: "RECEIVED" });
  const moves = (process.history as { from: string; to: string; actor: string }[]).filter(({ from, to }) => from !== to);
  expect(moves.map(({ to, actor }) => `${to} ${actor}`)).toEqual([
    "RELEASING admin",
    "RELEASED sales",
    "IN_TRANSIT admin",
    "PARTIALLY_RECEIVED admin",
    "RECEIVED admin",
  ]);
});

test("what never arrives is lost, with its entry and an alert", async () => {
  await receive("T1", "LOST", 5);
  const { id } = await create([{ sku: "LOST", quantity: 5 }]);
  await act("releaseTransfer", id);
  await until(id, "RELEASED");
  await ship(id, [{ sku: "LOST", quantity: 5 }]);
  await until(id, "IN_TRANSIT");
  await arrive(id, [{ sku: "LOST", quantity: 2, rejected: 1, rejectReason: "crushed" }], true);
  expect(await until(id, "RECEIVED")).toMatchObject({ lines: [{ shipped: 5, received: 2, lost: 3 }] });
  expect(await stock("LOST")).toMatchObject({ onHand: 2, sales: { onHand: 2, available: 2, frozen: 0, incoming: 0 }, two: { onHand: 2 } });
  const { movements, alerts } = await ask(
    `{ movements(type: TRANSFER_LOSS) { nodes { document { number } lines { quantity location { warehouse { code } } }
      journal { lines { account { code } debit { amount } credit { amount } } } } } alerts(kind: TRANSFER_LOSS) { nodes { subject message } } }`,
  );
  // What was crushed, and what never came.
  const there = { location: { warehouse: { code: "T2" } } };
  expect(movements.nodes).toMatchObject([
    {
      document: { number: id },
      lines: [
        { quantity: -1, ...there },
        { quantity: -2, ...there },
      ],
    },
  ]);
  const accounts = new Set(movements.nodes[0].journal.lines.map((line: { account: { code: string } }) => line.account.code));
  expect(accounts).toEqual(new Set(["1410", "5920"]));
  expect(alerts.nodes).toEqual([{ subject: id, message: `Transfer ${id} from T1 arrived in T2 without 3 of LOST` }]);
});

test("units that a picker does not find stay out of it, and nothing is set aside for them", async () => {
  await receive("T1", "SHORT", 6);
  const { id } = await create([{ sku: "SHORT", quantity: 6 }]);
  await act("releaseTransfer", id);
  await until(id, "RELEASED");
  await ship(id, [{ sku: "SHORT", quantity: 4, short: 2 }]);
  expect(await until(id, "IN_TRANSIT")).toMatchObject({ lines: [{ quantity: 6, shipped: 4 }] });
  expect(await stock("SHORT")).toMatchObject({ sales: { onHand: 0, frozen: 0, incoming: 4 }, one: EMPTY });
  await arrive(id, [{ sku: "SHORT", quantity: 4 }]);
  await until(id, "RECEIVED");
});

test("it is cancelled in time, put back, and refused once it has left", async () => {
  await receive("T1", "STOP", 8);
  const first = await create([{ sku: "STOP", quantity: 3 }]);
  await act("releaseTransfer", first.id);
  await until(first.id, "RELEASED");
  await floor("startPicking", first.id);
  await pick(first.id, [{ sku: "STOP", quantity: 3 }]);
  await act("cancelTransfer", first.id);
  expect(await until(first.id, "CANCELLED")).toMatchObject({ outbound: { status: "CANCELLING" } });
  expect(await stock("STOP")).toMatchObject({ sales: { frozen: 0, available: 8 }, one: { allocated: 0, free: 8 } });
  await call("putBack", "PutBackInput", keyed({ id: first.id, lines: [{ sku: "STOP", quantity: 3 }] }), "outbound { status }");
  const second = await create([{ sku: "STOP", quantity: 8 }]);
  await act("releaseTransfer", second.id);
  await until(second.id, "RELEASED");
  await ship(second.id, [{ sku: "STOP", quantity: 8 }]);
  await until(second.id, "IN_TRANSIT");
  expect(await refused("cancelTransfer", "TransferActionInput", keyed({ id: second.id }))).toBe("INVALID_STATE");
  expect(await refused("cancelInbound", "ShipmentActionInput", keyed({ id: second.id }))).toBe("INVALID_STATE");
  expect(await refused("reportDelivery", "ReportDeliveryInput", keyed({ id: second.id, outcome: "DELIVERED" }))).toBe("INVALID_STATE");
  const byHand = {
    type: "TRANSFER_IN",
    warehouse: "T2",
    document: { type: "TRANSFER", number: second.id },
    lines: [{ sku: "STOP", quantity: 8 }],
  };
  expect(await refused("postMovement", "PostMovementInput", keyed(byHand))).toBe("INVALID_STATE");
  await arrive(second.id, [{ sku: "STOP", quantity: 8 }]);
  await until(second.id, "RECEIVED");
});

test("units that are promised do not go: it is a draft again and says what is missing", async () => {
  await receive("T1", "SOLD", 5);
  const hold = keyed({ orderRef: "S-1", channel: "web", lines: [{ sku: "SOLD", quantity: 3 }] });
  const { reservation } = await call("reserveStock", "ReserveStockInput", hold, "reservation { id }");
  const { id } = await create([{ sku: "SOLD", quantity: 4 }]);
  await act("releaseTransfer", id);
  const draft = await until(id, "DRAFT");
  expect(draft.note).toBe("pool T has promised SOLD: 2 are available; missing: 2 of SOLD");
  expect(await stock("SOLD")).toMatchObject({ sales: { frozen: 0, available: 2 }, one: { allocated: 0, free: 5 } });
  await call(
    "releaseReservation",
    "ReleaseReservationInput",
    keyed({ reservationId: reservation.id, reason: "no more" }),
    "reservation { status }",
  );
  await act("releaseTransfer", id);
  expect(await until(id, "RELEASED")).toMatchObject({ note: null });
  const late = keyed({ orderRef: "S-2", channel: "web", lines: [{ sku: "SOLD", quantity: 2 }] });
  expect(await refused("reserveStock", "ReserveStockInput", late)).toBe("INSUFFICIENT_STOCK");
  expect(
    await refused("unfreezeVirtualStock", "AdjustVirtualStockInput", keyed({ pool: "T", sku: "SOLD", quantity: 1, reason: "mine" })),
  ).toBe("INVALID_INPUT");
  await act("cancelTransfer", id);
  await until(id, "CANCELLED");
  expect(await stock("SOLD")).toMatchObject({ sales: { frozen: 0, available: 5 } });
});

test("lots travel: what comes is taken out of what is on the way, and the rest of a lot is what is lost", async () => {
  await receive("T1", "LOT", 3, { lot: "A", lotExpiresOn: "2030-01-01" });
  await receive("T1", "LOT", 3, { lot: "B", lotExpiresOn: "2031-01-01" });
  const { id } = await create([{ sku: "LOT", quantity: 5 }]);
  await act("releaseTransfer", id);
  await until(id, "RELEASED");
  await ship(id, [{ sku: "LOT", quantity: 5 }]);
  await until(id, "IN_TRANSIT");
  expect(await refused("receiveInbound", "ReceiveInboundInput", keyed({ id, lines: [{ sku: "LOT", quantity: 3, lot: "B" }] }))).toBe(
    "INVALID_INPUT",
  );
  await arrive(
    id,
    [
      { sku: "LOT", quantity: 2, lot: "A" },
      { sku: "LOT", quantity: 2, lot: "B" },
    ],
    true,
  );
  await until(id, "RECEIVED");
  const { lot } = await ask(`{ lot(sku: "LOT", code: "A") { stock { location { warehouse { code } code } quantity } } }`);
  expect(lot.stock).toEqual([{ location: { warehouse: { code: "T2" }, code: "STORAGE" }, quantity: 2 }]);
});

test("one that is late raises an alert, which ends with it", async () => {
  await receive("T1", "LATE", 1);
  await call("saveAlertRule", "SaveAlertRuleInput", { kind: "TRANSFER_OVERDUE", enabled: true, limitSeconds: 1 }, "rule { kind }");
  const { id } = await create([{ sku: "LATE", quantity: 1 }], { expectedAt: "2026-01-01T00:00:00Z" });
  await act("releaseTransfer", id);
  await until(id, "RELEASED");
  const alerts = async () => (await ask(`{ alerts(kind: TRANSFER_OVERDUE) { nodes { subject status } } }`)).alerts.nodes;
  for (const end = Date.now() + 20_000; (await alerts()).length === 0 && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await alerts()).toEqual([{ subject: id, status: "OPEN" }]);
  await act("cancelTransfer", id);
  await until(id, "CANCELLED");
});
