import { checkpointDemand, openDemandByItem, reconcileDispatch } from "../../services/dispatch/reconcile";
import type { ItemSaved, OrderConfirmed } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
});
afterAll(() => world?.close());

const EVENT = { aggregates: { "reservation:x": 1 } };

test("events told twice take effect once", async () => {
  const movement = newId();
  for (let i = 0; i < 2; i++) world.stock("BER", { D: 5 }, movement);
  expect(await world.position("BER", "D")).toMatchObject({ onHand: 5 });
  world.stock("BER", { D: 1 });
  world.stock("BER", { D: 5 }, movement);
  const confirmed = world.confirm("EU", "D-1", { D: 2 });
  for (let i = 0; i < 2; i++) world.sales.tell(confirmed);
  const { id } = (await world.order("D-1")).allocations[0];
  for (let i = 0; i < 2; i++) world.shipped(id, "BER", "D-1", [{ sku: "D", quantity: 2 }]);
  expect(await world.position("BER", "D")).toEqual({ onHand: 4, allocated: 0, free: 4, backordered: 0 });
  const told = (await world.told()).map(({ type }) => type).filter((type) => type !== "WarehouseSaved");
  expect(told.sort()).toEqual(["AllocationMade", "OrderShipped", "SupplyChanged", "SupplyChanged"]);
});

test("steps of the floor that come late or twice change nothing, and an early delivery counts once the goods have left", async () => {
  world.confirm("EU", "R-1", { D: 1 });
  const { id } = (await world.order("R-1")).allocations[0];
  for (const status of ["PICKED", "PICKING", "PICKED", "DELIVERED"] as const) world.progress(id, "BER", "R-1", status);
  world.shipped(id, "BER", "R-1", [{ sku: "D", quantity: 1 }]);
  world.progress(id, "BER", "R-1", "PACKED");
  const order = await world.order("R-1");
  expect(order).toMatchObject({ status: "DELIVERED", order: { process: { state: "DELIVERED" } } });
  expect(order.order.process.history).toHaveLength(6);
});

test("a shipment that dispatch did not ask for still lowers its position, and sales hears of it as a movement", async () => {
  world.shipped(newId(), "BER", "UNKNOWN", [{ sku: "D", quantity: 1 }]);
  expect(await world.position("BER", "D")).toMatchObject({ onHand: 2 });
  expect((await world.told()).at(-1)).toMatchObject({ type: "SupplyChanged", lines: [{ sku: "D", delta: -1 }] });
});

test("items and warehouses are passed on as they came, in the order of their versions", async () => {
  const item: ItemSaved = {
    type: "ItemSaved",
    name: "One",
    kind: "STOCKED",
    components: [],
    itemMerchant: "SELF",
    weightGrams: 5,
    sku: "I",
  };
  world.warehouse.tell(item, { client: "", aggregates: { "item:I": 2 } });
  world.warehouse.tell({ ...item, name: "Old" }, { client: "", aggregates: { "item:I": 1 } });
  const passed = (await world.told()).filter(({ type }) => type === "ItemSaved");
  expect(passed).toEqual([expect.objectContaining({ ...item, aggregates: { "item:I": 2 } })]);
});

test("a checkpoint is compared where it stands in the feed, and told on with this layer's own figures", async () => {
  const checkId = newId();
  world.warehouse.closed = true;
  world.stock("MUC", { C: 7 });
  world.warehouse.tell({
    type: "StockCheckpoint",
    checkId,
    warehouse: "MUC",
    lines: [
      { sku: "C", onHand: 7 },
      { sku: "C2", onHand: 1 },
    ],
  });
  world.stock("MUC", { C: 1 });
  world.warehouse.closed = false;
  const told = await world.told();
  expect(told.slice(-3)).toMatchObject([
    { type: "SupplyChanged", aggregates: { "position:MUC:C": 1 } },
    {
      type: "PositionCheckpoint",
      checkId,
      lines: [
        { sku: "C", onHand: 7 },
        { sku: "C2", onHand: 0 },
      ],
      aggregates: { "position:MUC:C": 2, "position:MUC:C2": 1 },
    },
    { type: "SupplyChanged", aggregates: { "position:MUC:C": 3 } },
  ]);
  const results = await world.db.query("SELECT subject, told, found FROM checkpoint_result WHERE check_id = ? ORDER BY subject", [checkId]);
  expect(results).toEqual([
    { subject: "warehouse-dispatch:MUC:C", told: "7", found: "7" },
    { subject: "warehouse-dispatch:MUC:C2", told: "1", found: "0" },
  ]);
});

