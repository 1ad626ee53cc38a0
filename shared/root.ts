import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's folder, from the sources as from the build: where package.json lies. */
export const projectRoot: string = rootAbove(__dirname);

function rootAbove(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : rootAbove(dirname(folder));
}
