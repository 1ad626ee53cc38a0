import { inTransaction } from "../../shared/db/transaction";
import { lockStock } from "../../services/warehouse/ledger/lock-stock";
import { sweepLots } from "../../services/warehouse/ledger/lot-sweeper";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { newId } from "../../shared/ids";
import { everything, PACK, PICK, POST, SAVE_ITEM, SHIP, START, warehouseWorld, type WarehouseWorld } from "./support";

const LOT = `query ($sku: ID!, $code: ID!) { lot(sku: $sku, code: $code) { code expiresOn blocked item { sku }
  stock { location { code } status quantity } movements { nodes { type } } } }`;
const SERIAL = `query ($sku: ID!, $serial: ID!) { serial(sku: $sku, serial: $serial) { serial status location { code } movements { nodes { type shipment { id } } } } }`;
const BLOCK = `mutation ($input: BlockLotInput!) { blockLot(input: $input) { lot { blocked stock { status quantity } } userErrors { code message field } } }`;
const PICKS = `query ($id: ID!) { outboundShipment(id: $id) { lines { picks { location { code } lot { code } serials quantity } } } }`;

let world: WarehouseWorld;
beforeEach(async () => {
  world = await warehouseWorld();
  await world.must(SAVE_ITEM, { sku: "L", name: "By lot", tracking: "LOT", minShelfLifeDays: 2 });
  await world.must(SAVE_ITEM, { sku: "S", name: "By serial", tracking: "SERIAL" });
});
afterEach(async () => {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  await world.close();
});

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const receive = (lines: object[], more: object = {}) =>
  world.must(POST, { idempotencyKey: newId(), type: "PURCHASE_RECEIPT", warehouse: "W1", lines, ...more });
const lots = (...lots: [lot: string, units: number, expiresOn: string | null][]) =>
  receive(lots.map(([lot, quantity, lotExpiresOn]) => ({ sku: "L", quantity, lot, lotExpiresOn, unitCost: "2.00" })));
const serials = (...numbers: string[]) => receive([{ sku: "S", quantity: numbers.length, serials: numbers, unitCost: "5.00" }]);
const refusal = async (source: string, input: object) => {
  const before = await everything(world);
  const { data, errors } = await world.ask(source, { input });
  expect(errors).toBeUndefined();
  const [{ userErrors }] = Object.values<{ userErrors: { code: string; field: string[]; message: string }[] }>(data);
  expect(await everything(world)).toEqual(before);
  return [userErrors[0]?.code, userErrors[0]?.field.at(-1)];
};
const issue = (line: object, more: object = {}) => ({
  idempotencyKey: newId(),
  type: "MISC_ISSUE",
  warehouse: "W1",
  lines: [line],
  ...more,
});
const lot = async (code: string) => (await world.ask(LOT, { sku: "L", code })).data.lot;
const balances = async (sku: string) =>
  (
    await world.db.query<{ lot: string; status: string; quantity: number }>(
      "SELECT lot, status, quantity FROM stock_balance WHERE sku = ? AND quantity > 0 ORDER BY lot, status",
      [sku],
    )
  ).map(({ lot: code, status, quantity }) => `${code} ${status} ${quantity}`);

test("first expired leaves first, then first in; a picker who names a lot gets it", async () => {
  await lots(["LATE", 5, day(90)], ["SOON", 5, day(30)], ["EVER", 5, null]);
  await world.must(POST, issue({ sku: "L", quantity: 7 }));
  expect(await balances("L")).toEqual(["EVER AVAILABLE 5", "LATE AVAILABLE 3"]);
  const id = await world.allocate({ L: 4 });
  await world.must(START, { idempotencyKey: newId(), id });
  await world.must(PICK, {
    idempotencyKey: newId(),
    id,
    picks: [
      { sku: "L", quantity: 2, lot: "EVER" },
      { sku: "L", quantity: 2 },
    ],
  });
  await world.must(PACK, { idempotencyKey: newId(), id });
  await world.must(SHIP, { idempotencyKey: newId(), id });
  expect(await balances("L")).toEqual(["EVER AVAILABLE 3", "LATE AVAILABLE 1"]);
  const { data } = await world.ask(PICKS, { id });
  expect(
    data.outboundShipment.lines[0].picks.map((pick: { lot: { code: string }; quantity: number }) => [pick.lot.code, pick.quantity]),
  ).toEqual([
    ["EVER", 2],
    ["LATE", 2],
  ]);
  expect((await lot("EVER")).movements.nodes.map(({ type }: { type: string }) => type)).toEqual([
    "SALES_ISSUE",
    "BIN_MOVE",
    "PURCHASE_RECEIPT",
  ]);
});

