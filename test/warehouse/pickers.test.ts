import { inTransaction } from "../../shared/db/transaction";
import { newId } from "../../shared/ids";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { PACK, PICK, POST, SHIP, START, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld({ poolSize: 24 });
});
afterAll(() => world.close());

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const done = (name: string) => (answer: { data: Record<string, { userErrors: unknown[] }> }) => answer.data[name].userErrors.length === 0;

test("forty pickers of one shipment of ten units take ten, no more", async () => {
  await world.stock({ HOT: 100 });
  const id = await world.allocate({ HOT: 10 });
  await world.must(START, { idempotencyKey: "start", id });
  const answers = await Promise.all(
    times(40, (i) => world.ask(PICK, { input: { idempotencyKey: `pick-${i}`, id, picks: [{ sku: "HOT", quantity: 1 }] } })),
  );
  expect(answers.filter(done("recordPick"))).toHaveLength(10);
  const [line] = await world.db.query("SELECT quantity, picked FROM outbound_line WHERE shipment_id = ?", [id]);
  expect(line).toEqual({ quantity: 10, picked: 10 });
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("their wrong twin, which reads, decides and writes back without the header's lock, takes more than leaves the shelf", async () => {
  await world.stock({ TWIN: 10 });
  const shelf = "warehouse = 'W1' AND sku = 'TWIN' AND location = 'STORAGE'";
  const taken = await Promise.all(
    times(40, () =>
      inTransaction(world.db, async (tx) => {
        const [{ quantity }] = await tx.query<{ quantity: number }>(`SELECT quantity FROM stock_balance WHERE ${shelf}`);
        if (quantity === 0) return 0;
        await tx.execute(`UPDATE stock_balance SET quantity = ? WHERE ${shelf}`, [quantity - 1]);
        return 1;
      }),
    ),
  );
  const units = taken.reduce((sum: number, one) => sum + one, 0);
  const [{ quantity }] = await world.db.query<{ quantity: number }>(`SELECT quantity FROM stock_balance WHERE ${shelf}`);
  expect(units).toBeGreaterThan(10 - quantity);
  expect(await reconcileWarehouse(world.db)).toContainEqual(expect.objectContaining({ invariant: 6, subject: "item_stock W1 TWIN" }));
  await world.db.query(`UPDATE stock_balance SET quantity = 10 WHERE ${shelf}`);
});

test("many shipments picked at once in opposite order, while goods come and go: each takes its own", async () => {
  const skus = times(5, (i) => `M${i}`);
  const units = Object.fromEntries(skus.map((sku) => [sku, 30]));
  await world.stock(units);
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) ids.push(await world.allocate(Object.fromEntries(skus.map((sku) => [sku, 1]))));
  await Promise.all(ids.map((id) => world.must(START, { idempotencyKey: `start-${id}`, id })));
  const picks = (i: number) => (i % 2 ? skus : [...skus].reverse()).map((sku) => ({ sku, quantity: 1 }));
  const issue = (i: number) => ({ idempotencyKey: `issue-${i}`, type: "MISC_ISSUE", warehouse: "W1", lines: picks(i) });
  const [picked, issued] = await Promise.all([
    Promise.all(ids.map((id, i) => world.ask(PICK, { input: { idempotencyKey: `pick-${id}`, id, picks: picks(i) } }))),
    Promise.all(times(20, (i) => world.ask(POST, { input: issue(i) }))),
  ]);
  expect(picked.filter(done("recordPick"))).toHaveLength(20);
  // Thirty of each, twenty allocated: ten may be issued.
  expect(issued.filter(done("postMovement"))).toHaveLength(10);
  await Promise.all(ids.map((id) => world.must(PACK, { idempotencyKey: newId(), id })));
  await Promise.all(ids.map((id) => world.must(SHIP, { idempotencyKey: newId(), id })));
  const left = await world.db.query("SELECT DISTINCT on_hand, value, sellable, allocated FROM item_stock WHERE sku IN (?)", [skus]);
  expect(left).toEqual([{ on_hand: 0, value: "0.000000", sellable: 0, allocated: 0 }]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("the same key at once posts once, and a shipment is shipped once", async () => {
  await world.stock({ ONCE: 10 });
  const input = { idempotencyKey: "once", type: "MISC_ISSUE", warehouse: "W1", lines: [{ sku: "ONCE", quantity: 1 }] };
  const answers = await Promise.all(times(20, () => world.ask(POST, { input })));
  expect(new Set(answers.map(({ data }) => data.postMovement.movement.id)).size).toBe(1);
  const id = await world.allocate({ ONCE: 2 });
  await world.must(START, { idempotencyKey: newId(), id });
  await world.must(PICK, { idempotencyKey: newId(), id, picks: [{ sku: "ONCE", quantity: 2 }] });
  await world.must(PACK, { idempotencyKey: newId(), id });
  const shipped = await Promise.all(times(12, (i) => world.ask(SHIP, { input: { idempotencyKey: `ship-${i}`, id } })));
  expect(shipped.filter(done("shipShipment"))).toHaveLength(1);
  const [stock] = await world.db.query("SELECT on_hand, allocated FROM item_stock WHERE sku = 'ONCE'");
  expect(stock).toEqual({ on_hand: 7, allocated: 0 });
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});
