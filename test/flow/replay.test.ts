import { existsSync } from "node:fs";
import { join } from "node:path";
import { Caller } from "../../cli/demo/call";
import { httpClient } from "../../cli/demo/client";
import { loadShop } from "../../cli/demo/load-shop";
import { readSampleShop, readShop } from "../../cli/demo/read-shop";
import { playOrders, type Outcome } from "../../cli/demo/replay";
import type { Shop } from "../../cli/demo/shop";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** Slices of real order streams, from hold to delivery, as `npm run demo` plays them whole. */
const FOREIGN = join(projectRoot, "..", "shared", "data");
const whereData = existsSync(FOREIGN) ? test : test.skip;

let world: World;
beforeAll(async () => {
  world = await startWorld({ replica: true });
});
afterAll(() => world.close());

async function replay(shop: Shop, count: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const clients = [world.adminKey, world.keyOf("order-system"), world.keyOf("warehouse-operator")].map((key) =>
    httpClient(world.url, key, 4),
  );
  const [buyer, orders, floor] = clients.map((client) => new Caller(client));
  try {
    await loadShop(buyer, shop, { currency: "EUR" });
    const slice = { ...shop, orders: shop.orders.slice(0, count) };
    await playOrders({
      shop: slice,
      run: "slice",
      concurrency: 4,
      callers: { buyer, orders, floor },
      ended: (outcome) => void outcomes.push(outcome),
    });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
  return outcomes;
}

async function plays(shop: Shop, count: number): Promise<void> {
  const outcomes = await replay(shop, count);
  expect(outcomes.map(({ end }) => end)).toEqual(Array(count).fill("DELIVERED"));
  expect(await driftsOf(world)).toEqual([]);
}

test("twelve orders of the sample shop", () => plays(readSampleShop(), 12), 400_000);
whereData("eight orders of Northwind", () => plays(readShop(join(FOREIGN, "northwind")), 8), 400_000);
whereData("two invoices of Online Retail", () => plays(readShop(join(FOREIGN, "online-retail")), 2), 400_000);
