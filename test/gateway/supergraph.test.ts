import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kind, parse, print, visit } from "graphql";
import { createGateway, supergraphPath, type GatewayOptions } from "../../gateway/gateway";
import { watchedSupergraph } from "../../gateway/watched-supergraph";
import { wait } from "../../shared/db/retry";
import { quietLog } from "../../shared/log";
import { StartError } from "../../shared/mysqld/fault";
import { startWorld, type World } from "../support/world";

/** The supergraph of a running gateway: replaced under load, and by files that cannot be one. */
const WHOLE = readFileSync(supergraphPath, "utf8");
const folder = mkdtempSync(join(tmpdir(), "strata-supergraph-"));
const path = join(folder, "supergraph.graphql");
let world: World;

const put = (sdl: string) => {
  writeFileSync(`${path}.new`, sdl);
  renameSync(`${path}.new`, path);
};

/** As it was before the warehouse told an item's name. */
const withoutName = (): string =>
  print(
    visit(parse(WHOLE), {
      ObjectTypeDefinition: (type) =>
        type.name.value === "InventoryItem" ? { ...type, fields: type.fields!.filter(({ name }) => name.value !== "name") } : type,
      [Kind.DIRECTIVE_DEFINITION]: () => undefined,
    }),
  );

beforeAll(async () => {
  put(withoutName());
  world = await startWorld({ topology: "distributed", env: { STRATA_SUPERGRAPH: path, STRATA_LOG_LEVEL: "error" } });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const SAVE = "mutation ($input: SaveInventoryItemInput!) { saveInventoryItem(input: $input) { item { sku } userErrors { code } } }";
const NAME = '{ inventoryItem(sku: "S-0") { sku name } }';
const log = () => world.processes.gateway!.output.join("");
const knowsName = async () => (await world.gql(NAME)).status === 200;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await wait(50))
    if (Date.now() > end) throw new Error(`not so after 20 s; ${log()}`);
}

test("what a new supergraph adds can be asked within seconds, and nothing fails meanwhile", async () => {
  expect(await knowsName()).toBe(false);
  const failed: unknown[] = [];
  let [asked, over] = [0, false];
  const ask = async (worker: number) => {
    for (let i = 0; !over; i++, asked++) {
      const input = { sku: `S-${worker}`, name: `Name ${i}` };
      const { status, body } =
        i % 2
          ? await world.gql('{ inventoryItem(sku: "S-0") { sku virtualStock { onHand } positions { onHand } } }')
          : await world.gql(SAVE, { input });
      const [payload] = Object.values(body.data ?? {}) as { userErrors?: unknown[] }[];
      if (status !== 200 || body.errors || payload?.userErrors?.length) failed.push([status, body]);
    }
  };
  const load = [0, 1, 2, 3].map(ask);
  await until(() => asked > 100);
  put(WHOLE);
  await until(knowsName);
  const before = asked;
  await until(() => asked > before + 100);
  over = true;
  await Promise.all(load);
  expect(failed).toEqual([]);
  await until(async () => (await world.gql(NAME)).body.data.inventoryItem !== null);
  expect((await world.gql(NAME)).body.data.inventoryItem.name).toMatch(/^Name/);
});

test.each([
  ["cut short", WHOLE.slice(0, WHOLE.length / 2)],
  ["no supergraph", "type Query { inventoryItem(sku: ID!): String }"],
  ["empty", ""],
  ["one with a layer that there is not", WHOLE.replace('name: "sales"', 'name: "billing"')],
])("a file that is %s is told, and the supergraph before stays", async (_, sdl) => {
  const told = () => log().split("cannot be used; the one before stays").length;
  const before = told();
  put(sdl);
  await until(() => told() > before);
  expect(await knowsName()).toBe(true);
});

test("after those a good one is taken in again", async () => {
  put(withoutName());
  await until(async () => !(await knowsName()));
});

test("a gateway does not start with a file that is none, and says so in one line", async () => {
  const bad = join(folder, "bad.graphql");
  writeFileSync(bad, "type Query { a: Int }");
  const sources = {} as GatewayOptions["sources"];
  const starting = createGateway({
    sources,
    positionKey: Buffer.alloc(32),
    log: quietLog,
    supergraphSdl: watchedSupergraph(bad, quietLog),
  });
  await expect(starting).rejects.toThrow(StartError);
  await expect(starting).rejects.toThrow(/bad\.graphql cannot be used as the supergraph: Invalid supergraph/);
});
