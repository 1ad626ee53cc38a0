import { countryCode } from "./country-names";
import { readTable, type Row } from "./csv";
import { grouped, type OpeningStock, type Shop, type ShopItem, type ShopWarehouse } from "./shop";

const CHANNEL = "nw-trade";
const POOL = "NW";

// Northwind names no warehouse. Three, near its customers; streets invented, cities real.
const WAREHOUSES: ShopWarehouse[] = [
  {
    code: "NW-HAM",
    name: "Hamburg",
    pool: POOL,
    timeZone: "Europe/Berlin",
    address: { line1: "Speicherweg 3", city: "Hamburg", postalCode: "20457", countryCode: "DE", latitude: 53.543, longitude: 9.99 },
  },
  {
    code: "NW-EWR",
    name: "Newark",
    pool: POOL,
    timeZone: "America/New_York",
    address: {
      line1: "40 Dockside Road",
      city: "Newark",
      region: "NJ",
      postalCode: "07114",
      countryCode: "US",
      latitude: 40.703,
      longitude: -74.148,
    },
  },
  {
    code: "NW-SAO",
    name: "São Paulo",
    pool: POOL,
    timeZone: "America/Sao_Paulo",
    address: {
      line1: "Rua dos Armazéns 77",
      city: "São Paulo",
      region: "SP",
      postalCode: "03110-000",
      countryCode: "BR",
      latitude: -23.556,
      longitude: -46.602,
    },
  },
];

/** Products, orders and order details of the Northwind sample; every assumption is in README.md beside this file. */
export function readNorthwind(dir: string): Shop {
  const products = readTable(dir, "products.csv", ["ProductID", "ProductName", "UnitPrice", "UnitsInStock", "ReorderLevel"]);
  const details = grouped(readTable(dir, "order_details.csv", ["OrderID", "ProductID", "Quantity"]), (row) => row.text("OrderID"));
  const orders = readTable(dir, "orders.csv", [
    "OrderID",
    "CustomerID",
    "ShipName",
    "ShipAddress",
    "ShipCity",
    "ShipRegion",
    "ShipPostalCode",
    "ShipCountry",
  ]);
  return {
    name: "northwind",
    items: products.map(toItem),
    warehouses: WAREHOUSES,
    channels: [{ code: CHANNEL, name: "Northwind trade orders", pool: POOL }],
    opening: products.flatMap(openingStock),
    orders: orders.map((row) => ({
      orderRef: `NW-${row.text("OrderID")}`,
      channel: CHANNEL,
      customerRef: row.maybe("CustomerID") ?? null,
      shipTo: toAddress(row),
      lines: (details.get(row.text("OrderID")) ?? []).map((line) => ({ sku: skuOf(line), quantity: line.units("Quantity") })),
    })),
    skipped: {},
  };
}

const skuOf = (row: Row): string => `NW-${row.text("ProductID")}`;

function toItem(row: Row): ShopItem {
  const reorderPoint = Math.max(row.integer("ReorderLevel"), 20);
  return {
    sku: skuOf(row),
    name: row.text("ProductName"),
    unitCost: (Number(row.decimal("UnitPrice")) * 0.6).toFixed(4),
    weightGrams: null,
    reorderPoint,
    reorderTo: reorderPoint * 4,
  };
}

function openingStock(row: Row): OpeningStock[] {
  const each = Math.ceil(Math.max(row.integer("UnitsInStock"), 20) / WAREHOUSES.length);
  return WAREHOUSES.map(({ code }) => ({ warehouse: code, sku: skuOf(row), quantity: each }));
}

function toAddress(row: Row) {
  return {
    name: row.maybe("ShipName"),
    line1: row.maybe("ShipAddress"),
    city: row.maybe("ShipCity"),
    region: row.maybe("ShipRegion"),
    postalCode: row.maybe("ShipPostalCode"),
    countryCode: countryCode(row, "ShipCountry"),
  };
}
