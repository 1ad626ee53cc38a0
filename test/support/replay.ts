import { Caller } from "../../cli/demo/call";
import { httpClient } from "../../cli/demo/client";
import { loadShop } from "../../cli/demo/load-shop";
import { Mishaps } from "../../cli/demo/mishaps";
import { playOrders, type Outcome } from "../../cli/demo/replay";
import type { Shop } from "../../cli/demo/shop";
import type { World } from "./world";

/** The first orders of a shop, and of its goods those that they need. */
function sliceOf(shop: Shop, count: number): Shop {
  const orders = shop.orders.slice(0, count);
  const wanted = new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
  const isWanted = ({ sku }: { sku: string }) => wanted.has(sku);
  return { ...shop, orders, items: shop.items.filter(isWanted), opening: shop.opening.filter(isWanted) };
}

/** Plays a slice of a shop from hold to delivery, as `npm run demo` plays the whole. */
export async function replay(
  world: Pick<World, "url" | "adminKey" | "keyOf">,
  shop: Shop,
  count: number,
  { loaded = () => {}, mishaps = 0, ended = () => {} }: { loaded?: () => void; mishaps?: number; ended?: () => void } = {},
): Promise<Outcome[]> {
  const slice = sliceOf(shop, count);
  const outcomes: Outcome[] = [];
  const clients = [world.adminKey, world.keyOf("order-system"), world.keyOf("warehouse-operator")].map((key) =>
    httpClient(world.url, key, 4),
  );
  const [buyer, orders, floor] = clients.map((client) => new Caller(client));
  try {
    await loadShop(buyer, slice, { currency: "EUR" });
    loaded();
    await playOrders({
      shop: slice,
      run: "slice",
      concurrency: 4,
      callers: { buyer, orders, floor },
      mishaps: new Mishaps("slice", mishaps),
      ended: (outcome) => {
        outcomes.push(outcome);
        ended();
      },
    });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
  return outcomes;
}
