import type { Connection } from "mysql2/promise";
import { reconcileSales } from "../../services/sales/reconcile";
import { CONFIRM, RELEASE, RESERVE, salesWorld, STOCK, type SalesWorld } from "../sales/support";

/**
 * Rules that many want to pass at once, each beside its wrong twin: the same check, read without the lock under which it is
 * then acted on. What the twin lets through, the layer does not.
 */
let world: SalesWorld;
let admin: Connection;
beforeAll(async () => {
  world = await salesWorld({ poolSize: 32 });
  await world.stock({ FENCE: 40, LIMIT: 40, DEAD: 40, BOTH: 40, FROZEN: 40 });
  await world.ask('mutation { saveChannel(input: {code: "app", name: "App", pool: "EU"}) { userErrors { message } } }');
  admin = await world.database.primary.admin();
  await admin.query("CREATE TABLE strata_sales.twin (name VARCHAR(20) PRIMARY KEY, units INT NOT NULL) ENGINE=InnoDB");
});
afterAll(async () => {
  expect(await reconcileSales(world.db)).toEqual([]);
  await admin.query("DROP TABLE strata_sales.twin");
  await admin.end();
  await world.close();
});

const AT_ONCE = 24;
const times = <T>(make: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: AT_ONCE }, (_, i) => make(i)));
let n = 0;
const reserve = async (sku: string, more: object = {}, quantity = 1) => {
  const input = { idempotencyKey: `k${++n}`, orderRef: `o${n}`, channel: "web", lines: [{ sku, quantity }], ...more };
  return (await world.ask(RESERVE, { input })).data.reserveStock;
};
const list = (input: object) =>
  world.ask("mutation ($input: SaveListingInput!) { saveListing(input: $input) { userErrors { code } } }", {
    input: { status: "LISTED", ...input },
  });
const figures = async (sku: string) => (await world.ask(STOCK, { sku })).data.inventoryItem.virtualStock[0];
const granted = (answers: { reservation: unknown }[]): number => answers.filter(({ reservation }) => reservation !== null).length;

/** Checks, then acts: `allowed` units, one a caller. Returns how many got one. */
async function twin(name: string, allowed: number): Promise<number> {
  await admin.query("INSERT INTO strata_sales.twin VALUES (?, 0)", [name]);
  const root = await Promise.all(Array.from({ length: 8 }, () => world.database.primary.admin()));
  const got = await times(async (i) => {
    const connection = root[i % root.length];
    const [[{ units }]] = (await connection.query("SELECT units FROM strata_sales.twin WHERE name = ?", [name])) as unknown as [
      [{ units: number }],
    ];
    if (units >= allowed) return false;
    await connection.query("UPDATE strata_sales.twin SET units = ? WHERE name = ?", [units + 1, name]);
    return true;
  });
  await Promise.all(root.map((connection) => connection.end()));
  return got.filter(Boolean).length;
}

test("a fence of five: five are sold by its channel, and the rest of the pool by the other", async () => {
  await list({ channel: "app", sku: "FENCE", quota: { mode: "RING_FENCE", quantity: 5 } });
  const [own, others] = await Promise.all([
    times(() => reserve("FENCE", { channel: "app" })),
    Promise.all([1, 2, 3, 4, 5].map(() => reserve("FENCE", {}, 10))),
  ]);
  expect([granted(own), granted(others)]).toEqual([5, 3]);
  expect(await twin("fence", 5)).toBeGreaterThan(5);
});

test("at most three a customer, however often he presses", async () => {
  await list({ channel: "web", sku: "LIMIT", maxPerCustomer: 3 });
  expect(granted(await times(() => reserve("LIMIT", { customerRef: "anna" })))).toBe(3);
  expect(await twin("limit", 3)).toBeGreaterThan(3);
});

test("a hold that dies while it is confirmed: its units are his or a rival's, never both's", async () => {
  const holds = await times(() => reserve("DEAD", { holdSeconds: 1 }));
  await reserve("DEAD", {}, 40 - AT_ONCE);
  const deadline = Math.max(...holds.map(({ reservation }) => new Date(reservation.expiresAt).getTime()));
  await new Promise((resolve) => setTimeout(resolve, deadline - Date.now() - 30));
  const [confirmed, rivals] = await Promise.all([
    times(async (i) => {
      await new Promise((resolve) => setTimeout(resolve, 4 * i));
      const input = { idempotencyKey: `c${++n}`, reservationId: holds[i].reservation.id };
      return (await world.ask(CONFIRM, { input })).data.confirmReservation;
    }),
    times(async (i) => {
      await new Promise((resolve) => setTimeout(resolve, 4 * i));
      return reserve("DEAD");
    }),
  ]);
  const stock = await figures("DEAD");
  expect(granted(confirmed) + granted(rivals)).toBeLessThanOrEqual(AT_ONCE);
  expect(stock).toMatchObject({ committed: granted(confirmed), held: granted(rivals) + 40 - AT_ONCE });
  expect(stock.available).toBeGreaterThanOrEqual(0);
});

test("released and confirmed at once: one of the two, and the figures say which", async () => {
  const holds = await times(() => reserve("BOTH"));
  const outcomes = await times(async (i) => {
    const { id } = holds[i].reservation;
    const [confirmed, released] = await Promise.all([
      world.ask(CONFIRM, { input: { idempotencyKey: `c${++n}`, reservationId: id } }),
      world.ask(RELEASE, { input: { idempotencyKey: `r${++n}`, reservationId: id, reason: "race" } }),
    ]);
    return [confirmed.data.confirmReservation.reservation !== null, released.data.releaseReservation.reservation?.status === "RELEASED"];
  });
  const paid = outcomes.filter(([confirmed]) => confirmed).length;
  // A release that comes after the confirmation may still be asked for; what is committed stays committed until it is decided.
  for (const [confirmed, released] of outcomes) expect(confirmed && released).toBe(false);
  expect(await figures("BOTH")).toMatchObject({ held: 0, committed: paid, available: 40 - paid });
});

test("frozen and reserved at once: together never more than there is", async () => {
  const FREEZE =
    "mutation ($input: AdjustVirtualStockInput!) { freezeVirtualStock(input: $input) { virtualStock { frozen } userErrors { code } } }";
  const freeze = (i: number) =>
    world.ask(FREEZE, { input: { idempotencyKey: `f${i}`, pool: "EU", sku: "FROZEN", quantity: 1, reason: "race" } });
  const [frozen, held] = await Promise.all([times(freeze), times(() => reserve("FROZEN"))]);
  const iced = frozen.filter(({ data }) => data.freezeVirtualStock.virtualStock !== null).length;
  expect(iced + granted(held)).toBe(40);
  expect(await figures("FROZEN")).toMatchObject({ held: granted(held), available: 0 });
  expect(await twin("frozen", 10)).toBeGreaterThan(10);
});
