import { dirname, join, normalize } from "node:path";

/** A source file, by its path from the project's folder. */
export interface Source {
  path: string;
  text: string;
}

const LONGEST_FILE = 300;
/** A table of cases or a story may be longer. */
const LONGEST_TEST = 450;
const IMPORT = /(?:from|import|require\()\s*["'](\.[^"']+)["']/g;

const layerOf = (path: string): string | undefined => /^services\/([^/]+)\//.exec(path)?.[1];

/** Where a file's relative imports lead, as paths from the project's folder. */
function imports({ path, text }: Source): string[] {
  return [...text.matchAll(IMPORT)].map(([, target]) => normalize(join(dirname(path), target)));
}

/** Layers import shared/ and themselves, never each other; shared/ imports no layer and no gateway. */
export function crossesLayers(source: Source): string[] {
  const own = layerOf(source.path);
  return imports(source)
    .filter(
      (target) =>
        (own && /^(services|gateway|cli)\//.test(target) && layerOf(target) !== own) ||
        (source.path.startsWith("shared/") && /^(services|gateway|cli)\//.test(target)),
    )
    .map((target) => `${source.path} imports ${target}`);
}

// Statements of SQL in quotes: a keyword in capitals with what must follow it.
const SQL =
  /["'`]\s*(SELECT\s+[\w@*(`]|INSERT\s+(IGNORE\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+TABLE|ALTER\s+TABLE|DROP\s+TABLE|GRANT\s|REPLACE\s+INTO\s)/;

/** SQL text stands in *.sql.ts and *.migrations.ts (and a layer's migrations/ folder); a test may look into the tables. */
export function hasStraySql({ path, text }: Source): string[] {
  if (/\.sql\.ts$|\.migrations\.ts$|\/migrations\/|^test\//.test(path)) return [];
  return text.split("\n").flatMap((line, i) => (SQL.test(line) ? [`${path}:${i + 1} has SQL`] : []));
}

/** A long file wants a reason: it says `tidy: long because ...` in its first lines. */
export function isTooLong({ path, text }: Source): string[] {
  const lines = text.split("\n").length - 1;
  if (lines <= (path.startsWith("test/") ? LONGEST_TEST : LONGEST_FILE) || /tidy: long because/.test(text.slice(0, 500))) return [];
  return [`${path} has ${lines} lines`];
}

/** A random or wall-clock wait hides a race: tests wait for a state. Deadlines of holds and leases are states of the clock. */
export function sleepsBlindly({ path, text }: Source): string[] {
  if (!path.startsWith("test/") || !path.endsWith(".test.ts")) return [];
  return text.split("\n").flatMap((line, i) => (/setTimeout\([^,]+,\s*\d{3,}\)/.test(line) ? [`${path}:${i + 1} sleeps`] : []));
}

/** Paths of one machine and hosts of package registries do not belong in the project. */
export function namesMachine({ path, text }: Source): string[] {
  const named = new RegExp(["registry\\.npm" + "js\\.org", "deb\\.deb" + "ian\\.org", "/wo" + "rk/", "/ro" + "ot/"].join("|"));
  return text.split("\n").flatMap((line, i) => (named.test(line) ? [`${path}:${i + 1} names a machine or registry`] : []));
}

/** Nothing is left open. */
export function leavesOpen({ path, text }: Source): string[] {
  const open = new RegExp(["\\bTO" + "DO\\b", "\\bFIX" + "ME\\b", "\\.on" + "ly\\(", "^\\s*(test|it|describe)\\.sk" + "ip\\b"].join("|"));
  return text.split("\n").flatMap((line, i) => (open.test(line) ? [`${path}:${i + 1} is left open`] : []));
}

/** Messages of a database quote what it was given: what is logged of an error is `described` (shared/log.ts). */
export function logsMessages({ path, text }: Source): string[] {
  if (path.startsWith("test/")) return [];
  return [...text.matchAll(/\b[lL]og\.(?:trace|debug|info|warn|error)\([^;]*?(?:[eE]rror|fault)\)?\.(?:message|stack)/g)].map(
    () => `${path} logs an error's own text`,
  );
}

export const RULES = { crossesLayers, hasStraySql, isTooLong, sleepsBlindly, namesMachine, leavesOpen, logsMessages };
