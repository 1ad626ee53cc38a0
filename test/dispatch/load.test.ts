import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld, MUNICH, PARIS } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH, PAR: PARIS, ROM: { countryCode: "IT" } });
});
afterAll(() => world?.close());

const ORDERS = 1_000;
const sku = (i: number) => `SKU-${i % 100}`;

test("orders and stock arrive at the same time in random order: every unit is allocated once, none waits beside free stock", async () => {
  const houses = ["BER", "MUC", "PAR", "ROM"];
  for (let i = 0; i < ORDERS; i++) {
    world.confirm("EU", `O-${i}`, { [sku(i)]: 1 + (i % 3), [sku(i * 7 + 1)]: 1, [sku(i * 13 + 5)]: 2 });
    world.stock(houses[i % 4], { [sku(i * 3)]: 1 + (i % 4), [sku(i * 11 + 2)]: 2 });
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
  expect(await world.db.query("SELECT * FROM stock_position WHERE on_hand < allocated")).toEqual([]);
  const beside = await world.db.query(
    "SELECT w.sku, w.units, p.on_hand - p.allocated AS free FROM waiting w JOIN stock_position p ON p.sku = w.sku WHERE p.on_hand > p.allocated",
  );
  expect(beside).toEqual([]);
});
