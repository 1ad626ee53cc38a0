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
  // A wire of its own: on Strata's, a COMMIT of Strata's standing work could be the one that loses its answer.
  const own = await databaseWire(world.db.primary.port);
  const url = own.through(world.db.migrationUrl);
  const stock = await new DataSource({ type: "mysql", url, database: "strata_sales" }).initialize();
  const sell = () => stock.transaction((manager) => manager.query("INSERT INTO sold (order_ref) VALUES ('O-1')"));
  let commits = 0;
  own.loseAnswerTo("COMMIT", () => ++commits === 1);
  await expect(sell()).rejects.toThrow(/Connection lost/);
  await sell();
  const [[{ sold }]] = (await admin.query("SELECT COUNT(*) AS sold FROM strata_sales.sold")) as unknown as [[{ sold: number }]];
  expect(sold).toBe(2);
  await stock.destroy();
  await own.close();
  await admin.query("DROP TABLE strata_sales.sold");
  await admin.end();
});

const SETTLED = { headers: { "x-strata-settle": "true" } };
const isOpen = (order: object) => (order as { status: string }).status !== "DELIVERED";

test("ours: orders played to the end while every ninth answer to COMMIT is lost; each step took effect once, and the books agree", async () => {
  const shop = readSampleShop();
  const before = wire.lost();
  let commits = 0;
  const loaded = () => wire.loseAnswerTo("COMMIT", () => ++commits % 9 === 0);
  const outcomes = await replay(world, shop, 20, { loaded });
  expect(wire.lost() - before).toBeGreaterThan(20);
  expect(outcomes.map(({ end, because }) => ({ end, because }))).toEqual(Array(20).fill({ end: "DELIVERED" }));
  wire.loseAnswerTo("COMMIT", () => false);
  // The feeds were cut as well, so they may be behind by more than one settled query waits.
  const query = "{ fulfillmentOrders(first: 100) { nodes { status } } }";
  const statuses = async (): Promise<object[]> => (await world.gql(query, {}, SETTLED)).body.data.fulfillmentOrders.nodes;
  for (const end = Date.now() + 20_000; (await statuses()).some(isOpen) && Date.now() < end;);
  expect(await statuses()).toEqual(Array(20).fill({ status: "DELIVERED" }));
  expect(await driftsOf(world)).toEqual([]);
}, 200_000);
