import { basename } from "node:path";
import { parseArgs } from "node:util";
import { UsageFault, webAddress } from "../demo/options";
import { COLUMNS, NEEDED } from "./movement-columns";
import { ITEM_COLUMNS, ITEM_NEEDED } from "./item-columns";

export interface ImportOptions {
  url: string;
  file?: string;
  items?: string;
  source: string;
  key?: string;
  validate: boolean;
}

export const HELP = `npm run import -- [FILE.csv] [options]   hands movements to a running Strata

  --items FILE.csv  items that are made or changed first
  --source NAME     where the rows come from (default: the file's name); the same name again is the same source
  --validate        says what would happen and posts nothing
  --key KEY         an API key with warehouse:write (default: STRATA_ADMIN_KEY, or the one of the first start)
  STRATA_URL        where Strata answers (default http://127.0.0.1:4000/graphql)

One row is one movement of one line. Columns: ${COLUMNS.join(", ")}; needed are ${NEEDED.join(", ")}. serials are parted by |.
Without idempotencyKey a row is known by its place in the file. Columns of items: ${ITEM_COLUMNS.join(", ")}; needed are ${ITEM_NEEDED.join(", ")}.
Rows that are refused are in FILE.errors.csv with their code, field and message: correct them there and hand that file in.
Interrupted, the same command goes on: no row is posted twice. Exit code 0: all posted, 1: rows were refused, 2: it could not run.`;

export function importOptions(args: string[], env: NodeJS.ProcessEnv): ImportOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parsed(() =>
    parseArgs({ args, allowPositionals: true, options: { items: text, source: text, key: text, validate: flag, help: flag } }),
  );
  if (values.help) return "help";
  const [file] = positionals;
  if (positionals.length > 1 || (file === undefined && values.items === undefined))
    throw new UsageFault("name one FILE.csv; see npm run import -- --help");
  const source =
    values.source ??
    basename(file ?? "")
      .replace(/(\.errors)*\.csv$/, "")
      .slice(0, 64);
  if (file !== undefined && !/^\S(.{0,62}\S)?$/.test(source)) throw new UsageFault(`--source ${source}: give 1 to 64 characters`);
  return {
    url: webAddress(env.STRATA_URL ?? "http://127.0.0.1:4000/graphql"),
    file,
    items: values.items,
    source,
    key: values.key,
    validate: values.validate ?? false,
  };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageFault(`${(error as Error).message.split("\n")[0]}; see npm run import -- --help`);
  }
}
