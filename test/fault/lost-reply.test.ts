import { DataSource } from "typeorm";
import { readSampleShop } from "../../cli/demo/read-shop";
import { driftsOf } from "../support/books";
import { databaseWire, type DatabaseWire } from "../support/proxy";
import { replay } from "../support/replay";
import { startWorld, type World } from "../support/world";

/** The worst moment of all: COMMIT has taken effect, and its answer never comes. Strata's database lies behind a wire that does that. */
let wire: DatabaseWire;
let world: World;
beforeAll(async () => {
  world = await startWorld({
    replica: false,
    env: async ({ primary, primaryUrl }) => {
      wire = await databaseWire(primary.port);
      return { STRATA_PRIMARY_URL: wire.through(primaryUrl) };
    },
  });
});
afterAll(async () => {
  await world.close();
  await wire.close();
});

test("stock: the transaction says that it failed, it did not, and what is asked again is done twice", async () => {
  const admin = await world.db.primary.admin();
  await admin.query("CREATE TABLE strata_sales.sold (id INT AUTO_INCREMENT PRIMARY KEY, order_ref VARCHAR(20)) ENGINE=InnoDB");
  const { migrationUrl } = world.db;
  const stock = await new DataSource({ type: "mysql", url: wire.through(migrationUrl), database: "strata_sales" }).initialize();
  const sell = () => stock.transaction((manager) => manager.query("INSERT INTO sold (order_ref) VALUES ('O-1')"));
  let commits = 0;
  wire.loseAnswerTo("COMMIT", () => ++commits === 1);
  await expect(sell()).rejects.toThrow(/Connection lost/);
  await sell();
  const [[{ sold }]] = (await admin.query("SELECT COUNT(*) AS sold FROM strata_sales.sold")) as unknown as [[{ sold: number }]];
  expect(sold).toBe(2);
  await stock.destroy();
  await admin.query("DROP TABLE strata_sales.sold");
  await admin.end();
});

test("ours: orders played to the end while every ninth answer to COMMIT is lost; each step took effect once, and the books agree", async () => {
  const shop = readSampleShop();
  const before = wire.lost();
  let commits = 0;
  const loaded = () => wire.loseAnswerTo("COMMIT", () => ++commits % 9 === 0);
  const outcomes = await replay(world, shop, 20, { loaded });
  expect(wire.lost() - before).toBeGreaterThan(20);
  expect(outcomes.map(({ end, because }) => ({ end, because }))).toEqual(Array(20).fill({ end: "DELIVERED" }));
  const { body } = await world.gql(
    "{ fulfillmentOrders(first: 100) { nodes { status } } }",
    {},
    { headers: { "x-strata-settle": "true" } },
  );
  expect(body.data.fulfillmentOrders.nodes).toEqual(Array(20).fill({ status: "DELIVERED" }));
  wire.loseAnswerTo("COMMIT", () => false);
  expect(await driftsOf(world)).toEqual([]);
}, 200_000);
