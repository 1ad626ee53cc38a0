const QUIET_LINE_EVERY_MS = 3_000;

/** One line redrawn on a terminal; elsewhere a line every few seconds. */
export class ProgressLine {
  private lastAt = 0;
  private startedAt = Date.now();
  private what = "";

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  show(done: number, total: number, what: string, detail = ""): void {
    if (what !== this.what) {
      this.end();
      this.what = what;
      this.startedAt = Date.now();
      this.lastAt = this.out.isTTY ? 0 : Date.now();
    }
    const finished = done === total;
    if (!finished && Date.now() - this.lastAt < (this.out.isTTY ? 50 : QUIET_LINE_EVERY_MS)) return;
    this.lastAt = Date.now();
    const line = `${what.padEnd(16)} ${this.bar(done, total)}${done}/${total}  ${this.rate(done)}/s${detail && `  ${detail}`}`;
    this.out.write(this.out.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    if (finished) this.end();
  }

  /** Leaves the line that is being redrawn. */
  end(): void {
    if (this.what && this.out.isTTY) this.out.write("\n");
    this.what = "";
  }

  private bar(done: number, total: number): string {
    if (!this.out.isTTY) return "";
    const width = 24;
    const filled = total === 0 ? width : Math.round((done / total) * width);
    return `[${"#".repeat(filled)}${".".repeat(width - filled)}] `;
  }

  private rate(done: number): number {
    return Math.round(done / Math.max(0.001, (Date.now() - this.startedAt) / 1000));
  }
}
