import { LayerDatabase } from "../../shared/db/database";
import { inTransaction } from "../../shared/db/transaction";
import { readOutbox } from "../../shared/flow/outbox.sql";
import { inCommitOrder } from "../../shared/flow/sequencer";
import type { WarehouseMoveDecided } from "../../shared/flow/messages";
import { newId } from "../../shared/ids";
import { quietLog } from "../../shared/log";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { applySales } from "../../services/dispatch/feed/apply-sales";
import { Positions } from "../../services/dispatch/position/position";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

/** Whether a warehouse may leave its pool, and that nothing is allocated there from then on. */
let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
});
afterAll(async () => {
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
  await world.close();
});

const ask = (warehouse: string, fromPool: string, toPool: string, moveId = newId()): string => {
  world.sales.tell({ type: "WarehouseMoveAsked", moveId, warehouse, fromPool, toPool });
  return moveId;
};
const answers = async (moveId: string): Promise<WarehouseMoveDecided[]> =>
  (await world.told()).filter((event) => event.type === "WarehouseMoveDecided" && event.moveId === moveId) as WarehouseMoveDecided[];
const save = (code: string, warehouses: string[], version: number) =>
  world.sales.tell({ type: "PoolSaved", code, name: code, warehouses }, { aggregates: { [`pool:${code}`]: version } });

test("open orders keep it; after the last has shipped it is closed, until a pool names it", async () => {
  world.pool("A", { A1: BERLIN, A2: MUNICH });
  world.pool("B", { B1: MUNICH });
  world.stock("A1", { LAMP: 5 });
  world.stock("A2", { LAMP: 5 });
  await world.settle();
  world.confirm("A", "O-1", { LAMP: 2 });
  const refused = ask("A1", "A", "B");
  expect(await answers(refused)).toMatchObject([{ accepted: false, because: expect.stringContaining("2 units") }]);
  const [allocation] = (await world.order("O-1")).allocations;
  expect(allocation.warehouse.code).toBe("A1");
  world.shipped(allocation.id, "A1", "O-1", [{ sku: "LAMP", quantity: 2 }]);
  await world.settle();
  const accepted = ask("A1", "A", "B");
  world.confirm("A", "O-2", { LAMP: 1 });
  world.confirm("B", "O-3", { LAMP: 3 });
  expect(await answers(accepted)).toMatchObject([{ accepted: true, because: null }]);
  // Nearest would be A1.
  expect((await world.order("O-2")).allocations).toMatchObject([{ warehouse: { code: "A2" } }]);
  expect((await world.order("O-3")).status).toBe("BACKORDERED");
  // What arrives there meanwhile is for nobody's order.
  world.confirm("A", "O-4", { BULB: 1 });
  world.stock("A1", { BULB: 9 });
  const waits = await world.order("O-4");
  expect(waits.status).toBe("BACKORDERED");
  expect(waits.decision.candidates).toMatchObject([{ warehouse: { code: "A2" } }]);
  save("A", ["A2"], 2);
  save("B", ["A1", "B1"], 2);
  await world.settle();
  expect((await world.order("O-3")).allocations).toMatchObject([{ warehouse: { code: "A1" } }]);
  expect((await world.order("O-4")).status).toBe("BACKORDERED");
});

test("within one batch of the feed an order before the question keeps it, an order after it goes elsewhere; asked twice, told once", async () => {
  world.pool("C", { C1: BERLIN, C2: MUNICH });
  for (const code of ["C1", "C2"]) world.stock(code, { DESK: 5 });
  await world.settle();
  world.sales.closed = true;
  world.confirm("C", "P-1", { DESK: 1 });
  const kept = ask("C1", "C", "B");
  ask("C1", "C", "B", kept);
  world.sales.closed = false;
  expect(await answers(kept)).toMatchObject([{ accepted: false }]);
  const [allocation] = (await world.order("P-1")).allocations;
  world.shipped(allocation.id, "C1", "P-1", [{ sku: "DESK", quantity: 1 }]);
  await world.settle();
  world.sales.closed = true;
  const gone = ask("C1", "C", "B");
  world.confirm("C", "P-2", { DESK: 1 });
  ask("C1", "C", "B", gone);
  world.sales.closed = false;
  expect(await answers(gone)).toMatchObject([{ accepted: true }]);
  expect((await world.order("P-2")).allocations).toMatchObject([{ warehouse: { code: "C2" } }]);
});

