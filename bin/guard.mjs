// node bin/guard.mjs FOLDER: when its standard input ends, its owner is gone; then the database servers that work under
// FOLDER are killed and FOLDER is removed. Tests use it, so that a test run that is killed leaves nothing behind.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";

const folder = process.argv[2];
process.stdin.resume().on("end", clear).on("error", clear);

function clear() {
  for (const pid of servers()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended in the meantime.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function servers() {
  const option = `--datadir=${folder}/`;
  if (process.platform !== "linux") {
    const lines = execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
    return lines.filter((line) => line.includes(` ${option}`)).map((line) => Number.parseInt(line, 10));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandOf(name).some((argument) => argument.startsWith(option)))
    .map(Number);
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
