import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { described, type Log } from "../shared/log";
import { writePrivately } from "./private-file";

/** When each key was last used, by its id, RFC 3339. Beside the keys and not among them: who writes it never undoes a revocation. */
export type KeyUse = Record<string, string>;

const WRITE_MS = 60_000;

export const keyUsePath = (dataDir: string): string => join(dataDir, "key-use.json");

export const readKeyUse = (path: string): KeyUse => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as KeyUse) : {});

/** Notes in memory when keys are used, and writes it once a minute: no request pays for it, a crash forgets a minute. */
export class KeyUseNotes {
  private readonly noted = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly path: string,
    private readonly log: Log,
  ) {
    this.timer = setInterval(() => this.write(), WRITE_MS).unref();
  }

  note(id: string): void {
    this.noted.set(id, Date.now());
  }

  /** With what other gateways of the same folder have written; the later time stays. */
  write(): void {
    if (this.noted.size === 0) return;
    try {
      const use = readKeyUse(this.path);
      for (const [id, at] of this.noted) if (!(Date.parse(use[id]) > at)) use[id] = new Date(at).toISOString();
      writePrivately(this.path, use);
      this.noted.clear();
    } catch (error) {
      this.log.warn({ path: this.path, error: described(error) }, "when keys were last used cannot be written");
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.write();
  }
}
