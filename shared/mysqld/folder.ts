import { createHash, randomBytes } from "node:crypto";
import { constants, existsSync, readdirSync, rmSync } from "node:fs";
import { chmod, cp, mkdir, readFile, realpath, rename, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Passwords } from "./admin.sql";
import { plainCause, StartError } from "./fault";
import { isOlder, serverName, type ServerBinary, type ServerKind } from "./find";
import { beginningOf, pause } from "./processes";

const LEAST_FREE_BYTES = 300e6;
/** A socket's path holds at most 107 bytes (103 on macOS). */
const LONGEST_SOCKET_PATH = 100;

/** What a data folder's server.json keeps: who made the data, where its servers listen, and the passwords. */
export interface ServerFile {
  kind: ServerKind;
  version: string;
  ports: { primary: number; replica: number };
  passwords: Passwords;
}

/** Makes the folder for this user alone and returns its true path. Says so when it cannot, or when its disk is full. */
export async function openDataDir(dataDir: string): Promise<string> {
  try {
    if (!existsSync(dataDir)) await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(join(dataDir, ".writable"), "");
    await rm(join(dataDir, ".writable"));
    const { bavail, bsize } = await statfs(dataDir);
    if (bavail * bsize < LEAST_FREE_BYTES) throw new Error("No space left");
    return await realpath(dataDir);
  } catch (error) {
    throw new StartError(
      plainCause(dataDir, (error as Error).message) ?? `The folder ${dataDir} cannot be used: ${(error as Error).message}.`,
    );
  }
}

/**
 * Takes the folder for this process, or refuses with the pid that has it. Each candidate puts down a file of its own
 * first and looks round afterwards, so of two at once at least one sees the other; nobody ever removes a live owner's file.
 */
export async function ownFolder(dataDir: string): Promise<() => void> {
  const ours = `owner.${process.pid}.${beginningOf(process.pid)}`;
  for (let attempt = 1; ; attempt++) {
    await writeFile(join(dataDir, ours), "", { flag: "wx" }).catch(() => {
      throw new StartError(`This process already runs the databases in ${dataDir}.`);
    });
    const rival = owners(dataDir).find((name) => name !== ours);
    const release = () => rmSync(join(dataDir, ours), { force: true });
    if (!rival) return release;
    release();
    if (attempt === 3) {
      const pid = rival.split(".")[1];
      throw new StartError(`Another Strata (pid ${pid}) uses ${dataDir}: stop it, or set STRATA_DATA_DIR to another folder.`);
    }
    await pause(50 + Math.random() * 150);
  }
}

/** The owner files of live processes; those that the dead left are removed. */
function owners(dataDir: string): string[] {
  const names = readdirSync(dataDir).filter((name) => name.startsWith("owner."));
  return names.filter((name) => {
    const [, pid, beginning] = name.split(".");
    const alive = beginningOf(Number(pid)) === beginning;
    if (!alive) rmSync(join(dataDir, name), { force: true });
    return alive;
  });
}

/** Reads server.json, or writes a new one with random passwords when the folder holds no data yet. */
export async function openServerFile(dataDir: string, server: ServerBinary): Promise<ServerFile> {
  const path = join(dataDir, "server.json");
  if (existsSync(path)) {
    const file = JSON.parse(await readFile(path, "utf8")) as ServerFile;
    checkServerFits(dataDir, file, server);
    return { ...file, version: server.version };
  }
  if (existsSync(join(dataDir, "primary")))
    throw new StartError(
      `${path} with the database passwords is missing: restore it from a backup, or move ${dataDir} away to start afresh.`,
    );
  const password = () => randomBytes(18).toString("base64url");
  const passwords = { root: password(), strata: password(), strata_migrate: password(), strata_repl: password() };
  return { kind: server.kind, version: server.version, ports: { primary: 0, replica: 0 }, passwords };
}

function checkServerFits(dataDir: string, file: ServerFile, server: ServerBinary): void {
  if (file.kind === server.kind && !isOlder(majorOf(server.version), majorOf(file.version))) return;
  throw new StartError(
    `The data in ${dataDir} was made by ${serverName(file)} and the server found is ${serverName(server)}: name a fitting one in STRATA_MYSQLD, or set STRATA_DATA_DIR to another folder.`,
  );
}

const majorOf = (version: string): string => version.split(".").slice(0, 2).join(".");

export async function saveServerFile(dataDir: string, file: ServerFile): Promise<void> {
  const path = join(dataDir, "server.json");
  await writeFile(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Sockets lie beside the data, or in a private folder with a short path where that would be too long. */
export async function socketPath(dataDir: string, name: string): Promise<string> {
  const beside = join(dataDir, `${name}.sock`);
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET_PATH) return beside;
  const folder = shortFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700); // Fails when the folder is another user's.
  return join(folder, `${name}.sock`);
}

export const removeShortFolder = (dataDir: string): Promise<void> => rm(shortFolder(dataDir), { recursive: true, force: true });

const shortFolder = (dataDir: string): string =>
  join(tmpdir(), `strata-${createHash("sha256").update(dataDir).digest("hex").slice(0, 12)}`);

/** Copies the data of a server that does not run. The copy becomes visible only when it is complete. */
export async function copyDataFolder(from: string, to: string): Promise<void> {
  await rm(`${to}.new`, { recursive: true, force: true });
  await mkdir(dirname(to), { recursive: true });
  await cp(from, `${to}.new`, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    // Each server makes an identity of its own.
    filter: (path) => !/(auto\.cnf|mysqld\.pid|ibtmp1|\.sock(\.lock)?)$|\/owner\.[^/]*$/.test(path),
  });
  await rename(`${to}.new`, to);
}
