import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { wait } from "../../shared/db/retry";
import { projectRoot } from "../../shared/root";
import own from "../../examples/storefront/codegen";
import { shelf, type Shop } from "../../examples/storefront/shelf";
import { startWorld, type World } from "../support/world";

let world: World;
let shop: Shop;
const folder = mkdtempSync(join(tmpdir(), "strata-storefront-"));

beforeAll(async () => {
  world = await startWorld();
  shop = { url: world.url, key: world.keyOf("storefront"), channel: "web" };
  await save("saveWarehouse", { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } });
  await save("saveInventoryItem", { sku: "LAMP", name: "Lamp" });
  await save("saveInventoryItem", { sku: "BULB", name: "Bulb" });
  const lines = [{ sku: "LAMP", quantity: 5, unitCost: "3" }];
  await save("postMovement", { idempotencyKey: "stock", type: "PURCHASE_RECEIPT", warehouse: "HAM", lines });
  await save("saveStockPool", { code: "EU", name: "EU", warehouses: ["HAM"] });
  await save("saveChannel", { code: "web", name: "Web", pool: "EU" });
  for (const sku of ["LAMP", "BULB"]) await save("saveListing", { channel: "web", sku, status: "LISTED" });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Until the layer has heard of what it needs to know. */
async function save(mutation: string, input: object): Promise<void> {
  const type = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input`;
  for (const end = Date.now() + 20_000; ;) {
    const { body } = await world.gql(`mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code retryAfterMs } } }`, {
      input,
    });
    const [refused] = body.data?.[mutation]?.userErrors ?? [];
    if (body.data?.[mutation] && !refused) return;
    if (!refused?.retryAfterMs || Date.now() > end) throw new Error(JSON.stringify(body));
    await wait(refused.retryAfterMs as number);
  }
}

test("its types are those of the schema", async () => {
  const out = join(folder, "gql");
  const config = join(folder, "codegen.cjs");
  const [kept] = Object.keys(own.generates);
  writeFileSync(config, `module.exports = ${JSON.stringify({ ...own, generates: { [`${out}/`]: own.generates[kept] } })}`);
  await promisify(execFile)(process.execPath, ["node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", config], { cwd: projectRoot });
  for (const name of readdirSync(out))
    expect(readFileSync(join(out, name), "utf8")).toBe(readFileSync(join(projectRoot, kept, name), "utf8"));
});

test("it shows what can be sold", async () => {
  for (const end = Date.now() + 20_000; (await shelf(shop, ["LAMP"]))[0].label !== "In stock" && Date.now() < end;) await wait(50);
  expect(await shelf(shop, ["LAMP", "BULB"])).toEqual([
    { sku: "LAMP", name: "Lamp", label: "In stock", isSure: true },
    { sku: "BULB", name: "Bulb", label: "Sold out", isSure: true },
  ]);
});

test("a wrong key is told, not asked again", async () => {
  await expect(shelf({ ...shop, key: "wrong" }, ["LAMP"])).rejects.toThrow("UNAUTHENTICATED");
});

test("what says when to come back is asked again then, three times at most", async () => {
  let [asked, turnedAway] = [0, 1];
  const server: Server = createServer((req, res) => {
    req.resume().on("end", () => {
      const stale = { data: { availability: [{ item: { sku: "LAMP", name: null }, status: "IN_STOCK", stale: true }] } };
      const later = { errors: [{ message: "later", extensions: { code: "RATE_LIMITED" } }] };
      if (asked++ < turnedAway) res.writeHead(429, { "retry-after": "0" }).end(JSON.stringify(later));
      else res.end(JSON.stringify(stale));
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const busy = { ...shop, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  expect(await shelf(busy, ["LAMP"])).toEqual([{ sku: "LAMP", name: "LAMP", label: "In stock", isSure: false }]);
  expect(asked).toBe(2);
  [asked, turnedAway] = [0, 9];
  await expect(shelf(busy, ["LAMP"])).rejects.toThrow("RATE_LIMITED");
  expect(asked).toBe(3);
  server.close();
});
