import { execFile } from "node:child_process";
import { access, constants, open } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { StartError } from "./fault";

export type ServerKind = "mysql" | "mariadb";

/** A database server's program that Strata can run its private databases with. */
export interface ServerBinary {
  path: string;
  kind: ServerKind;
  version: string;
}

const OLDEST: Record<ServerKind, string> = { mysql: "8.4", mariadb: "10.11" };
const NAMES = ["mysqld", "mariadbd"];
const USUAL_FOLDERS = [
  "/usr/sbin",
  "/usr/libexec",
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/local/mysql/bin",
  "/opt/homebrew/bin",
  "/opt/homebrew/opt/mysql/bin",
  "/opt/homebrew/opt/mysql@8.4/bin",
  "/opt/homebrew/opt/mariadb/bin",
  "/usr/local/opt/mysql/bin",
  "/usr/local/opt/mariadb/bin",
];

export const serverName = ({ kind, version }: Pick<ServerBinary, "kind" | "version">): string =>
  `${kind === "mysql" ? "MySQL" : "MariaDB"} ${version}`;

/** Numbers of a version compared one by one: 10.11 is newer than 10.9. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  const differing = b.findIndex((part, place) => (a[place] ?? 0) !== part);
  return differing >= 0 && (a[differing] ?? 0) < b[differing];
}

export const isTooOld = (kind: ServerKind, version: string): boolean => isOlder(version, OLDEST[kind]);

/** The server that STRATA_MYSQLD names, else the first that is new enough on the PATH and in the usual places. */
export async function findServer(env: NodeJS.ProcessEnv = process.env): Promise<ServerBinary | undefined> {
  if (env.STRATA_MYSQLD) return namedServer(resolve(env.STRATA_MYSQLD));
  const folders = new Set([...(env.PATH ?? "").split(delimiter).filter(Boolean), ...USUAL_FOLDERS]);
  let old: ServerBinary | undefined;
  for (const path of [...folders].flatMap((folder) => NAMES.map((name) => join(folder, name)))) {
    const server = await probe(path).catch(() => undefined);
    if (server && !isTooOld(server.kind, server.version)) return server;
    old ??= server;
  }
  if (old) throw tooOld(old);
  return undefined;
}

async function namedServer(path: string): Promise<ServerBinary> {
  const server = await probe(path).catch((error: Error) => {
    throw new StartError(
      `STRATA_MYSQLD names ${path}, which does not run as mysqld or mariadbd (${firstLine(error.message)}): correct it or unset it.`,
    );
  });
  if (isTooOld(server.kind, server.version)) throw tooOld(server);
  return server;
}

async function probe(path: string): Promise<ServerBinary> {
  await access(path, constants.X_OK);
  const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 10_000 });
  const version = /Ver\s+(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (!version) throw new Error(`it answers --version with "${firstLine(stdout)}"`);
  return { path, kind: /mariadb/i.test(stdout) ? "mariadb" : "mysql", version };
}

const tooOld = (server: ServerBinary): StartError =>
  new StartError(
    `${serverName(server)} at ${server.path} is too old: Strata needs MySQL ${OLDEST.mysql} or MariaDB ${OLDEST.mariadb}, or newer; install one and name it in STRATA_MYSQLD.`,
  );

const firstLine = (text: string): string => text.trim().split("\n")[0];

/** The first options of any command line: our own alone count. A wrapper script gives its own `--no-defaults`. */
export async function firstOptions(server: ServerBinary): Promise<string[]> {
  const file = await open(server.path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString() === "#!" ? [] : ["--no-defaults"];
  } finally {
    await file.close();
  }
}
