import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../shared/root";

const configPath = join(projectRoot, "cli", "reference.yml");
const generator = join(projectRoot, "node_modules", "spectaql", "bin", "spectaql.js");
const NAME = "reference.html";

/** What a page says it was made of: the generator takes some seconds, and is asked only when that has changed. */
export const referenceMark = (contract: string): string =>
  `<!-- made of ${createHash("sha256").update(contract).update(readFileSync(configPath)).digest("hex")} -->\n`;

/** The reference pages of a contract, as one file that needs nothing else; nothing when those written are of this contract. */
export function makeReference(contract: string, path: string): string | undefined {
  const mark = referenceMark(contract);
  if (existsSync(path) && readFileSync(path, "utf8").startsWith(mark)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "strata-reference-"));
  try {
    const schema = join(folder, "schema.graphql");
    writeFileSync(schema, contract);
    const options = ["--quiet", "--one-file", "--target-dir", folder, "--target-file", NAME, "--schema-file", schema];
    execFileSync(process.execPath, [generator, ...options, "-c", configPath], {
      cwd: projectRoot,
      stdio: "pipe",
      env: { ...process.env, TMPDIR: folder },
    });
    return mark + readFileSync(join(folder, NAME), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
