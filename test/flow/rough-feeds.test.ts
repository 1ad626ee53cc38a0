import { readSampleShop } from "../../cli/demo/read-shop";
import { LAYERS } from "../../shared/db/database";
import type { LayerOptions } from "../../shared/layer";
import type { FeedSource } from "../../shared/flow/feed";
import { Random, seed } from "../model/random";
import { driftsOf } from "../support/books";
import { replay } from "../support/replay";
import { RoughFeed } from "../support/rough-feed";
import { startWorld, type World } from "../support/world";

const mockFeeds: RoughFeed[] = [];
const mockRough = (feed: FeedSource): RoughFeed => {
  mockFeeds.push(new RoughFeed(feed, new Random(seed() + mockFeeds.length)));
  return mockFeeds.at(-1)!;
};
// Only what the layers hear of each other passes through the test; everything else is what runs in production.
jest.mock("../../gateway/layers", () => {
  const { layerModule } = jest.requireActual<typeof import("../../gateway/layers")>("../../gateway/layers");
  return {
    layerModule: (name: "sales" | "dispatch" | "warehouse") => {
      const module = layerModule(name);
      const create = (options: LayerOptions) => {
        const layer = module.create(options);
        return { ...layer, feed: mockRough(layer.feed) };
      };
      return { ...module, create };
    },
  };
});

let world: World;
beforeAll(async () => {
  console.log(`seed ${seed()}`);
  world = await startWorld();
});
afterAll(() => world.close());

test("events that come late, again, twice, too early and in any order take effect once, in theirs", async () => {
  const count = 40;
  const outcomes = await replay(world, readSampleShop(), count, { mishaps: 40 });
  expect(outcomes.filter(({ end }) => end !== "DELIVERED")).toEqual([]);
  expect(outcomes).toHaveLength(count);
  for (const { told } of mockFeeds) expect(Object.entries(told).filter(([, times]) => times === 0)).toEqual([]);
  for (const layer of LAYERS) expect(await world.layers[layer]!.db.query("SELECT * FROM parked_event")).toEqual([]);
  expect(await driftsOf(world)).toEqual([]);
}, 600_000);