test("the decision waits for who allocates there by a pool read before, and who comes later finds the gate closed", async () => {
  world.pool("D", { D1: BERLIN });
  world.stock("D1", { VASE: 5 });
  await world.settle();
  let asked = "";
  const rival = await LayerDatabase.open({ layer: "dispatch", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  await inTransaction(rival, async (tx) => {
    const positions = await Positions.lock(tx, { positions: [{ place: "D1", sku: "NEVER-SEEN" }] });
    asked = ask("D1", "D", "B");
    // The question is being asked: its transaction has begun to wait for the gate, or is about to.
    for (const end = Date.now() + 300; Date.now() < end;) await tx.query("SELECT 1");
    expect(await rival.query("SELECT 1 FROM outbox WHERE type = 'WarehouseMoveDecided' AND body LIKE ?", [`%${asked}%`])).toEqual([]);
    positions.post("D1", "NEVER-SEEN", "MOVEMENT", "rival", { onHand: 1, allocated: 1 });
    await positions.save();
  });
  expect(await answers(asked)).toMatchObject([{ accepted: false, because: expect.stringContaining("1 units") }]);
  await inTransaction(rival, async (tx) => {
    const positions = await Positions.lock(tx, { positions: [{ place: "D1", sku: "NEVER-SEEN" }] });
    positions.post("D1", "NEVER-SEEN", "MOVEMENT", "rival-2", { onHand: -1, allocated: -1 });
    await positions.save();
  });
  expect(await answers(ask("D1", "D", "B"))).toMatchObject([{ accepted: true }]);
  await inTransaction(rival, async (tx) => {
    const positions = await Positions.lock(tx, { positions: [{ place: "D1", sku: "VASE" }] });
    expect(positions.of("D1", "VASE")).toMatchObject({ on_hand: 5, allocated: 0 });
    expect(positions.free("D1", "VASE")).toBe(0);
  });
  await rival.close();
});

test("what was told of the warehouse and has no place in the feed yet comes before the answer", async () => {
  world.pool("E", { E1: BERLIN });
  world.stock("E1", { RUG: 5 });
  await world.settle();
  await inTransaction(world.db, async (tx) => {
    // An event of another process whose clock is ahead.
    await tx.execute(
      "INSERT INTO outbox (id, at, type, aggregates, client, merchant, body) VALUES ('ffffffff-0000-7000-8000-000000000000', NOW(6), 'SupplyChanged', ?, '', '', '{}')",
      [JSON.stringify({ "position:E1:RUG": 1 })],
    );
    const moveId = newId();
    const event = { type: "WarehouseMoveAsked", moveId, warehouse: "E1", fromPool: "E", toPool: "B" } as const;
    await applySales(tx, [{ ...event, id: newId(), at: new Date().toISOString(), client: "", merchant: "", aggregates: {}, position: 1 }]);
    const told = inCommitOrder(await readOutbox(tx, 100));
    expect(told.map(({ type }) => type)).toEqual(["SupplyChanged", "WarehouseMoveDecided"]);
    throw new Error("nothing of this is kept");
  }).catch((error: Error) => expect(error.message).toBe("nothing of this is kept"));
});

test.each(["at once", "after the acceptance"])("a move that is cancelled %s: orders are allocated there again", async (when) => {
  const [pool, code] = when === "at once" ? ["CANCEL-1", "STAYS-1"] : ["CANCEL-2", "STAYS-2"];
  const order = `O-${pool}`;
  world.pool(pool, { [code]: BERLIN });
  world.stock(code, { LAMP: 5 });
  await world.settle();
  const moveId = ask(code, pool, "B");
  if (when !== "at once") {
    expect(await answers(moveId)).toMatchObject([{ accepted: true }]);
    world.confirm(pool, `${order}-meanwhile`, { LAMP: 1 });
    expect((await world.order(`${order}-meanwhile`)).allocations).toEqual([]);
  }
  save(pool, [code], 2);
  world.sales.tell({ type: "WarehouseMoveCancelled", moveId, warehouse: code });
  world.confirm(pool, order, { LAMP: 2 });
  expect((await world.order(order)).allocations).toMatchObject([{ warehouse: { code } }]);
  expect(await answers(moveId)).toHaveLength(1);
});
