import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { firstStatements, type Passwords } from "./admin.sql";
import { plainCause, StartError } from "./fault";
import { firstOptions, type ServerBinary } from "./find";
import { asThisUser, temporaryFolder } from "./options";

/** Makes a data folder with our users and empty schemas. It gets its name only when it is complete. */
export async function initialise(server: ServerBinary, folder: string, passwords: Passwords): Promise<void> {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const statements = firstStatements(server.kind, passwords).join("\n");
  if (server.kind === "mariadb") await initialiseMariadb(server, unfinished, statements);
  else await initialiseMysql(server, unfinished, statements);
  await rename(unfinished, folder);
}

/** What mariadb-install-db does, without its need of other programs: the system tables' script on standard input. */
async function initialiseMariadb(server: ServerBinary, folder: string, statements: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const scripts = await Promise.all(["system_tables", "performance_tables", "system_tables_data"].map((name) => scriptOf(server, name)));
  const input = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket = NULL;", ...scripts, statements, ""].join("\n");
  const quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=16M", "--log-warnings=0", "--enforce-storage-engine="];
  await run(server, folder, ["--bootstrap", ...quick], input);
}

async function initialiseMysql(server: ServerBinary, folder: string, statements: string): Promise<void> {
  const file = `${folder}.sql`;
  await writeFile(file, `${statements}\n`, { mode: 0o600 });
  const quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-redo-log-capacity=64M", "--skip-log-bin"];
  const certificates = ["--mysqlx=OFF", "--auto-generate-certs=OFF", "--tls-version="];
  await run(server, folder, ["--initialize-insecure", `--init-file=${file}`, ...quick, ...certificates]);
  await rm(file);
}

async function scriptOf(server: ServerBinary, name: string): Promise<string> {
  const prefix = dirname(dirname(realpathSync(server.path)));
  const folders = [prefix, "/usr", "/usr/local"].flatMap((root) => [
    join(root, "share/mysql"),
    join(root, "share/mariadb"),
    join(root, "share"),
  ]);
  const files = folders.flatMap((folder) => [join(folder, `mysql_${name}.sql`), join(folder, `mariadb_${name}.sql`)]);
  const file = files.find((path) => existsSync(path));
  if (!file) throw new StartError(`${server.path} lacks its share folder (mysql_${name}.sql): install the whole MariaDB server package.`);
  return readFile(file, "utf8");
}

async function run(server: ServerBinary, folder: string, args: string[], input = ""): Promise<void> {
  const temporary = temporaryFolder(folder);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const place = [`--datadir=${folder}`, `--tmpdir=${temporary}`];
  const child = spawn(server.path, [...(await firstOptions(server)), ...asThisUser(), ...place, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  child.stdin.on("error", () => undefined); // It ended before it read everything; its exit code tells.
  child.stdin.end(input);
  const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  await rm(temporary, { recursive: true, force: true });
  if (code === 0) return;
  const reason = said.split("\n").findLast((line) => /error/i.test(line) && !/Aborting/.test(line)) ?? said.trim().split("\n").pop();
  throw new StartError(plainCause(dirname(folder), said) ?? `${server.path} could not make its data in ${folder}: ${reason}`);
}
