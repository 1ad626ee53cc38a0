import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cli/import";
import type { World } from "../support/world";

export interface Desk {
  folder: string;
  /** Writes a file; gives back its path. */
  file(name: string, content: string | Buffer): string;
  read(path: string): string[];
  /** npm run import; its exit code and what it said. */
  import(args: string[], key?: string): Promise<{ code: number; said: string[] }>;
  close(): void;
}

export function importDesk(world: World): Desk {
  const folder = mkdtempSync(join(tmpdir(), "strata-import-"));
  return {
    folder,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    read: (path) => readFileSync(path, "utf8").trimEnd().split("\n"),
    async import(args, key = world.adminKey) {
      const said: string[] = [];
      const code = await run([...args, "--key", key], { STRATA_URL: world.url }, (line) => said.push(line));
      return { code, said };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const SAVE_WAREHOUSE = `mutation ($input: SaveWarehouseInput!) { saveWarehouse(input: $input) { userErrors { code message } } }`;
