import { existsSync } from "node:fs";
import { join } from "node:path";
import { readShop } from "../../cli/demo/read-shop";
import { unitsOf, type Shop } from "../../cli/demo/shop";
import { projectRoot } from "../../shared/root";

/** The published data sets lie beside the checkout where they have been fetched; without them these tests are skipped. */
const DATA = join(projectRoot, "..", "shared", "data");
const suite = (name: string, tests: (dir: string) => void) => {
  const dir = join(DATA, name);
  if (existsSync(dir)) describe(name, () => tests(dir));
  else test.skip(`${name}: not fetched, its mapping is not tested here`, () => undefined);
};

const soldUnits = (shop: Shop): number => shop.orders.reduce((sum, order) => sum + unitsOf(order.lines), 0);

suite("northwind", (dir) => {
  test("every order and line is there, with its ISO country", () => {
    const shop = readShop(dir);
    expect([shop.items.length, shop.orders.length, shop.orders.flatMap(({ lines }) => lines).length]).toEqual([77, 830, 2155]);
    expect(soldUnits(shop)).toBe(51_317);
    expect(shop.orders[0]).toMatchObject({ orderRef: "NW-10248", customerRef: "VINET", shipTo: { city: "Reims", countryCode: "FR" } });
    expect(shop.items[0]).toMatchObject({ sku: "NW-1", name: "Chai", unitCost: "10.8000", reorderPoint: 20 });
  });
});

suite("online-retail", (dir) => {
  const shop = readShop(dir);

  test("cancellations, no-goods and negative lines are counted and left out", () => {
    expect(shop.skipped).toEqual({
      "cancellation invoices": 805,
      "lines of no goods": 465,
      "lines of zero or negative quantity": 214,
      "invoices with nothing left": 232,
    });
    expect(shop.orders.length + 805 + 232).toBe(4_894);
    expect(shop.items.some(({ sku }) => ["POST", "M", "m", "DOT"].includes(sku) || sku.startsWith("gift_"))).toBe(false);
  });

  test("codes that differ only in case stay different, a repeated code stays two lines, the line of 74,215 units is there", () => {
    const skus = shop.items.map(({ sku }) => sku);
    expect(new Set(skus).size).toBe(skus.length);
    expect(new Set(skus.map((sku) => sku.toLowerCase())).size).toBeLessThan(skus.length);
    expect(shop.orders.some(({ lines }) => new Set(lines.map(({ sku }) => sku)).size < lines.length)).toBe(true);
    expect(shop.orders.flatMap(({ lines }) => lines).some(({ quantity }) => quantity === 74_215)).toBe(true);
    expect(Math.max(...shop.orders.map(({ lines }) => lines.length))).toBeGreaterThan(600);
  });

  test("every order has a country code and every item a cost", () => {
    expect(shop.orders.every(({ shipTo }) => /^[A-Z]{2}$/.test(shipTo.countryCode))).toBe(true);
    expect(shop.items.every(({ unitCost }) => Number(unitCost) > 0)).toBe(true);
  });
});
