import { Caller, backoffMs, callOrThrow, inParallel, wait, type Operation } from "./call";
import type { ShopClient } from "./client";
import { Mishaps } from "./mishaps";
import * as operations from "./operations";
import type { Strategy } from "./options";
import { readSampleShop } from "./read-shop";
import { purchaseReceipt } from "./receipt";
import { playOrders } from "./replay";
import { chunked, grouped, type Shop } from "./shop";

/** Called with how much of the loading is done, and what is being loaded. */
export type Progress = (done: number, total: number, what: string) => void;

const LOCATIONS = ["RECEIVING", "STORAGE", "PICKING", "PACKING", "TRANSIT"].map((kind) => ({ code: kind, kind }));
const ITEMS_A_REQUEST = 5;
const LISTINGS_A_REQUEST = 100;
const LINES_A_RECEIPT = 500;
const FIRST_ORDERS = 20;

/**
 * The sample shop with its opening stock, and its first orders up to their delivery: for the first start of a server.
 * The client needs every scope.
 */
export async function loadSampleShop(client: ShopClient, progress: Progress = () => undefined): Promise<void> {
  const shop = readSampleShop();
  const caller = new Caller(client);
  await loadShop(caller, shop, { progress });
  const orders = shop.orders.slice(0, FIRST_ORDERS);
  let done = 0;
  await playOrders({
    shop: { ...shop, orders },
    run: "first",
    concurrency: 4,
    callers: { buyer: caller, orders: caller, floor: caller },
    mishaps: new Mishaps("first", 0),
    ended: () => progress(++done, orders.length, "first orders"),
  });
}

/** Everything of a shop but its orders. Done again with the same shop, it changes nothing. */
export async function loadShop(
  caller: Caller,
  shop: Shop,
  options: { currency?: string; strategy?: Strategy; progress?: Progress } = {},
): Promise<void> {
  const progress = options.progress ?? (() => undefined);
  for (const { what, calls } of stepsOf(shop, options.currency ?? "EUR", options.strategy ?? "NEAREST")) {
    let done = 0;
    progress(0, calls.length, what);
    await inParallel(calls, 4, async ([operation, variables]) => {
      await callOrThrow(caller, operation, variables);
      progress(++done, calls.length, what);
    });
  }
  await untilSalesKnows(caller, shop);
}

type Call = [Operation, Record<string, unknown>];

function stepsOf(shop: Shop, currency: string, strategy: Strategy): { what: string; calls: Call[] }[] {
  const byPool = grouped(shop.warehouses, (warehouse) => warehouse.pool);
  const codesOf = (pool: string) => byPool.get(pool)!.map((warehouse) => warehouse.code);
  const listings = shop.channels.flatMap((channel) => shop.items.map(({ sku }) => ({ channel: channel.code, sku, status: "LISTED" })));
  return [
    {
      what: "warehouses",
      calls: shop.warehouses.map(({ pool: _, ...warehouse }) => [
        operations.saveWarehouse,
        { input: { ...warehouse, currency, locations: LOCATIONS } },
      ]),
    },
    {
      what: "pools",
      calls: [...byPool.keys()].map((pool) => [operations.saveStockPool, { input: { code: pool, name: pool, warehouses: codesOf(pool) } }]),
    },
    { what: "channels", calls: shop.channels.map((channel) => [operations.saveChannel, { input: channel }]) },
    {
      what: "sourcing rules",
      calls: shop.channels.map(({ code, pool }) => [operations.saveSourcingRule, { input: sourcing(strategy, code, codesOf(pool)) }]),
    },
    { what: "items", calls: chunked(shop.items, ITEMS_A_REQUEST).map(saveItems) },
    { what: "listings", calls: chunked(listings, LISTINGS_A_REQUEST).map((inputs) => [operations.saveListings, { inputs }]) },
    { what: "opening stock", calls: openingReceipts(shop) },
  ];
}

const sourcing = (strategy: Strategy, channel: string, warehouses: string[]) => ({
  channel,
  strategy,
  allowSplit: true,
  warehouses: warehouses.map((warehouse, index) => ({ warehouse, priority: index + 1 })),
});

function saveItems(items: Shop["items"]): Call {
  const inputs = items.map(({ sku, name, weightGrams }, i) => [`i${i}`, { sku, name, ...(weightGrams !== null && { weightGrams }) }]);
  return [operations.saveInventoryItems(items.length), Object.fromEntries(inputs)];
}

function openingReceipts(shop: Shop): Call[] {
  const costs = new Map(shop.items.map((item) => [item.sku, item.unitCost]));
  return [...grouped(shop.opening, (line) => line.warehouse)].flatMap(([warehouse, stock]) =>
    chunked(stock, LINES_A_RECEIPT).map((chunk, index): Call => {
      const lines = chunk.map(({ sku, quantity }) => ({ sku, quantity, unitCost: costs.get(sku)! }));
      return [operations.postMovement, purchaseReceipt(warehouse, `OPENING-${warehouse}-${index + 1}`, lines)];
    }),
  );
}

const PROBED_ITEMS = 10;
const LAYERS_AGREE_WITHIN_MS = 20_000;

/** Opening stock goes from the warehouse through dispatch to sales; selling begins when it is there. */
async function untilSalesKnows(caller: Caller, shop: Shop): Promise<void> {
  const giveUpAt = Date.now() + LAYERS_AGREE_WITHIN_MS;
  for (const [pool, warehouses] of grouped(shop.warehouses, (warehouse) => warehouse.pool)) {
    const codes = new Set(warehouses.map((warehouse) => warehouse.code));
    const operation = operations.stockInBothLayers(codes.size);
    const last = shop.opening.filter((line) => codes.has(line.warehouse)).slice(-PROBED_ITEMS);
    for (const { sku } of last) {
      const variables = { sku, pool, ...Object.fromEntries([...codes].map((code, i) => [`w${i}`, code])) };
      for (let attempt = 0; Date.now() < giveUpAt; attempt++) {
        const { virtualStock, ...physical } = (await caller.call(operation, variables)).inventoryItem;
        const onHand = Object.values(physical as Record<string, number | null>).reduce<number>((sum, units) => sum + (units ?? 0), 0);
        if (virtualStock?.[0]?.onHand === onHand) break;
        await wait(backoffMs(attempt));
      }
    }
  }
}