test("a lot past its day less the shelf life is not for sale, swept or not, and the first posting books it", async () => {
  await lots(["OVER", 5, day(1)], ["GOOD", 5, day(3)]).catch(() => undefined);
  expect(
    await refusal(POST, {
      ...issue({ sku: "L", quantity: 1, lot: "OVER", lotExpiresOn: day(1), unitCost: "1" }),
      type: "PURCHASE_RECEIPT",
    }),
  ).toEqual(["INVALID_STATE", "lot"]);
  await lots(["GOOD", 5, day(3)]);
  await world.db.query("UPDATE lot SET expires_on = UTC_DATE() WHERE code = 'GOOD'");
  expect(await refusal(POST, issue({ sku: "L", quantity: 1 }))).toEqual(["INSUFFICIENT_STOCK", "0"]);
  await lots(["FRESH", 1, day(30)]);
  expect(await balances("L")).toEqual(["FRESH AVAILABLE 1", "GOOD EXPIRED 5"]);
  expect((await world.told("StockMoved")).map((event) => "lines" in event && event.lines)).toEqual([
    [{ sku: "L", delta: 5 }],
    [{ sku: "L", delta: -5 }],
    [{ sku: "L", delta: 1 }],
  ]);
});

test("the sweeper books overdue lots once", async () => {
  await lots(["A", 5, day(9)], ["B", 5, day(9)]);
  await world.db.query("UPDATE lot SET expires_on = UTC_DATE() + INTERVAL 1 DAY WHERE code = 'A'");
  await Promise.all([sweepLots(world.db), sweepLots(world.db)]);
  expect(await balances("L")).toEqual(["A EXPIRED 5", "B AVAILABLE 5"]);
  expect(await sweepLots(world.db)).toBe(0);
});

test("a recall takes the lot out of sale everywhere, keeps picked units from leaving, and lets it go again", async () => {
  await lots(["R", 5, null], ["T", 5, null]);
  const id = await world.allocate({ L: 2 });
  await world.must(START, { idempotencyKey: newId(), id });
  await world.must(PICK, { idempotencyKey: newId(), id, picks: [{ sku: "L", quantity: 2, lot: "R" }] });
  await world.must(PACK, { idempotencyKey: newId(), id });
  const recall = { idempotencyKey: newId(), sku: "L", lot: "R", blocked: true, reason: "glass" };
  await world.must(BLOCK, recall);
  await world.must(BLOCK, recall);
  expect(await balances("L")).toEqual(["R AVAILABLE 2", "R BLOCKED 3", "T AVAILABLE 5"]);
  expect(await refusal(SHIP, { idempotencyKey: newId(), id })).toEqual(["INVALID_STATE", "id"]);
  expect(await refusal(BLOCK, { ...recall, idempotencyKey: newId() })).toEqual(["INVALID_STATE", "blocked"]);
  expect(await refusal(BLOCK, { ...recall, idempotencyKey: newId(), lot: "NONE" })).toEqual(["NOT_FOUND", "lot"]);
  const receipt = { sku: "L", quantity: 1, lot: "R", unitCost: "1" };
  expect(await refusal(POST, { ...issue(receipt), type: "PURCHASE_RECEIPT" })).toEqual(["INVALID_STATE", "lot"]);
  await world.must(BLOCK, { ...recall, idempotencyKey: newId(), blocked: false });
  expect(await balances("L")).toEqual(["R AVAILABLE 2", "R AVAILABLE 3", "T AVAILABLE 5"]);
  await world.must(SHIP, { idempotencyKey: newId(), id });
});

