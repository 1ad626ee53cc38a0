import { existsSync } from "node:fs";
import { join } from "node:path";
import { COUNTRY_CENTROIDS } from "../../services/dispatch/source/countries";
import { projectRoot } from "../../shared/root";
import { DataFault, columnsOf, readTable, type Row } from "./csv";
import { readNorthwind } from "./northwind";
import { readOnlineRetail } from "./online-retail";
import { grouped, type Shop, type ShopAddress, type ShopItem } from "./shop";

/** Reads a folder of CSV files in whichever of the three known shapes it is. */
export function readShop(dir: string): Shop {
  if (!existsSync(dir)) throw new DataFault(`there is no folder ${dir}; give one with --data DIR`);
  if (columnsOf(dir, "order_details.csv").includes("ProductID")) return readNorthwind(dir);
  if (columnsOf(dir, "invoice_lines.csv").includes("StockCode")) return readOnlineRetail(dir);
  return readDocumentedShape("demo", dir);
}

export const readSampleShop = (): Shop => readDocumentedShape("sample", join(projectRoot, "cli", "sample"));

/** The shape that cli/sample/README.md describes. Whatever a row refers to must be there. */
function readDocumentedShape(name: string, dir: string): Shop {
  const items = readTable(dir, "items.csv", ["sku", "name", "unitCost"]).map(toItem);
  const warehouses = readTable(dir, "warehouses.csv", ["code", "name", "pool", "countryCode"]).map((row) => ({
    code: row.text("code"),
    name: row.text("name"),
    pool: row.text("pool"),
    timeZone: row.maybe("timeZone") ?? "UTC",
    address: { ...toAddress(row), name: undefined },
  }));
  const pools = new Set(warehouses.map((warehouse) => warehouse.pool));
  const channels = readTable(dir, "channels.csv", ["code", "name", "pool"]).map((row) => ({
    code: row.text("code"),
    name: row.text("name"),
    pool: known(pools, row, "pool", "warehouses.csv"),
  }));
  const skus = new Set(items.map((item) => item.sku));
  const codes = new Set(warehouses.map((warehouse) => warehouse.code));
  const opening = readTable(dir, "stock.csv", ["warehouse", "sku", "quantity"]).map((row) => ({
    warehouse: known(codes, row, "warehouse", "warehouses.csv"),
    sku: known(skus, row, "sku", "items.csv"),
    quantity: row.units("quantity"),
  }));
  return {
    name,
    items,
    warehouses,
    channels,
    opening,
    orders: readOrders(dir, skus, new Set(channels.map((channel) => channel.code))),
    skipped: {},
  };
}

function readOrders(dir: string, skus: Set<string>, channels: Set<string>): Shop["orders"] {
  const rows = readTable(dir, "orders.csv", ["orderRef", "channel", "countryCode"]);
  const orderRefs = new Set(rows.map((row) => row.text("orderRef")));
  const lines = grouped(
    readTable(dir, "order_lines.csv", ["orderRef", "sku", "quantity"]).map((row) => ({
      orderRef: known(orderRefs, row, "orderRef", "orders.csv"),
      sku: known(skus, row, "sku", "items.csv"),
      quantity: row.units("quantity"),
    })),
    (line) => line.orderRef,
  );
  return rows.map((row) => {
    const orderRef = row.text("orderRef");
    const own = lines.get(orderRef);
    if (!own) throw row.fault("orderRef", `${orderRef} has no line in order_lines.csv`);
    return {
      orderRef,
      channel: known(channels, row, "channel", "channels.csv"),
      customerRef: row.maybe("customerRef") ?? null,
      shipTo: toAddress(row),
      lines: own.map(({ sku, quantity }) => ({ sku, quantity })),
    };
  });
}

function toItem(row: Row): ShopItem {
  const reorderPoint = row.maybe("reorderPoint") ? row.units("reorderPoint") : 10;
  return {
    sku: row.text("sku"),
    name: row.text("name"),
    unitCost: row.decimal("unitCost"),
    weightGrams: row.maybe("weightGrams") ? row.units("weightGrams") : null,
    reorderPoint,
    reorderTo: row.maybe("reorderTo") ? row.units("reorderTo") : reorderPoint * 4,
  };
}

function toAddress(row: Row): ShopAddress {
  const countryCode = row.text("countryCode");
  if (!COUNTRY_CENTROIDS.has(countryCode)) throw row.fault("countryCode", `"${countryCode}" is not an ISO 3166-1 code such as DE`);
  return {
    name: row.maybe("name"),
    line1: row.maybe("line1"),
    city: row.maybe("city"),
    region: row.maybe("region"),
    postalCode: row.maybe("postalCode"),
    countryCode,
    latitude: row.degrees("latitude", 90),
    longitude: row.degrees("longitude", 180),
  };
}

function known(keys: Set<string>, row: Row, column: string, file: string): string {
  const key = row.text(column);
  if (!keys.has(key)) throw row.fault(column, `"${key}" is not in ${file}`);
  return key;
}
