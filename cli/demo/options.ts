import { parseArgs } from "node:util";

export interface DemoOptions {
  url: string;
  dataDir?: string;
  limit: number;
  concurrency: number;
  channel?: string;
  currency: string;
  run: string;
  key?: string;
  reconcile: boolean;
  strategy: Strategy;
  mishaps: number;
}

const STRATEGIES = ["PRIORITY", "NEAREST", "FEWEST_SHIPMENTS", "CHEAPEST", "BALANCED"] as const;
export type Strategy = (typeof STRATEGIES)[number];

export const HELP = `npm run demo -- [options]   replays orders through a running Strata

  --data DIR        CSV files in the documented shape, of Northwind or of Online Retail (default: the sample shop)
  --limit N         only the first N orders
  --concurrency N   orders at once (default 8)
  --channel CODE    only the orders of this channel
  --currency CODE   currency of costs and warehouses (default EUR; one server has one)
  --strategy NAME   how orders are sourced: ${STRATEGIES.join(", ")} (default NEAREST)
  --mishaps PERCENT of shipments picked short, of orders returned in part, of orders after which stock is transferred (default 0)
  --run NAME        name of the run, part of order numbers and keys; the same name again repeats no order
  --key KEY         an API key with every scope, used for everything
  --no-reconcile    ends without npm run reconcile
  STRATA_URL        where Strata answers (default http://127.0.0.1:4000/graphql)`;

/** A wrong command line: one line for the person who typed it. */
export class UsageFault extends Error {}

export function demoOptions(args: string[], env: NodeJS.ProcessEnv): DemoOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const known = {
    data: text,
    limit: text,
    concurrency: text,
    channel: text,
    currency: text,
    run: text,
    key: text,
    strategy: text,
    mishaps: text,
    "no-reconcile": flag,
    help: flag,
  };
  const values = parse(args, known);
  if (values.help) return "help";
  return {
    url: webAddress(env.STRATA_URL ?? "http://127.0.0.1:4000/graphql"),
    dataDir: values.data,
    limit: whole("--limit", values.limit, Number.MAX_SAFE_INTEGER),
    concurrency: whole("--concurrency", values.concurrency, 8),
    channel: values.channel,
    currency: values.currency ?? "EUR",
    run: runName(values.run),
    key: values.key,
    reconcile: !values["no-reconcile"],
    strategy: strategyNamed(values.strategy ?? "NEAREST"),
    mishaps: percent("--mishaps", values.mishaps ?? "0"),
  };
}

function parse<T extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(args: string[], options: T) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageFault(`${(error as Error).message.split("\n")[0]}; see npm run demo -- --help`);
  }
}

function whole(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageFault(`${option} ${text}: give a whole number of at least 1`);
  return Number(text);
}

function percent(option: string, text: string): number {
  if (!/^\d{1,2}$|^100$/.test(text)) throw new UsageFault(`${option} ${text}: give a whole number from 0 to 100`);
  return Number(text);
}

function strategyNamed(text: string): Strategy {
  const strategy = STRATEGIES.find((name) => name === text);
  if (!strategy) throw new UsageFault(`--strategy ${text}: give one of ${STRATEGIES.join(", ")}`);
  return strategy;
}

function runName(text: string | undefined): string {
  if (text === undefined) return Date.now().toString(36).slice(-6);
  if (!/^[\w-]{1,12}$/.test(text)) throw new UsageFault(`--run ${text}: give 1 to 12 letters, digits, - or _`);
  return text;
}

export function webAddress(text: string): string {
  if (!/^https?:\/\/[^/]+\/./.test(text))
    throw new UsageFault(`STRATA_URL ${text}: give a full address such as http://127.0.0.1:4000/graphql`);
  return text;
}