test("lots are refused where they do not fit", async () => {
  await lots(["A", 5, day(30)]);
  const receipt = (line: object) => ({ ...issue({ sku: "L", quantity: 1, unitCost: "1", ...line }), type: "PURCHASE_RECEIPT" });
  expect(await refusal(POST, receipt({}))).toEqual(["INVALID_INPUT", "lot"]);
  expect(await refusal(POST, receipt({ lot: "A", lotExpiresOn: day(31) }))).toEqual(["CONFLICT", "lotExpiresOn"]);
  expect(await refusal(POST, issue({ sku: "S", quantity: 1, lot: "A" }))).toEqual(["INVALID_INPUT", "lot"]);
  expect(await refusal(POST, issue({ sku: "L", quantity: 6, lot: "A" }))).toEqual(["INSUFFICIENT_STOCK", "0"]);
  expect(await refusal(POST, issue({ sku: "L", quantity: 1, serials: ["1"] }))).toEqual(["INVALID_INPUT", "serials"]);
});

test("a serial number is in stock once, and is traced from the receipt to the customer", async () => {
  await serials("1", "2", "3");
  const receipt = (numbers: string[]) => ({
    ...issue({ sku: "S", quantity: numbers.length, serials: numbers, unitCost: "1" }),
    type: "PURCHASE_RECEIPT",
  });
  expect(await refusal(POST, receipt(["4", "2"]))).toEqual(["CONFLICT", "serials"]);
  expect(await refusal(POST, receipt(["4", "4"]))).toEqual(["INVALID_INPUT", "serials"]);
  expect(await refusal(POST, { ...receipt(["4"]), lines: [{ sku: "S", quantity: 1, unitCost: "1" }] })).toEqual([
    "INVALID_INPUT",
    "serials",
  ]);
  expect(await refusal(POST, issue({ sku: "S", quantity: 1, serials: ["9"] }))).toEqual(["INSUFFICIENT_STOCK", "serials"]);
  const id = await world.allocate({ S: 2 });
  await world.must(START, { idempotencyKey: newId(), id });
  await world.must(PICK, {
    idempotencyKey: newId(),
    id,
    picks: [
      { sku: "S", quantity: 1, serials: ["3"] },
      { sku: "S", quantity: 1 },
    ],
  });
  expect(await refusal(POST, issue({ sku: "S", quantity: 1, serials: ["3"] }))).toEqual(["INSUFFICIENT_STOCK", "serials"]);
  await world.must(PACK, { idempotencyKey: newId(), id });
  await world.must(SHIP, { idempotencyKey: newId(), id });
  const { data } = await world.ask(PICKS, { id });
  expect(data.outboundShipment.lines[0].picks[0].serials.sort()).toEqual(["1", "3"]);
  const { serial } = (await world.ask(SERIAL, { sku: "S", serial: "3" })).data;
  expect(serial).toMatchObject({ status: null, location: null });
  expect(serial.movements.nodes.map(({ type }: { type: string }) => type)).toEqual(["SALES_ISSUE", "BIN_MOVE", "PURCHASE_RECEIPT"]);
  await world.must(POST, { ...issue({ sku: "S", quantity: 1, serials: ["3"], status: "QUARANTINE" }), type: "CUSTOMER_RETURN" });
  expect((await world.ask(SERIAL, { sku: "S", serial: "3" })).data.serial).toMatchObject({ status: "QUARANTINE" });
});

test("two warehouses that receive the same serial number at once: one has it", async () => {
  await world.must(`mutation ($input: SaveWarehouseInput!) { saveWarehouse(input: $input) { userErrors { code } } }`, {
    code: "W2",
    name: "Two",
    currency: "EUR",
    address: { countryCode: "DE" },
  });
  const take = (warehouse: string, n: number) =>
    world.ask(POST, {
      input: { ...issue({ sku: "S", quantity: 1, serials: [`N${n}`], unitCost: "1" }), type: "PURCHASE_RECEIPT", warehouse },
    });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => [take("W1", n), take("W2", n)]).flat());
  const codes = answers.map(({ data }) => data.postMovement.userErrors[0]?.code ?? "posted");
  expect(codes.filter((code) => code === "posted")).toHaveLength(10);
  expect(codes.filter((code) => code === "CONFLICT")).toHaveLength(10);
});

