import { existsSync } from "node:fs";
import { Caller, Refused } from "./demo/call";
import { CallFailed, httpClient } from "./demo/client";
import { DataFault } from "./demo/csv";
import { demoKeys } from "./demo/keys";
import { UsageFault } from "./demo/options";
import { ProgressLine } from "./demo/progress";
import { ErrorsFile } from "./import/errors-file";
import { countRows, handInFile } from "./import/hand-in";
import { saveItems } from "./import/item-columns";
import { HELP, importOptions, type ImportOptions } from "./import/options";

const CONNECTIONS = 8;

/** npm run import: hands files of items and movements to a running Strata. The exit code. */
export async function run(args: string[], env: NodeJS.ProcessEnv, say: (line: string) => void = console.log): Promise<number> {
  const options = importOptions(args, env);
  if (options === "help") {
    say(HELP);
    return 0;
  }
  for (const path of [options.items, options.file])
    if (path !== undefined && !existsSync(path)) throw new UsageFault(`there is no file ${path}`);
  const client = httpClient(options.url, demoKeys(env, options.key).admin, CONNECTIONS);
  const progress = new ProgressLine();
  try {
    const caller = new Caller(client);
    if (options.items !== undefined) say(`${await saveItems(caller, options.items, progress)} items saved`);
    return options.file === undefined ? 0 : await importFile(caller, options.file, options, progress, say);
  } finally {
    progress.end();
    await client.close();
  }
}

async function importFile(
  caller: Caller,
  path: string,
  { source, validate }: ImportOptions,
  progress: ProgressLine,
  say: (line: string) => void,
): Promise<number> {
  const from = Date.now();
  const total = await countRows(path);
  const errors = new ErrorsFile(`${path.replace(/\.csv$/, "")}.errors.csv`);
  let rows = 0;
  const done = (some: number) => progress.show((rows += some), total, "rows", errors.rows > 0 ? `${errors.rows} refused` : "");
  try {
    const { posted, failed } = await handInFile({ caller, source, path, validateOnly: validate, errors, done });
    progress.end();
    const seconds = (Date.now() - from) / 1_000;
    say(
      `${posted} ${validate ? "rows could be posted" : "rows posted"}, ${failed} refused, ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} rows/s`,
    );
    if (failed > 0) say(`what was refused, and why: ${errors.path}`);
    return failed > 0 ? 1 : 0;
  } finally {
    errors.close();
  }
}

/** What a person can put right is one line; anything else is a fault of the importer, with its stack. */
function explain(error: unknown): string {
  if (error instanceof UsageFault || error instanceof DataFault) return error.message;
  if (error instanceof Refused) return `the whole was refused: ${error.message}`;
  if (!(error instanceof CallFailed)) return (error as Error).stack ?? String(error);
  if (error.code === "NO_ANSWER") return `${error.message}: start Strata with npm start, or set STRATA_URL; the same command goes on`;
  return `${error.code}: ${error.message}`;
}

export async function main(args: string[]): Promise<void> {
  try {
    process.exitCode = await run(args, process.env);
  } catch (error) {
    console.error(`import: ${explain(error)}`);
    process.exitCode = 2;
  }
}
