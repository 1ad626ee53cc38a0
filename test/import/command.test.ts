import { Readable } from "node:stream";
import { CallFailed } from "../../cli/demo/client";
import { DataFault } from "../../cli/demo/csv";
import { UsageFault } from "../../cli/demo/options";
import { rowsOf } from "../../cli/import/read-csv";
import { startWorld, type World } from "../support/world";
import { importDesk, SAVE_WAREHOUSE, type Desk } from "./support";

let world: World;
let desk: Desk;
beforeAll(async () => {
  world = await startWorld();
  desk = importDesk(world);
  const warehouse = { code: "W1", name: "One", currency: "EUR", address: { countryCode: "DE" } };
  await world.gql(SAVE_WAREHOUSE, { input: warehouse });
  const items = desk.file("items.csv", 'sku,name,tracking,weightGrams\nA,"Chair, oak",,4000\nL,Yoghurt,LOT,\n');
  expect(await desk.import(["--items", items])).toEqual({ code: 0, said: ["2 items saved"] });
});
afterAll(async () => {
  desk.close();
  await world.close();
});

const MOVEMENTS =
  "query ($sku: ID!, $search: String!) { movements(sku: $sku) { nodes { type document { type number } lines { quantity lot { code } } } } inventoryItems(search: $search) { nodes { sku onHand } } }";
async function of(sku: string) {
  const { data, errors } = (await world.gql(MOVEMENTS, { sku, search: sku })).body;
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

test("a small file is posted; bad rows come back with why, and are posted once they are corrected", async () => {
  const path = desk.file(
    "stock.csv",
    [
      "\ufeffidempotencyKey,type,warehouse,sku,quantity,unitCost,lot,lotExpiresOn,documentType,documentNumber",
      "s-1,PURCHASE_RECEIPT,W1,A,10,12.50,,,PO,4711",
      's-2,PURCHASE_RECEIPT,W1,L,6,0,"L1",2999-01-31,,',
      "s-3,MISC_ISSUE,W1,A,99,,,,,",
      "s-4,MISC_ISSUE,W1,A,one,,,,,",
      "s-5,SHIP,W1,A,1,,,,,",
      "s-6,PURCHASE_RECEIPT,W1,L,6,0,L2,2999-02-31,,",
      "s-7,PURCHASE_RECEIPT,W1,NONE,1,1,,,,",
      "",
    ].join("\r\n"),
  );
  const { code, said } = await desk.import([path]);
  expect([code, said[0]]).toEqual([1, expect.stringContaining("2 rows posted, 5 refused")]);
  const errors = `${desk.folder}/stock.errors.csv`;
  expect(desk.read(errors).map((line) => line.split(",").slice(0, 3))).toEqual([
    ["row", "code", "field"],
    ["5", "INVALID_INPUT", "quantity"],
    ["6", "INVALID_INPUT", "type"],
    ["7", "INVALID_INPUT", "lotExpiresOn"],
    ["4", "INSUFFICIENT_STOCK", ""],
    ["8", "NOT_FOUND", "sku"],
  ]);
  expect((await of("A")).movements.nodes).toEqual([
    { type: "PURCHASE_RECEIPT", document: { type: "PO", number: "4711" }, lines: [{ quantity: 10, lot: null }] },
  ]);
  const corrected = desk
    .read(errors)
    .map((line) => line.replace(",99,", ",9,").replace(",one,", ",1,").replace(",SHIP,", ",MISC_RECEIPT,"));
  desk.file("stock.errors.csv", corrected.filter((line) => !/2999-02-31|NONE/.test(line)).join("\n"));
  expect((await desk.import([errors])).said[0]).toContain("3 rows posted, 0 refused");
  expect((await of("A")).inventoryItems.nodes[0].onHand).toBe(1);
  // The same command again posts nothing.
  expect((await desk.import([path])).said[0]).toContain("2 rows posted, 5 refused");
  expect((await of("A")).inventoryItems.nodes[0].onHand).toBe(1);
});

test("--validate says what would happen and posts nothing", async () => {
  const path = desk.file("trial.csv", "type,warehouse,sku,quantity,unitCost\nMISC_RECEIPT,W1,A,5,1\nMISC_ISSUE,W1,A,500,\n");
  const before = await of("A");
  const { code, said } = await desk.import([path, "--validate"]);
  expect([code, said[0]]).toEqual([1, expect.stringContaining("1 rows could be posted, 1 refused")]);
  expect(await of("A")).toEqual(before);
});

test("a file that was interrupted goes on: what is posted stays, what is not comes", async () => {
  const rows = Array.from({ length: 5_300 }, (_, i) => `MISC_RECEIPT,W1,L,1,1,L${i % 7}`);
  const text = (some: string[]) => ["type,warehouse,sku,quantity,unitCost,lot", ...some].join("\n");
  const [before] = (await of("L")).inventoryItems.nodes;
  // As if the first command had died in the second batch: some rows of it are posted under their keys.
  expect((await desk.import([desk.file("long.csv", text(rows.slice(0, 5_100)))])).code).toBe(0);
  expect((await desk.import([desk.file("long.csv", text(rows))])).said[0]).toContain("5300 rows posted, 0 refused");
  expect((await of("L")).inventoryItems.nodes[0].onHand).toBe(before.onHand + 5_300);
});

const BAD: [string, string | Buffer, string][] = [
  ["an empty file", "", "is empty"],
  ["a header that lacks a column", "type,warehouse,sku\nMISC_RECEIPT,W1,A\n", "column quantity is missing"],
  ["a column that does not exist", "type,warehouse,sku,quantity,prize\nMISC_RECEIPT,W1,A,1,1\n", 'no column "prize"'],
  ["a column twice", "type,warehouse,sku,quantity,sku\nMISC_RECEIPT,W1,A,1,A\n", "comes twice"],
  ["a cell too many", "type,warehouse,sku,quantity\nMISC_RECEIPT,W1,A,1\nMISC_RECEIPT,W1,A,1,1\n", "row 3: has 5 cells"],
  ["a quote that is not closed", 'type,warehouse,sku,quantity\nMISC_RECEIPT,W1,A,1\nMISC_RECEIPT,"W1,A,1\n', "after row 2"],
  ["a quote in the middle", 'type,warehouse,sku,quantity\nMISC_RECEIPT,W"1,A,1\n', "Invalid Opening Quote"],
  ["Latin-1", Buffer.from("type,warehouse,sku,quantity\nMISC_RECEIPT,W1,M\xf6bel,1\n", "latin1"), "not UTF-8"],
  ["UTF-16", Buffer.from("\ufefftype,warehouse,sku,quantity\n", "utf16le"), "not UTF-8"],
  ["a picture", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0xd8]), "not UTF-8"],
];
test.each(BAD)("%s posts nothing", async (_name, content, what) => {
  const before = await of("A");
  const fault: Error = await desk.import([desk.file("bad.csv", content)]).then(
    () => new Error("nothing was wrong"),
    (error: Error) => error,
  );
  expect(fault).toBeInstanceOf(DataFault);
  expect(fault.message).toContain(what);
  expect(await of("A")).toEqual(before);
});

