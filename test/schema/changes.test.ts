import { readFileSync } from "node:fs";
import { composeForPartners, compose, publicSdl, sdlOf, withReleased } from "../../cli/compose";
import { AUDIENCES, changelog, changelogPath, decidedBreaks, deprecations, refusedChanges, schemaChanges } from "../../cli/schema-changes";
import { LAYERS, type LayerName } from "../../shared/db/database";

/** Checklist (c) 12: nothing breaks a client unless a decision record says so, and nothing goes without 90 days of notice. */
const sdls = Object.fromEntries(LAYERS.map((layer) => [layer, sdlOf(layer)])) as Record<LayerName, string>;
const schemas = withReleased({ clients: publicSdl(compose(sdls)), partners: composeForPartners(sdls).schema });
const NOW = new Date("2026-06-01T00:00:00Z");

test.each(AUDIENCES)("nothing that was released to %s breaks, but what a decision record names", async (audience) => {
  const { released, now } = schemas[audience];
  expect(refusedChanges(await schemaChanges(released, now), released, decidedBreaks(), new Date())).toEqual([]);
});

test("docs/schema/CHANGELOG.md lists what is not released yet (npm run compose writes it)", async () => {
  const written = readFileSync(changelogPath, "utf8");
  expect(await changelog(written, schemas)).toBe(written);
});

test("whatever is deprecated says since when", () => {
  expect(AUDIENCES.flatMap((audience) => deprecations(schemas[audience].now)).filter(({ since }) => !since)).toEqual([]);
});

const BEFORE = `type Query { a(x: Int): Int b: String c: E old: Int @deprecated(reason: "use a, since 2026-01-15") young: Int @deprecated(reason: "use a, since 2026-05-15") } enum E { P Q } input I { i: Int }`;

describe("the check of changes sees", () => {
  const refusals = async (after: string, decided: [string, boolean][] = []) =>
    refusedChanges(await schemaChanges(BEFORE, after), BEFORE, new Map(decided), NOW).map((line) => line.split(":")[0]);

  test.each([
    ["a field that is gone", BEFORE.replace("b: String", ""), ["Query.b"]],
    ["another type", BEFORE.replace("b: String", "b: Int"), ["Query.b"]],
    ["a field that may be null now", `${BEFORE.replace("b: String", "b: String!")}`, []],
    ["a new required argument", BEFORE.replace("x: Int", "x: Int, y: Int!"), ["Query.a.y"]],
    ["an argument that is gone", BEFORE.replace("(x: Int)", ""), ["Query.a.x"]],
    ["a value that is gone", BEFORE.replace("P Q", "P"), ["E.Q"]],
    ["a new required field of an input", BEFORE.replace("i: Int", "i: Int j: Int!"), ["I.j"]],
    ["nothing in what is added", BEFORE.replace("b: String", "b: String d(z: Int): Int"), []],
  ])("%s", async (_, after, refused) => {
    expect(await refusals(after)).toEqual(refused);
  });

  test("a removal that is decided, when it was announced for 90 days or is decided at once", async () => {
    const without = (field: string) => BEFORE.replace(new RegExp(`${field}: Int @deprecated\\([^)]*\\)`), "");
    expect(await refusals(without("old"), [["Query.old", false]])).toEqual([]);
    expect(await refusals(without("young"), [["Query.young", false]])).toEqual(["Query.young"]);
    expect(await refusals(without("young"), [["Query.young", true]])).toEqual([]);
    expect(await refusals(BEFORE.replace("b: String", ""), [["Query.b", false]])).toEqual(["Query.b"]);
  });
});

test("a release closes the list, and what was written of earlier ones stays", async () => {
  const one = { released: BEFORE, now: BEFORE.replace("b: String", "") };
  const closed = await changelog(
    "# x\n\n## Unreleased\n\nold\n\n## 0.1.0\n\nFirst.\n",
    { clients: one, partners: { released: BEFORE, now: BEFORE } },
    "0.2.0",
  );
  expect(closed).toContain(
    "## 0.2.0\n\n### `/graphql`\n\n- **Breaking:** Field 'b' was removed from object type 'Query'\n- Deprecated: `Query.old`",
  );
  expect(closed).toContain("### `/partner/graphql`\n\n- Deprecated:");
  expect(closed).toMatch(/\n\n## 0\.1\.0\n\nFirst\.\n$/);
  expect(closed).not.toContain("Unreleased");
});
