// npm test: sets up what is missing, then lint, types and every test. With arguments only jest, which gets them:
// `npm test -- test/rules`. STRATA_TEST_JSON names a file for jest's results.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { orSayWhy, ROOT, setUp } from "./setup.mjs";

const args = process.argv.slice(2);
const load = (module) => createRequire(import.meta.url)(join(ROOT, "dist", module));

await orSayWhy(async () => {
  await setUp(); // The build checks the types, those of the tests too.
  const server = await load("shared/mysqld/install.js").findOrInstallServer(process.env, { info: console.error, warn: console.error });
  const failed = [];
  const step = async (name, program, ...options) => {
    if (!(await passes(program, options, server))) failed.push(name);
  };
  if (args.length === 0) {
    await step("lint", "eslint/bin/eslint.js", ".", "--max-warnings=0");
    await step("format", "prettier/bin/prettier.cjs", "--check", "--log-level=warn", ".");
  }
  console.error(`The tests run on ${load("shared/mysqld/find.js").serverName(server)} (${server.path}).`);
  const json = process.env.STRATA_TEST_JSON;
  await step("jest", "jest/bin/jest.js", ...(json ? ["--json", `--outputFile=${json}`] : []), ...args);
  if (failed.includes("lint") || failed.includes("format"))
    console.error(`Failed besides: ${failed.filter((name) => name !== "jest").join(", ")}.`);
  process.exit(failed.length > 0 ? 1 : 0);
});

async function passes(program, options, server) {
  const child = spawn(process.execPath, [join(ROOT, "node_modules", program), ...options], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, STRATA_MYSQLD: server.path },
  });
  return (await new Promise((done) => child.on("close", done))) === 0;
}
