import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSampleShop, readShop } from "../../cli/demo/read-shop";
import type { Shop } from "../../cli/demo/shop";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import { replay } from "../support/replay";
import { startWorld, type World } from "../support/world";

/** Slices of real order streams, from hold to delivery, as `npm run demo` plays them whole. */
const FOREIGN = join(projectRoot, "..", "shared", "data");
const whereData = existsSync(FOREIGN) ? test : test.skip;

let world: World;
beforeAll(async () => {
  world = await startWorld({ replica: true });
});
afterAll(() => world.close());

async function plays(shop: Shop, count: number): Promise<void> {
  const outcomes = await replay(world, shop, count);
  expect(outcomes.map(({ end }) => end)).toEqual(Array(count).fill("DELIVERED"));
  expect(await driftsOf(world)).toEqual([]);
}

test("twelve orders of the sample shop", () => plays(readSampleShop(), 12), 400_000);

test("twelve in four processes, with short picks, returns, transfers and losses on the way", async () => {
  const distributed = await startWorld({ topology: "distributed" });
  try {
    const outcomes = await replay(distributed, readSampleShop(), 12, { mishaps: 40 });
    expect(outcomes.map(({ end }) => end)).toEqual(Array(12).fill("DELIVERED"));
    const happened = (what: (one: (typeof outcomes)[number]) => boolean) => outcomes.some(what);
    expect([
      happened((one) => one.shortPicks > 0),
      happened((one) => one.returned > 0),
      happened((one) => one.transfer !== "NONE"),
    ]).toEqual([true, true, true]);
    expect(await driftsOf(distributed)).toEqual([]);
  } finally {
    await distributed.close();
  }
}, 400_000);
whereData("eight orders of Northwind", () => plays(readShop(join(FOREIGN, "northwind")), 8), 400_000);
whereData("two invoices of Online Retail", () => plays(readShop(join(FOREIGN, "online-retail")), 2), 400_000);
