// Sets up what is missing before anything of Strata runs: Node's version is checked, dependencies are installed, the
// TypeScript is built. Node built-ins only. When all is there it costs some tens of milliseconds.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(ROOT, ...parts);
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** A fault that is told in one line, without a stack. */
class SetupError extends Error {}

export async function setUp() {
  checkNode();
  if (!dependenciesFit()) await installDependencies();
  await build();
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Strata needs Node 20.19 or later and this is ${process.versions.node}: install a newer one.`);
}

/** Whether the installed packages are those of the lock file; what npm leaves out on this platform is optional there. */
function dependenciesFit() {
  const installed = at("node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const { packages: present } = readJson(installed);
  const { packages: wanted } = readJson(at("package-lock.json"));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => !path || (present[path] ? present[path].version === version : optional),
  );
}

async function installDependencies() {
  console.error("Installing dependencies, once.");
  // Not `npm ci`: it refuses the lock file where the registry lacks binaries for other platforms. The versions are the lock file's.
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { code, output } = await run(command, [
    ...first,
    "install",
    "--no-save",
    "--include=dev",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  if (code !== 0) throw new SetupError(`${output.trim()}\nThe dependencies could not be installed: see above, then start again.`);
}

/** Builds dist/ when the content of any source differs from what was built last. A type error stops here. */
async function build() {
  const sources = sourceFiles();
  const hash = createHash("sha256");
  for (const file of [...sources, "tsconfig.json", "package-lock.json"]) hash.update(file).update(readFileSync(at(file)));
  const [stamp, content] = [at("dist/.built"), hash.digest("hex")];
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === content) return;
  console.error("Building.");
  if (!existsSync(stamp)) rmSync(at("dist"), { recursive: true, force: true });
  const { code, output } = await run(process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", at("tsconfig.json")]);
  if (code !== 0) throw new SetupError(`${output.trim()}\nThe build failed: correct the errors above.`);
  removeOrphans(new Set(sources));
  writeFileSync(stamp, content);
}

function sourceFiles() {
  const folders = readJson(at("tsconfig.json")).include.filter((folder) => existsSync(at(folder)));
  const inside = (folder) => readdirSync(at(folder), { recursive: true }).map((name) => join(folder, name));
  return folders
    .flatMap(inside)
    .filter((name) => name.endsWith(".ts"))
    .sort();
}

/** What was built from a source that is gone. */
function removeOrphans(sources) {
  for (const name of readdirSync(at("dist"), { recursive: true }))
    if (/\.js(\.map)?$/.test(name) && !sources.has(name.replace(/\.js(\.map)?$/, ".ts"))) rmSync(at("dist", name));
}

/** Runs a program in silence; its output counts when it fails. */
async function run(command, args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const code = await new Promise((done) => child.on("error", (error) => done(error.message)).on("close", done));
  return { code, output: typeof code === "string" ? `${output}${code}` : output };
}

/** Loads a built module and calls its `main(args)`. */
export async function runMain(path, args) {
  process.setSourceMapsEnabled(true);
  await createRequire(import.meta.url)(at("dist", path)).main(args);
}

/** The end of every program here: an expected fault is a line, anything else a stack. */
export async function orSayWhy(work) {
  try {
    await work();
  } catch (error) {
    const isPlain = error instanceof SetupError || error?.name === "StartError";
    console.error(isPlain ? error.message : error);
    process.exit(1);
  }
}
