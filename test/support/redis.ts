import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { wait } from "../../shared/db/retry";

/** Where a Redis server's program is: the machine's, or the distribution's, installed when this is root and apt offers one. */
export function redisProgram(): string | undefined {
  const found = () => tried("sh", ["-c", "command -v redis-server || command -v valkey-server"])?.trim();
  const here = found();
  if (here || process.getuid?.() !== 0) return here;
  tried("apt-get", ["update", "-q"]);
  // The program alone: no service of the distribution's is started.
  tried("apt-get", ["install", "-q", "-y", "--no-install-recommends", "redis-tools", "redis-server"], { RUNLEVEL: "1" });
  return found();
}

function tried(program: string, args: string[], env: Record<string, string> = {}): string | undefined {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env } });
  } catch {
    return undefined;
  }
}

/** A Redis of a test's own, which keeps nothing. */
export class TestRedis {
  private child?: ChildProcess;

  constructor(
    private readonly program: string,
    private readonly port: number,
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];
    this.child = spawn(this.program, args, { stdio: "ignore" });
    for (const end = Date.now() + 10_000; !(await this.listens()); await wait(50))
      if (Date.now() > end) throw new Error("the Redis of this test does not start");
  }

  /** Kills it, as a machine that is gone. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  pause = (on: boolean): boolean => this.child!.kill(on ? "SIGSTOP" : "SIGCONT");

  private listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1", () => resolve(socket.destroy() !== undefined));
      socket.once("error", () => resolve(false));
    });
  }
}