test("a poison event is set aside with what follows on the same keys, and everything else goes on", async () => {
  world.sales.closed = true;
  world.sales.tell({ type: "OrderConfirmed", orderRef: "P-1" } as OrderConfirmed, EVENT);
  world.sales.tell({ type: "OrderConfirmed", orderRef: "P-2" } as OrderConfirmed, EVENT);
  world.confirm("EU", "P-3", { D: 1 });
  world.sales.closed = false;
  expect(await world.order("P-3")).toMatchObject({ status: "ALLOCATED" });
  const parked = await world.parked();
  expect(parked).toEqual([expect.anything(), expect.objectContaining({ reason: "behind a parked event of the same aggregate" })]);
  const { data } = await world.ask("{ alerts(kind: EVENT_FAILED, status: OPEN) { nodes { id severity subject message } } }");
  expect(data.alerts.nodes).toEqual([expect.objectContaining({ severity: "CRITICAL", message: expect.stringContaining("reservation:x") })]);

  const [{ id }] = data.alerts.nodes;
  const act = async (mutation: string, more = "") =>
    (
      await world.ask(
        `mutation { ${mutation}(id: "${id}"${more}) { alert { status acknowledgedBy } userErrors { code } } }`,
        {},
        { client: "ops" },
      )
    ).data[mutation];
  expect(await act("acknowledgeAlert")).toEqual({ alert: { status: "ACKNOWLEDGED", acknowledgedBy: "ops" }, userErrors: [] });
  expect(await act("resolveAlert", ', note: "done"')).toMatchObject({ alert: { status: "RESOLVED" } });
  expect(await act("acknowledgeAlert")).toEqual({ alert: null, userErrors: [{ code: "INVALID_STATE" }] });
});

test("stock that is worth more than is insured raises an alert, once, until it is covered again", async () => {
  const cover = (covered: boolean, value: string) =>
    world.warehouse.tell(
      { type: "CoverChanged", warehouse: "MUC", covered, value, insured: "100", currency: "EUR" },
      { client: "", aggregates: {} },
    );
  const alerts = async () => (await world.ask("{ alerts(kind: UNINSURED_VALUE) { nodes { status subject message } } }")).data.alerts.nodes;
  cover(false, "120");
  cover(false, "130");
  expect(await alerts()).toEqual([{ status: "OPEN", subject: "MUC", message: "Stock in MUC is worth 120 EUR, insured are 100." }]);
  cover(true, "90");
  expect(await alerts()).toEqual([expect.objectContaining({ status: "RESOLVED" })]);
});

test("headers are the sums of what is behind them, and a difference is found", async () => {
  world.confirm("EU", "C-1", { D: 1, X: 4 });
  await world.settle();
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
  expect(await reconcileDispatch(world.db)).toEqual([]);
  await world.db.query(
    "UPDATE stock_position SET allocated = allocated + 1, version = version + 1 WHERE warehouse_code = 'BER' AND sku = 'D'",
  );
  await world.db.query("UPDATE demand SET units = units + 1 WHERE sku = 'X'");
  expect((await reconcileDispatch(world.db)).map(({ subject }) => subject)).toEqual([
    "stock_position BER D",
    "stock_position BER D",
    "demand EU X",
  ]);
  await world.db.query(
    "UPDATE stock_position SET allocated = allocated - 1, version = version - 1 WHERE warehouse_code = 'BER' AND sku = 'D'",
  );
  await world.db.query("UPDATE demand SET units = units - 1 WHERE sku = 'X'");
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
});

test("the open demand is told with the place in the sales feed up to which it counts", async () => {
  await world.settle();
  expect(await checkpointDemand(world.db, newId())).toBe(2);
  const salesPosition = await world.sales.head();
  expect((await world.told()).at(-1)).toMatchObject({
    type: "DemandCheckpoint",
    pool: "EU",
    salesPosition,
    lines: [
      { sku: "D", committed: 2 },
      { sku: "X", committed: 4 },
    ],
  });
  expect([...(await openDemandByItem(world.db))]).toEqual([
    ['["EU","D"]', 2],
    ['["EU","X"]', 4],
  ]);
});
