import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RULES, type Source } from "./rules";

const ROOT = join(__dirname, "../..");

const sources: Source[] = execFileSync(
  "git",
  ["ls-files", "-co", "--exclude-standard", "*.ts", "*.mjs", "*.cjs", "*.sh", "*.yml", "*.json", "*.md"],
  { cwd: ROOT, encoding: "utf8" },
)
  .split("\n")
  .filter((path) => path !== "" && path !== "package-lock.json")
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
const code = sources.filter(({ path }) => /\.(ts|mjs|cjs)$/.test(path));

test("there is something to check", () => expect(code.length).toBeGreaterThan(50));

test.each(Object.entries(RULES))("%s: nowhere", (name, rule) => {
  const checked = name === "namesMachine" ? sources : code;
  expect(checked.flatMap(rule)).toEqual([]);
});

/** Each rule is seen red on a sample that breaks it, and green on its neighbour that does not. */
const SAMPLES: Record<keyof typeof RULES, { red: Source; green: Source }> = {
  crossesLayers: {
    red: { path: "services/sales/reserve/x.ts", text: 'import { post } from "../../warehouse/ledger/post";' },
    green: { path: "services/sales/reserve/x.ts", text: 'import { tell } from "../../../shared/flow/outbox";' },
  },
  hasStraySql: {
    red: { path: "services/sales/reserve/x.ts", text: 'await tx.query("SELECT sku FROM item");' },
    green: { path: "services/sales/reserve/x.sql.ts", text: 'await tx.query("SELECT sku FROM item");' },
  },
  isTooLong: {
    red: { path: "shared/x.ts", text: "a\n".repeat(301) },
    green: { path: "shared/x.ts", text: "a\n".repeat(300) },
  },
  sleepsBlindly: {
    red: { path: "test/x.test.ts", text: `await new Promise((r) => set${"Timeout"}(r, 1000));` },
    green: { path: "test/x.test.ts", text: "await until(() => shipped());" },
  },
  namesMachine: {
    red: { path: "README.md", text: `see ${"/wo"}rk/main` },
    green: { path: "README.md", text: "see the project's folder" },
  },
  leavesOpen: {
    red: { path: "shared/x.ts", text: `// TO${"DO"} later` },
    green: { path: "shared/x.ts", text: "// done" },
  },
  logsMessages: {
    red: { path: "shared/x.ts", text: 'this.db.log.warn({ error: (error as Error).message }, "it failed");' },
    green: { path: "shared/x.ts", text: 'this.db.log.warn({ error: described(error) }, "it failed");' },
  },
};

test.each(Object.entries(SAMPLES))("%s is seen red and green", (name, { red, green }) => {
  const rule = RULES[name as keyof typeof RULES];
  expect(rule(red)).toHaveLength(1);
  expect(rule(green)).toEqual([]);
});
