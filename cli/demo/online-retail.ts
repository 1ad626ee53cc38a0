import { countryCode } from "./country-names";
import { readTable, type Row } from "./csv";
import { grouped, type OpeningStock, type Shop, type ShopItem, type ShopOrder, type ShopWarehouse } from "./shop";

const CHANNEL = "or-web";
const POOL = "OR";

// The source names no warehouse. Four for a British wholesaler with customers on the continent; streets invented, cities real.
const WAREHOUSES: ShopWarehouse[] = [
  {
    code: "OR-COV",
    name: "Coventry",
    pool: POOL,
    timeZone: "Europe/London",
    address: { line1: "5 Weaver Way", city: "Coventry", postalCode: "CV3 4LF", countryCode: "GB", latitude: 52.388, longitude: -1.474 },
  },
  {
    code: "OR-DUB",
    name: "Dublin",
    pool: POOL,
    timeZone: "Europe/Dublin",
    address: { line1: "8 Hawthorn Avenue", city: "Dublin", postalCode: "D12 X4T9", countryCode: "IE", latitude: 53.32, longitude: -6.33 },
  },
  {
    code: "OR-GLA",
    name: "Glasgow",
    pool: POOL,
    timeZone: "Europe/London",
    address: { line1: "21 Quarry Street", city: "Glasgow", postalCode: "G51 2SD", countryCode: "GB", latitude: 55.859, longitude: -4.311 },
  },
  {
    code: "OR-RTM",
    name: "Rotterdam",
    pool: POOL,
    timeZone: "Europe/Amsterdam",
    address: { line1: "Kadeweg 60", city: "Rotterdam", postalCode: "3089 KN", countryCode: "NL", latitude: 51.885, longitude: 4.43 },
  },
];

/** Codes that stand for postage, fees, discounts, vouchers and hand-made corrections. Byte-exact: M and m are both there. */
const NO_GOODS = new Set(["POST", "D", "C2", "DOT", "M", "m", "S", "BANK CHARGES", "AMAZONFEE"]);
export const isGoods = (stockCode: string): boolean => !NO_GOODS.has(stockCode) && !stockCode.startsWith("gift_0001_");

/** A line this long is one customer's bulk order and says nothing about what to keep in stock. */
const BULK_UNITS = 1_000;

/** Invoices, lines and products of the Online Retail data set; every assumption is in README.md beside this file. */
export function readOnlineRetail(dir: string): Shop {
  const invoices = readTable(dir, "invoices.csv", ["InvoiceNo", "CustomerID", "Country"]);
  const lines = grouped(readTable(dir, "invoice_lines.csv", ["InvoiceNo", "StockCode", "Quantity", "UnitPrice"]), (row) =>
    row.text("InvoiceNo"),
  );
  const skipped = {
    "cancellation invoices": 0,
    "lines of no goods": 0,
    "lines of zero or negative quantity": 0,
    "invoices with nothing left": 0,
  };
  const orders: ShopOrder[] = [];
  const sold: Row[] = [];
  for (const invoice of invoices) {
    const invoiceNo = invoice.text("InvoiceNo");
    if (invoiceNo.startsWith("C")) {
      skipped["cancellation invoices"]++;
      continue;
    }
    const own = lines.get(invoiceNo) ?? [];
    const goods = own.filter((line) => isGoods(line.text("StockCode")));
    const outgoing = goods.filter((line) => line.integer("Quantity") > 0);
    skipped["lines of no goods"] += own.length - goods.length;
    skipped["lines of zero or negative quantity"] += goods.length - outgoing.length;
    if (outgoing.length === 0) {
      skipped["invoices with nothing left"]++;
      continue;
    }
    sold.push(...outgoing);
    orders.push({
      orderRef: `OR-${invoiceNo}`,
      channel: CHANNEL,
      customerRef: invoice.maybe("CustomerID") ?? null,
      shipTo: { countryCode: countryCode(invoice, "Country") },
      lines: outgoing.map((line) => ({ sku: line.text("StockCode"), quantity: line.integer("Quantity") })),
    });
  }
  const items = itemsOf(
    dir,
    grouped(sold, (line) => line.text("StockCode")),
  );
  return {
    name: "online-retail",
    items,
    warehouses: WAREHOUSES,
    channels: [{ code: CHANNEL, name: "Online Retail", pool: POOL }],
    opening: items.flatMap(openingStock),
    orders,
    skipped,
  };
}

function itemsOf(dir: string, sales: Map<string, Row[]>): ShopItem[] {
  return readTable(dir, "products.csv", ["StockCode", "Description"])
    .filter((row) => isGoods(row.text("StockCode")))
    .map((row) => {
      const sku = row.text("StockCode");
      const lines = sales.get(sku) ?? [];
      const units = lines.map((line) => line.integer("Quantity")).filter((quantity) => quantity <= BULK_UNITS);
      const reorderPoint = Math.max(6, Math.ceil(units.reduce((sum, quantity) => sum + quantity, 0) / 12));
      const price = medianPrice(lines);
      return {
        sku,
        name: row.maybe("Description") ?? sku,
        unitCost: (price * 0.5).toFixed(4),
        weightGrams: null,
        reorderPoint,
        reorderTo: reorderPoint * 4,
      };
    });
}

/** The middle price of a code among its sales at a price; 1.00 for what was only given away. */
function medianPrice(lines: Row[]): number {
  const prices = lines.map((line) => Number(line.decimal("UnitPrice"))).filter((price) => price > 0);
  return prices.sort((a, b) => a - b)[prices.length >> 1] ?? 1;
}

/** Twice as much in Coventry as in each of the others. */
function openingStock(item: ShopItem): OpeningStock[] {
  const share = Math.ceil(item.reorderPoint / 2);
  return WAREHOUSES.map(({ code }, index) => ({ warehouse: code, sku: item.sku, quantity: index === 0 ? share * 2 : share }));
}
