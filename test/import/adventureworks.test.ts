import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readTable } from "../../cli/demo/csv";
import { exact, sum } from "../../shared/units/decimal";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";
import { importDesk, SAVE_WAREHOUSE, type Desk } from "./support";

/** A bicycle maker's products and stock by shelf and bin, from the public AdventureWorks sample; beside the project, not in it. */
const DATA = process.env.STRATA_ADVENTUREWORKS ?? resolve(projectRoot, "../shared/data/adventureworks");
const present = existsSync(join(DATA, "product.csv"));

let world: World;
let desk: Desk;
beforeAll(async () => {
  if (!present) return;
  world = await startWorld();
  desk = importDesk(world);
});
afterAll(async () => {
  desk?.close();
  await world?.close();
});

const csv = (rows: string[][]): string => rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(",")).join("\n");
const BOOKS = `{ inventoryValuation { total { amount } }
  trialBalance(period: "${new Date().toISOString().slice(0, 7)}") { account { code } debit { amount } credit { amount } } }`;

(present ? test : test.skip)(
  `AdventureWorks' products and stock come in through npm run import (${present ? "found" : "its files are not here"})`,
  async () => {
    const products = readTable(DATA, "product.csv", ["ProductID", "Name", "ProductNumber", "StandardCost"]);
    const bySku = new Map(products.map((row) => [row.text("ProductID"), row]));
    const stock = readTable(DATA, "product_inventory.csv", ["ProductID", "LocationID", "Shelf", "Bin", "Quantity"]);
    const bins = stock.map((row) => ["LocationID", "Shelf", "Bin"].map((column) => row.text(column)).join("-"));
    const locations = [...new Set(bins)].map((code) => ({ code, kind: "STORAGE" }));
    const warehouse = { code: "BOTHELL", name: "Bothell", currency: "USD", address: { countryCode: "US" }, locations };
    const { body } = await world.gql(SAVE_WAREHOUSE, { input: warehouse });
    expect(body.data.saveWarehouse.userErrors).toEqual([]);

    const items = products.map((row) => [row.text("ProductNumber"), row.text("Name"), "STANDARD", row.decimal("StandardCost")]);
    const itemsFile = desk.file("products.csv", csv([["sku", "name", "costingMethod", "standardCost"], ...items]));
    expect(await desk.import(["--items", itemsFile])).toMatchObject({ code: 0, said: ["504 items saved"] });

    const lying = stock
      .map((row, i) => ({ row, bin: bins[i], product: bySku.get(row.text("ProductID"))! }))
      .filter(({ row }) => row.integer("Quantity") > 0);
    const rows = lying.map(({ row, bin, product }) => [
      `${row.text("ProductID")}@${bin}`,
      "MISC_RECEIPT",
      "BOTHELL",
      product.text("ProductNumber"),
      row.text("Quantity"),
      bin,
      product.decimal("StandardCost"),
    ]);
    const stockFile = desk.file(
      "stock.csv",
      csv([["idempotencyKey", "type", "warehouse", "sku", "quantity", "location", "unitCost"], ...rows]),
    );
    const { code, said } = await desk.import([stockFile]);
    expect([code, said[0]]).toEqual([0, expect.stringContaining(`${rows.length} rows posted, 0 refused`)]);

    const books = (await world.gql(BOOKS)).body.data;
    const value = sum(lying.map(({ row, product }) => exact(product.decimal("StandardCost")).times(row.integer("Quantity"))));
    const side = (name: "debit" | "credit", account?: string) =>
      sum(
        (books.trialBalance as { account: { code: string }; debit: { amount: string } | null; credit: { amount: string } | null }[])
          .filter((line) => account === undefined || line.account.code === account)
          .map((line) => exact(line[name]?.amount ?? 0)),
      );
    expect(side("debit").toFixed(6)).toBe(side("credit").toFixed(6));
    expect(books.inventoryValuation.total.map(({ amount }: { amount: string }) => amount)).toEqual([value.toFixed(6)]);
    expect(side("debit", "1400").toFixed(6)).toBe(value.toFixed(6));
    expect(await driftsOf(world)).toEqual([]);
    const units = lying.reduce((total, { row }) => total + row.integer("Quantity"), 0);
    console.log(
      `AdventureWorks: ${items.length} items; ${rows.length} rows, ${units} units in ${locations.length} bins, ${value.toFixed(2)} USD; ${said[0]}`,
    );
  },
  180_000,
);
