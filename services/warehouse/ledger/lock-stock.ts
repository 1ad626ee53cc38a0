import { inLockOrder } from "../../../shared/db/lock-order";
import { isDuplicate, LostRace } from "../../../shared/db/retry";
import type { Reader } from "../../../shared/db/database";
import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { readLayers } from "../cost/layer.sql";
import { databaseNow } from "../each.sql";
import { readItems } from "../item/item.sql";
import { readLocations, readWarehouses } from "../place/place.sql";
import { bookExpiries } from "./expire-lots";
import { readLots, shareLots } from "./lot.sql";
import { lockSerials } from "./serial.sql";
import { serialKey, type ItemStock, lotKey, placeKey, type Stock } from "./stock";
import { insertHeaders, lockHeaderRows, readBalances } from "./stock.sql";

/** What else of some items a caller is about to name: lots that may be new, serial numbers that may be anywhere. */
export interface Named {
  lots?: { sku: string; lot: string }[];
  serials?: { sku: string; serial: string }[];
}

/**
 * Locks the stock of some items in a warehouse. Keys without a stocked item get no header; the caller finds them missing in
 * `items`. Nothing else needs a lock: balances change under their item's header only, and an item with stock on hand keeps what
 * matters here (`saveItem` takes the same headers). Who may be the first to receive an item shares it before (`shareItems`).
 */
export async function lockStock(tx: Tx, warehouseCode: string, skus: Iterable<string>, named: Named = {}): Promise<Stock> {
  const [warehouse] = await readWarehouses(tx, [warehouseCode]);
  if (!warehouse) throw new Refusal("NOT_FOUND", `No warehouse ${warehouseCode}.`, { field: ["input", "warehouse"] });
  const wanted = inLockOrder(skus);
  const headers = await lockPresentHeaders(tx, warehouseCode, wanted);
  const items = new Map((await readItems(tx, wanted)).map((item) => [item.sku, item]));
  const missing = wanted.filter((sku) => items.get(sku)?.kind === "STOCKED" && !headers.has(sku));
  for (const header of await makeHeaders(tx, warehouseCode, missing)) headers.set(header.sku, header);
  const balances = await readBalances(tx, warehouseCode, [...headers.keys()]);
  const stock: Stock = {
    warehouse,
    items,
    headers,
    kinds: new Map((await readLocations(tx, warehouseCode)).map(({ code, kind }) => [code, kind])),
    balances: new Map(balances.map((balance) => [placeKey(balance), balance])),
    lots: new Map(),
    serials: new Map(),
    layers: new Map(),
    accounts: new Map(),
    due: [],
    now: await databaseNow(tx),
  };
  await readLayersOf(tx, stock);
  await readTraces(tx, stock, named);
  bookExpiries(stock);
  return stock;
}

/** The same without locks, to look and not to post: units of every item alike, without layers and serial numbers. */
export async function peekStock(reader: Reader, warehouseCode: string, skus: string[]): Promise<Stock> {
  const [warehouse] = await readWarehouses(reader, [warehouseCode]);
  const wanted = inLockOrder(skus);
  const balances = await readBalances(reader, warehouseCode, wanted);
  const lots = await readLots(
    reader,
    balances.filter(({ lot }) => lot !== ""),
  );
  return {
    warehouse,
    items: new Map((await readItems(reader, wanted)).map((item) => [item.sku, { ...item, tracking: "NONE" }])),
    kinds: new Map((await readLocations(reader, warehouseCode)).map(({ code, kind }) => [code, kind])),
    headers: new Map(),
    balances: new Map(balances.map((balance) => [placeKey(balance), balance])),
    lots: new Map(lots.map((lot) => [lotKey(lot.sku, lot.code), lot])),
    serials: new Map(),
    layers: new Map(),
    accounts: new Map(),
    due: [],
    now: await databaseNow(reader),
  };
}

async function readLayersOf(tx: Tx, { warehouse, items, headers, layers }: Stock): Promise<void> {
  const skus = [...headers.keys()].filter((sku) => items.get(sku)?.costingMethod === "FIFO");
  for (const { sku, transit, ...layer } of await readLayers(tx, warehouse.code, skus)) {
    headers.get(sku)![transit ? "transit" : "main"].layers.push(layer);
    layers.set(sku, [...(layers.get(sku) ?? []), { ...layer }]);
  }
}

/** Lots that are here or named, so that none is blocked meanwhile, and the serial numbers that are named. */
async function readTraces(tx: Tx, stock: Stock, { lots = [], serials = [] }: Named): Promise<void> {
  const here = [...stock.balances.values()].filter(({ lot }) => lot !== "");
  const wanted = [...new Map([...here, ...lots].map(({ sku, lot }) => [lotKey(sku, lot), { sku, lot }])).values()];
  await shareLots(tx, wanted);
  for (const row of await readLots(tx, wanted)) stock.lots.set(lotKey(row.sku, row.code), row);
  for (const row of await lockSerials(tx, serials)) stock.serials.set(serialKey(row.sku, row.serial), row);
}

/** Locks headers in key order and makes those that are missing. */
export async function lockHeaders(tx: Tx, warehouse: string, skus: string[]): Promise<Map<string, ItemStock>> {
  const headers = await lockPresentHeaders(tx, warehouse, skus);
  const missing = skus.filter((sku) => !headers.has(sku));
  for (const header of await makeHeaders(tx, warehouse, missing)) headers.set(header.sku, header);
  return headers;
}

async function lockPresentHeaders(tx: Tx, warehouse: string, skus: string[]): Promise<Map<string, ItemStock>> {
  return new Map((await lockHeaderRows(tx, warehouse, skus)).map((header) => [header.sku, header]));
}

async function makeHeaders(tx: Tx, warehouse: string, skus: string[]): Promise<ItemStock[]> {
  if (skus.length === 0) return [];
  await insertHeaders(tx, warehouse, skus).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("item_stock") : error;
  });
  return lockHeaderRows(tx, warehouse, skus);
}
