import { spawn } from "node:child_process";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import type { Connection } from "mysql2/promise";
import { connectAsRoot } from "./admin.sql";
import { plainCause, StartError } from "./fault";
import { firstOptions, serverName, type ServerBinary } from "./find";
import { serverOptions, temporaryFolder, type InstanceOptions } from "./options";
import { pause, serversIn, signalAll, stopServersIn, waitUntil } from "./processes";

const START_TIMEOUT_MS = 120_000; // A crash recovery of a large redo log takes its time.
const LONGEST_LOG_BYTES = 16e6;
const LOWEST_PORT = 20_000; // Below the ports of outgoing connections, which could take ours while a server is down.
const HIGHEST_PORT = 32_000;

/** One private server: the same folder and port over any number of starts. */
export class Instance {
  pid?: number;

  constructor(
    private readonly server: ServerBinary,
    private readonly options: InstanceOptions,
    private readonly rootPassword: string,
  ) {}

  get port(): number {
    return this.options.port;
  }

  get socket(): string {
    return this.options.socket;
  }

  get dataDir(): string {
    return this.options.folder;
  }

  /** For tests and repairs; the password and the socket are this user's alone. */
  get adminUrl(): string {
    return `mysql://root:${this.rootPassword}@localhost/?socketPath=${encodeURIComponent(this.options.socket)}`;
  }

  get logFile(): string {
    return `${this.options.folder}.log`;
  }

  admin(): Promise<Connection> {
    return connectAsRoot(this.options.socket, this.rootPassword);
  }

  /** Starts the server, detached so that Ctrl-C does not reach it, and returns when it answers. */
  async startServer(): Promise<void> {
    if (sizeOf(this.logFile) > LONGEST_LOG_BYTES) await rename(this.logFile, `${this.logFile}.old`);
    await mkdir(temporaryFolder(this.options.folder), { recursive: true, mode: 0o700 });
    const logStart = sizeOf(this.logFile);
    const log = openSync(this.logFile, "a", 0o600);
    const { NOTIFY_SOCKET: _, ...env } = process.env;
    const args = [...(await firstOptions(this.server)), ...serverOptions(this.options)];
    const child = spawn(this.server.path, args, { detached: true, stdio: ["ignore", log, log], cwd: this.options.folder, env });
    closeSync(log);
    child.unref();
    let ended = false;
    child.on("error", () => (ended = true)).on("exit", () => (ended = true));
    this.pid = child.pid;
    for (const end = Date.now() + START_TIMEOUT_MS; !(await this.answers()); await pause(20)) {
      if (ended) throw this.failure(logStart);
      if (Date.now() > end)
        throw new StartError(`${serverName(this.server)} did not answer within ${START_TIMEOUT_MS / 1000} s: see ${this.logFile}.`);
    }
  }

  /** Sends a signal to the server; with one that ends it, returns when it is gone. */
  async killServer(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    signalAll(serversIn(this.dataDir), signal);
    if (signal === "SIGSTOP" || signal === "SIGCONT") return;
    await waitUntil(() => serversIn(this.dataDir).length === 0, 30_000);
    this.pid = undefined;
  }

  async stop(): Promise<void> {
    await stopServersIn(this.dataDir);
    this.pid = undefined;
  }

  private async answers(): Promise<boolean> {
    const connection = await this.admin().catch(() => undefined);
    await connection?.end();
    return connection !== undefined;
  }

  private failure(logStart: number): StartError {
    const said = readFrom(this.logFile, logStart);
    if (/address already in use/i.test(said)) return new PortTaken(portTaken(this.port));
    const plain = plainCause(dirname(this.options.folder), said);
    if (plain) return new StartError(plain);
    const reason = said.split("\n").findLast((line) => /\[?error\]?/i.test(line) && !/Aborting/.test(line));
    return new StartError(`${serverName(this.server)} did not start (${reason?.trim() ?? "it says nothing"}): see ${this.logFile}.`);
  }
}

export class PortTaken extends StartError {}

export const portTaken = (port: number): string =>
  `The database port ${port} is taken by another program: stop that program, or leave the port out to get a free one.`;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function readFrom(path: string, start: number): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(Math.min(sizeOf(path) - start, 200_000));
    readSync(file, buffer, 0, buffer.length, start);
    return buffer.toString();
  } finally {
    closeSync(file);
  }
}

export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (await isFree(port)) return port;
  }
}
