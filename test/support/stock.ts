import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { firstOptions } from "../../shared/mysqld/find";
import type { ServerFile } from "../../shared/mysqld/folder";
import { freePort } from "../../shared/mysqld/instance";
import { asThisUser } from "../../shared/mysqld/options";
import { connectAsRoot } from "../../shared/mysqld/admin.sql";
import { pause } from "../../shared/mysqld/processes";
import { copyTemplate, guardedFolder, testServer, type TestDatabaseOptions } from "./database";

/** A database server as it comes: nothing is stated but its place. What Strata states is compared with it, and works on it. */
export async function stockServer(options: TestDatabaseOptions): Promise<{ url: string; close: () => Promise<void> }> {
  const server = await testServer();
  const { folder, close } = await guardedFolder("strata-stock");
  const dataDir = join(folder, "data");
  await copyTemplate(dataDir, server, options);
  const { passwords } = JSON.parse(await readFile(join(dataDir, "server.json"), "utf8")) as ServerFile;
  const port = await freePort();
  const socket = join(folder, "s");
  await mkdir(join(folder, "tmp"));
  const place = [
    `--datadir=${join(dataDir, "primary")}`,
    `--tmpdir=${join(folder, "tmp")}`,
    `--socket=${socket}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
  ];
  if (server.kind === "mysql") place.push("--secure-file-priv=NULL", "--mysqlx=OFF"); // A folder that packages make; a port of its own.
  spawn(server.path, [...(await firstOptions(server)), ...asThisUser(), ...place], { detached: true, stdio: "ignore" }).unref();
  for (const end = Date.now() + 30_000; ; await pause(50)) {
    const connection = await connectAsRoot(socket, passwords.root).catch(() => undefined);
    await connection?.end();
    if (connection) return { url: `mysql://strata:${passwords.strata}@127.0.0.1:${port}`, close };
    if (Date.now() > end) {
      await close();
      throw new Error(`${server.path} with its own settings did not answer within 30 s`);
    }
  }
}