test("pledged goods leave by their release only", async () => {
  await world.stock({ P: 10 });
  const change = (line: object) => ({ ...issue({ sku: "P", quantity: 4, ...line }), type: "STATUS_CHANGE" });
  await world.must(POST, change({ toStatus: "PLEDGED", pledge: "LOAN-1" }));
  expect(await refusal(POST, issue({ sku: "P", quantity: 7 }))).toEqual(["INSUFFICIENT_STOCK", "0"]);
  expect(await refusal(POST, issue({ sku: "P", quantity: 1, status: "PLEDGED" }))).toEqual(["INVALID_INPUT", "status"]);
  expect(await refusal(POST, change({ toStatus: "PLEDGED" }))).toEqual(["INVALID_INPUT", "pledge"]);
  expect(await refusal(POST, change({ status: "PLEDGED", toStatus: "AVAILABLE", pledge: "LOAN-2" }))).toEqual(["INSUFFICIENT_STOCK", "0"]);
  await world.allocate({ P: 6 });
  expect(
    await refusal(POST, {
      ...change({ toStatus: "PLEDGED", pledge: "LOAN-1" }),
      lines: [{ sku: "P", quantity: 1, toStatus: "PLEDGED", pledge: "LOAN-1" }],
    }),
  ).toEqual(["INSUFFICIENT_STOCK", "0"]);
  await world.must(POST, change({ status: "PLEDGED", toStatus: "AVAILABLE", pledge: "LOAN-1" }));
  const stock = await inTransaction(world.db, (tx) => lockStock(tx, "W1", ["P"]));
  expect(stock.headers.get("P")).toMatchObject({ sellable: 10, allocated: 6 });
});

test("a picking list walks the locations, and says what a pick would take", async () => {
  const list = `query ($shipments: [ID!]) { pickingList(warehouse: "W1", shipments: $shipments) {
    location { code } picks { shipmentId item { sku } lot { code } quantity } } }`;
  await world.must(`mutation ($input: SaveWarehouseInput!) { saveWarehouse(input: $input) { userErrors { code } } }`, {
    code: "W1",
    name: "One",
    currency: "EUR",
    address: { countryCode: "DE" },
    locations: [{ code: "A-01", kind: "PICKING" }],
  });
  await world.stock({ P: 5 });
  await receive([
    { sku: "L", quantity: 2, lot: "SOON", lotExpiresOn: day(30), unitCost: "1", location: "A-01" },
    { sku: "L", quantity: 5, lot: "LATE", lotExpiresOn: day(90), unitCost: "1" },
  ]);
  const first = await world.allocate({ L: 3, P: 1 });
  const urgent = await world.allocate({ L: 1 }, { priority: 9 });
  const { data } = await world.ask(list);
  const took = (shipmentId: string, sku: string, code: string | null, quantity: number) => ({
    shipmentId,
    item: { sku },
    lot: code && { code },
    quantity,
  });
  expect(data.pickingList).toEqual([
    { location: { code: "A-01" }, picks: [took(urgent, "L", "SOON", 1), took(first, "L", "SOON", 1)] },
    { location: { code: "STORAGE" }, picks: [took(first, "L", "LATE", 2), took(first, "P", null, 1)] },
  ]);
  const only = await world.ask(list, { shipments: [urgent, "nonsense"] });
  expect(only.data.pickingList).toHaveLength(1);
  expect((await world.ask(list, { shipments: ["nonsense"] })).data.pickingList).toEqual([]);
  expect((await world.ask(list, { shipments: [] })).errors[0].extensions.code).toBe("BAD_USER_INPUT");
  await world.must(START, { idempotencyKey: newId(), id: urgent });
  await world.must(PICK, { idempotencyKey: newId(), id: urgent, picks: [{ sku: "L", quantity: 1 }] });
  const next = await world.ask(list);
  expect(next.data.pickingList[0].picks).toEqual([took(first, "L", "SOON", 1)]);
});
