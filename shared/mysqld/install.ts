import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { StartError } from "./fault";
import { findServer, isTooOld, type ServerBinary, type ServerKind } from "./find";
import type { Lines } from "./lines";

/** Core packages bring the program and its tables, and no system service. */
const PACKAGES: [string, ServerKind][] = [
  ["mariadb-server-core", "mariadb"],
  ["mysql-server-core-8.4", "mysql"],
  ["mysql-server-core", "mysql"],
];

const WAYS_OUT =
  "install one (Debian, Ubuntu: apt-get install mariadb-server-core; macOS: brew install mariadb), run `docker compose up`, or set STRATA_PRIMARY_URL to a server that runs.";

/** The server that is there, or the distribution's, installed when this is root on Debian or Ubuntu. */
export async function findOrInstallServer(env: NodeJS.ProcessEnv, log: Lines): Promise<ServerBinary> {
  return (await findServer(env)) ?? installServer(env, log);
}

export async function installServer(env: NodeJS.ProcessEnv, log: Lines): Promise<ServerBinary> {
  const none = "No database server (MySQL 8.4 or MariaDB 10.11, or newer) was found";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw new StartError(`${none}: ${WAYS_OUT}`);
  log.info(`${none}: asking apt for one.`);
  await apt(["update"], env);
  const name = await fittingPackage();
  if (!name) throw new StartError(`${none}, and apt offers none that is new enough: ${WAYS_OUT}`);
  log.info(`Installing ${name} (programs only, no system service).`);
  await apt(["install", "-y", "--no-install-recommends", name], env);
  const server = await findServer(env);
  if (!server) throw new StartError(`apt installed ${name}, but it holds no mysqld or mariadbd: ${WAYS_OUT}`);
  return server;
}

async function fittingPackage(): Promise<string | undefined> {
  for (const [name, kind] of PACKAGES) {
    const { stdout } = await promisify(execFile)("apt-cache", ["policy", name], { env: { ...process.env, LC_ALL: "C" } });
    const version = /Candidate: (?:\d+:)?(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1];
    if (version && !isTooOld(kind, version)) return name;
  }
  return undefined;
}

/** Silent when it works; when not, the last line that apt wrote. */
async function apt(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  if (code !== 0) throw new StartError(`apt-get ${args[0]} failed (${said.trim().split("\n").pop()}): ${WAYS_OUT}`);
}
