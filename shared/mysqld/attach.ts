import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerFile } from "./folder";
import { serversIn } from "./processes";

/** The addresses of the private databases that a running Strata has in a data folder; undefined when none runs there. */
export function runningDatabase(dataDir: string): { primaryUrl: string; migrationUrl: string; replicaUrls: string[] } | undefined {
  const path = join(dataDir, "server.json");
  if (!existsSync(path) || serversIn(join(dataDir, "primary")).length === 0) return undefined;
  const { ports, passwords } = JSON.parse(readFileSync(path, "utf8")) as ServerFile;
  const url = (user: "strata" | "strata_migrate", port: number) => `mysql://${user}:${passwords[user]}@127.0.0.1:${port}`;
  return {
    primaryUrl: url("strata", ports.primary),
    migrationUrl: url("strata_migrate", ports.primary),
    replicaUrls: [url("strata", ports.replica)],
  };
}
