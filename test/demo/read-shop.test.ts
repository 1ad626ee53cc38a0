import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSampleShop, readShop } from "../../cli/demo/read-shop";
import { generate } from "../../cli/sample/generate";
import { projectRoot } from "../../shared/root";

const SAMPLE = join(projectRoot, "cli", "sample");

test("the sample shop's files are what its generator makes", () => {
  for (const [file, text] of Object.entries(generate())) expect(readFileSync(join(SAMPLE, file), "utf8")).toBe(text);
});

test("the sample shop: 300 items, four warehouses, three channels on one pool, a thousand orders", () => {
  const shop = readSampleShop();
  expect([shop.items.length, shop.warehouses.length, shop.channels.length, shop.orders.length]).toEqual([300, 4, 3, 1000]);
  expect(new Set(shop.warehouses.map(({ pool }) => pool)).size).toBe(1);
  expect(shop.warehouses.every(({ address }) => address.latitude !== undefined && address.longitude !== undefined)).toBe(true);
  expect(shop.orders.some(({ shipTo }) => shipTo.latitude === undefined && shipTo.city !== undefined)).toBe(true);
  expect(shop.orders.some(({ shipTo }) => shipTo.city === undefined)).toBe(true);
});

describe("a fault in the files is one line with file, row and column", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "shop-"));
    cpSync(SAMPLE, dir, { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const edit = (file: string, change: (rows: string[]) => unknown) => {
    const rows = readFileSync(join(dir, file), "utf8").split("\n");
    change(rows);
    writeFileSync(join(dir, file), rows.join("\n"));
  };

  test.each<[string, string, (rows: string[]) => unknown]>([
    [
      'orders.csv row 3, column countryCode: "XX" is not an ISO 3166-1 code such as DE',
      "orders.csv",
      (rows) => (rows[2] = "HL-10002,web,,,,,,XX,,"),
    ],
    [
      'orders.csv row 3, column latitude: "95" is not between -90 and 90 degrees',
      "orders.csv",
      (rows) => (rows[2] = "HL-10002,web,,,,,,DE,95,1"),
    ],
    ['orders.csv row 3, column channel: "fax" is not in channels.csv', "orders.csv", (rows) => (rows[2] = "HL-10002,fax,,,,,,DE,,")],
    [
      "orders.csv row 1002, column orderRef: HL-NEW has no line in order_lines.csv",
      "orders.csv",
      (rows) => rows.splice(1001, 0, "HL-NEW,web,,,,,,DE,,"),
    ],
    ["order_lines.csv row 2, column quantity: 0 must be at least 1", "order_lines.csv", (rows) => (rows[1] = "HL-10001,KIT-011,0")],
    [
      'order_lines.csv row 2, column quantity: "1.5" is not a whole number',
      "order_lines.csv",
      (rows) => (rows[1] = "HL-10001,KIT-011,1.5"),
    ],
    ['order_lines.csv row 2, column sku: "kit-011" is not in items.csv', "order_lines.csv", (rows) => (rows[1] = "HL-10001,kit-011,1")],
    ["order_lines.csv row 2: has 2 cells, the header has 3", "order_lines.csv", (rows) => (rows[1] = "HL-10001,KIT-011")],
    [
      'items.csv row 2, column unitCost: "7,40" is not an amount such as 12.50',
      "items.csv",
      (rows) => (rows[1] = 'KIT-011,Board,"7,40",900,4,16'),
    ],
    ["items.csv row 2, column sku: is empty", "items.csv", (rows) => (rows[1] = ",Board,7.40,900,4,16")],
    ["stock.csv row 1: column sku is missing", "stock.csv", (rows) => (rows[0] = "warehouse,item,quantity")],
    ['channels.csv row 2, column pool: "US" is not in warehouses.csv', "channels.csv", (rows) => (rows[1] = "web,Web shop,US")],
  ])("%s", (message, file, change) => {
    edit(file, change);
    expect(() => readShop(dir)).toThrow(message);
  });

  test("a missing file is named", () => {
    rmSync(join(dir, "stock.csv"));
    expect(() => readShop(dir)).toThrow(`stock.csv is missing in ${dir}`);
  });
});
