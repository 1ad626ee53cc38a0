import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSchema } from "graphql";
import { main } from "../../examples/partner/main";
import { startWorld, type World } from "../support/world";

let world: World;
const folder = mkdtempSync(join(tmpdir(), "strata-example-"));
const before = { ...process.env };
beforeAll(async () => {
  world = await startWorld();
  Object.assign(process.env, { STRATA_URL: new URL(world.url).origin, STRATA_KEY: world.keyOf("partner") });
});
afterAll(async () => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
  await world.close();
});

test("the partner's script fetches the schema once, and again when its copy or the schema is another", async () => {
  expect(await main([folder])).toBe("fetched");
  const sdl = readFileSync(join(folder, "schema.graphql"), "utf8");
  const fields = Object.keys(buildSchema(sdl).getQueryType()!.getFields());
  expect(fields).toContain("availability");
  expect(fields).not.toContain("journalEntries");
  expect(await main([folder])).toBe("unchanged");
  writeFileSync(join(folder, "schema.graphql.etag"), '"older"');
  expect(await main([folder])).toBe("fetched");
  rmSync(join(folder, "schema.graphql"));
  expect(await main([folder])).toBe("fetched");
});

test("a key that may not read the schema is told so", async () => {
  process.env.STRATA_KEY = world.keyOf("storefront");
  await expect(main([folder])).rejects.toThrow(/403.*schema:read/);
});
