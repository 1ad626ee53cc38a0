import { request } from "node:http";
import { createConnection } from "mysql2/promise";
import { benchShop, CHANNEL } from "../../bench/shop";
import { HOT_SKU } from "../../bench/naive";
import { Caller } from "../../cli/demo/call";
import { httpClient } from "../../cli/demo/client";
import { loadShop } from "../../cli/demo/load-shop";
import { Reading } from "../support/metrics";
import { wait } from "../../shared/db/retry";
import { startWorld, type World } from "../support/world";

const RESERVE = "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code } } }";
const input = { idempotencyKey: "hung-up", orderRef: "hung-up", channel: CHANNEL, lines: [{ sku: HOT_SKU, quantity: 1 }] };
/** Well before a caller's patience of 8 s ends, and after one lock wait of 2 s. */
const SOON_MS = 5_000;

describe.each(["embedded", "distributed"] as const)("%s: a caller hangs up while his order waits for a lock", (topology) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ topology });
    const client = httpClient(world.url, world.adminKey, 4);
    await loadShop(new Caller(client), benchShop());
    await client.close();
  });
  afterAll(() => world.close());

  const sales = () => world.processes.sales?.url ?? new URL(world.url).origin;
  async function figure(name: string): Promise<number> {
    return (await Reading.of(world, sales())).sum(`strata_combiner_${name}_total`);
  }
  async function until(name: string, reached: number): Promise<number> {
    const from = Date.now();
    for (; (await figure(name)) < reached; await wait(50))
      if (Date.now() - from > 30_000) throw new Error(`${name} did not come to ${reached}`);
    return Date.now() - from;
  }

  test("it takes no stock, and the key is free", async () => {
    const holder = await createConnection({ uri: world.db.migrationUrl, database: "strata_sales" });
    await holder.beginTransaction();
    await holder.query("SELECT held FROM virtual_stock WHERE sku = ? FOR UPDATE", [HOT_SKU]);
    const [slowed, dropped] = [await figure("slowed"), await figure("dropped")];
    const headers = { "content-type": "application/json", "x-api-key": world.adminKey };
    const asked = request(world.url, { method: "POST", headers }).on("error", () => undefined);
    asked.end(JSON.stringify({ query: RESERVE, variables: { input } }));
    await until("slowed", slowed + 1);
    asked.destroy();
    expect(await until("dropped", dropped + 1)).toBeLessThan(SOON_MS);
    await holder.rollback();
    const held = async () => Number(((await holder.query("SELECT SUM(held) AS held FROM virtual_stock"))[0] as { held: string }[])[0].held);
    expect(await held()).toBe(0);
    const { body } = await world.gql(RESERVE, { input });
    expect(body.data.reserveStock).toEqual({ reservation: { id: expect.any(String) }, userErrors: [] });
    expect(await held()).toBe(1);
    await holder.end();
  });
});