test("an endless line ends as soon as it is too long, an endless file is read row by row", async () => {
  let sent = 0;
  const endless = (text: string) =>
    Readable.from(
      (function* () {
        for (; sent < 2 ** 30; sent += text.length) yield Buffer.from(text);
      })(),
    );
  const line = async () => {
    for await (const row of rowsOf(endless("x".repeat(65_536)), "endless", ["type"], ["type"])) expect(row).toBeUndefined();
  };
  await expect(line()).rejects.toBeInstanceOf(DataFault);
  expect(sent).toBeLessThan(2 ** 23);
  sent = 0;
  let rows = 0;
  for await (const { cells } of rowsOf(endless("type\n".repeat(10_000)), "endless", ["type"], ["type"]))
    if (cells.type && ++rows === 50_000) break;
  expect(rows).toBe(50_000);
  expect(sent).toBeLessThan(2 ** 23);
});

test("what it cannot begin is said in a line", async () => {
  const path = desk.file("one.csv", "type,warehouse,sku,quantity,unitCost\nMISC_RECEIPT,W1,A,1,1\n");
  await expect(desk.import([path], "no-such-key-anywhere")).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  await expect(desk.import([path], world.keyOf("storefront"))).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(desk.import([path], "no-such-key-anywhere")).rejects.toBeInstanceOf(CallFailed);
  for (const args of [[], ["absent.csv"], [path, path], [path, "--nonsense"], [path, "--source", " "]])
    await expect(desk.import(args)).rejects.toBeInstanceOf(UsageFault);
  expect(await desk.import(["--help"])).toMatchObject({ code: 0 });
});
