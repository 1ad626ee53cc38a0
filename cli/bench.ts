import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ledgerRows } from "../bench/ledger";
import { importRows } from "../bench/imports";
import { openPlace, type Place } from "../bench/place";
import { describeMachine } from "../bench/ratio";
import { releasedRows } from "../bench/released";
import { availabilityRows, gatewayRows, overloadRows, reservationRows, type Row, type RowOptions } from "../bench/rows";
import { scaleRows } from "../bench/scale";
import { sourcingRows } from "../bench/sourcing";
import { StartError } from "../shared/mysqld/fault";
import { projectRoot } from "../shared/root";

const GROUPS = {
  reserve: reservationRows,
  overload: overloadRows,
  gateway: gatewayRows,
  availability: availabilityRows,
  import: importRows,
  sourcing: sourcingRows,
  released: releasedRows,
};
/** Measured only when asked for: they fill a database first. */
const LONG_GROUPS = { ledger: ledgerRows, scale: scaleRows };
const ALL_GROUPS = { ...GROUPS, ...LONG_GROUPS };
type Group = keyof typeof ALL_GROUPS;

const HELP = `npm run bench [-- --quick] [--only ${Object.keys(ALL_GROUPS).join("|")}] [--connections N] [--lines N] [--profile DIR]

Measures Strata beside what it is to be compared with, on one private database with full durability (innodb_flush_log_at_trx_commit
and sync_binlog 1) and this machine, in turns, and prints the medians and their ratios. Figures are never asserted.
  --quick        under a minute instead of four; for a first look, not for quoting
  --only NAME    one group of rows; ledger, which takes ten minutes, only so: ten million lines beside ten thousand
  --connections  callers of single reservations, each asking again as soon as it is answered (256)
  --lines N      lines of the large ledger (10000000, with --quick 500000)
  --profile DIR  writes a CPU profile of each embedded Strata there`;

const FULL = { seconds: 4, warmupSeconds: 1, rounds: 3, budgetMs: 190_000 };
const QUICK = { seconds: 0.8, warmupSeconds: 0.3, rounds: 3, budgetMs: 42_000 };
const SHOWN_PACKAGES = ["@apollo/gateway", "@apollo/server", "graphql", "mysql2", "undici", "fastify"];

/** npm run bench. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean" },
      only: { type: "string" },
      connections: { type: "string", default: "256" },
      profile: { type: "string" },
      lines: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.only !== undefined && !Object.hasOwn(ALL_GROUPS, values.only))
    throw new StartError(`--only ${values.only}: use one of ${Object.keys(ALL_GROUPS).join(", ")}.`);
  const connections = Number(values.connections);
  if (!Number.isInteger(connections) || connections < 1 || connections > 5_000)
    throw new StartError("--connections is a whole number from 1 to 5000.");

  const lines = values.lines === undefined ? undefined : Number(values.lines);
  if (lines !== undefined && (!Number.isInteger(lines / 10_000) || lines < 10_000 || lines > 100_000_000))
    throw new StartError("--lines is a multiple of 10000 up to 100000000.");

  const { budgetMs, ...length } = values.quick ? QUICK : FULL;
  const place = await openPlace(console.log);
  const interrupted = () => void place.close().then(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    for (const line of await describeMachine(place.db.migrationUrl)) console.log(line);
    console.log(`versions: ${SHOWN_PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(", ")}`);
    console.log(
      `load:     ${loadavg()[0]!.toFixed(1)} before the first run${values.quick ? "; --quick: short runs, not for quoting" : ""}`,
    );
    const names = values.only ? [values.only as Group] : (Object.keys(GROUPS) as Group[]);
    printRows(
      await measureGroups(place, names, {
        ...length,
        connections,
        until: Date.now() + budgetMs,
        profileDir: values.profile,
        quick: values.quick ?? false,
        lines,
      }),
    );
  } finally {
    await place.close();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
  }
}

/** One group after the other; what goes wrong in one is said and the others go on. */
async function measureGroups(place: Place, names: Group[], options: RowOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    console.log(`\n${name}`);
    try {
      rows.push(...(await ALL_GROUPS[name](place, options)));
    } catch (error) {
      console.log(`  could not be measured: ${(error as Error).message}`);
    }
  }
  return rows;
}

function printRows(rows: Row[]): void {
  console.log(`\n${"medians".padEnd(50)} ${"per second".padStart(10)} : ${"against".padStart(8)} = ratio  goal`);
  for (const { what, ours, theirs, goal } of rows) {
    const ratio = (ours.rate / theirs.rate).toFixed(2);
    const figures = `${ours.rate.toFixed(0).padStart(10)} : ${theirs.rate.toFixed(0).padStart(8)} = ${ratio.padStart(5)}`;
    console.log(
      `${what.padEnd(50)} ${figures}  ${goal ? `>= ${goal}` : "-"}  (${theirs.name}; p50 ${ours.p50Ms.toFixed(1)} : ${theirs.p50Ms.toFixed(1)} ms, p99 ${ours.p99Ms.toFixed(1)} : ${theirs.p99Ms.toFixed(1)} ms)`,
    );
  }
}

function versionOf(name: string): string {
  const file = readFileSync(join(projectRoot, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
