import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * The database servers that work in a folder, found by their command lines: no pid file can be stale, and no other
 * process can be taken for one of ours.
 */
export function serversIn(folder: string): number[] {
  const option = `--datadir=${folder}`;
  return existsProc ? fromProc(option) : fromPs(option);
}

/** Something that no later process with the same pid has: the moment the process began. Undefined when it is gone. */
export function beginningOf(pid: number): string | undefined {
  try {
    if (!existsProc) return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).replace(/\W/g, "") || undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

export async function waitUntil(done: () => boolean, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; !done(); await pause(20)) if (Date.now() > end) return false;
  return true;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Stops the servers of a folder: asks first, and ends them when they did not stop in time. */
export async function stopServersIn(folder: string, patienceMs = 30_000): Promise<void> {
  const gone = () => serversIn(folder).length === 0;
  for (const signal of ["SIGCONT", "SIGTERM"] as const) signalAll(serversIn(folder), signal);
  if (await waitUntil(gone, patienceMs)) return;
  signalAll(serversIn(folder), "SIGKILL");
  await waitUntil(gone, 5_000);
}

export function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}

const existsProc = (() => {
  try {
    return readFileSync("/proc/self/stat").length > 0;
  } catch {
    return false;
  }
})();

function fromProc(option: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(option);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function fromPs(option: string): number[] {
  const lines = execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 16e6 }).split("\n");
  return lines.filter((line) => `${line} `.includes(` ${option} `)).map((line) => Number.parseInt(line, 10));
}
