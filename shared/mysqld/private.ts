import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { plainCause, StartError } from "./fault";
import { serverName, type ServerBinary } from "./find";
import {
  copyDataFolder,
  openDataDir,
  openServerFile,
  ownFolder,
  removeShortFolder,
  saveServerFile,
  socketPath,
  type ServerFile,
} from "./folder";
import { initialise } from "./initialise";
import { freePort, Instance, isFree, PortTaken, portTaken } from "./instance";
import { noLines, type Lines } from "./lines";
import type { Role, Tuning } from "./options";
import { serversIn, stopServersIn } from "./processes";
import { whyNotReplicating } from "./replicate";

export interface PrivateDatabaseOptions {
  dataDir: string;
  server: ServerBinary;
  replica?: boolean;
  log?: Lines;
  tuning?: Tuning;
  /** Whether an acknowledged commit survives a loss of power; by default in production only. */
  durable?: boolean;
  /** Fixed ports; by default free ones are chosen and kept. */
  ports?: { primary?: number; replica?: number };
}

/** A running primary and its replica in a folder of their own, which belong to this process until `stop`. */
export interface PrivateDatabase {
  server: ServerBinary;
  dataDir: string;
  /** The runtime user: no right to any table until a migration grants it. */
  primaryUrl: string;
  migrationUrl: string;
  adminUrl: string;
  replicaUrls: string[];
  primary: Instance;
  replicas: Instance[];
  stop(): Promise<void>;
}

export async function startPrivateDatabase(options: PrivateDatabaseOptions): Promise<PrivateDatabase> {
  const dataDir = await openDataDir(options.dataDir);
  const release = await ownFolder(dataDir);
  const stop = async () => {
    for (const role of ["replica", "primary"]) await stopServersIn(join(dataDir, role));
    await removeShortFolder(dataDir);
    release();
  };
  try {
    const { file, primary, replicas } = await start({ replica: true, tuning: "production", log: noLines, ...options, dataDir });
    // By the socket where the driver can: for the processor a round trip over TCP costs a quarter more (105 against 84 us).
    const url = (user: "strata" | "strata_migrate", { port, socket }: Instance) =>
      `mysql://${user}:${file.passwords[user]}@127.0.0.1:${port}/?socketPath=${encodeURIComponent(socket)}`;
    return {
      server: options.server,
      dataDir,
      primaryUrl: url("strata", primary),
      migrationUrl: url("strata_migrate", primary),
      adminUrl: primary.adminUrl,
      replicaUrls: replicas.map((replica) => url("strata", replica)),
      primary,
      replicas,
      stop,
    };
  } catch (error) {
    await stop();
    const plain = error instanceof StartError ? undefined : plainCause(dataDir, (error as Error).message);
    throw plain ? new StartError(plain, { cause: error }) : error;
  }
}

type Setup = Required<Omit<PrivateDatabaseOptions, "durable" | "ports">> & PrivateDatabaseOptions;

interface Running {
  file: ServerFile;
  primary: Instance;
  replicas: Instance[];
}

async function start(setup: Setup): Promise<Running> {
  const { dataDir, server, log } = setup;
  const [primaryFolder, replicaFolder] = [join(dataDir, "primary"), join(dataDir, "replica")];
  await stopLeftovers([primaryFolder, replicaFolder], log);
  const file = await openServerFile(dataDir, server);
  await choosePorts(setup, file);
  await saveServerFile(dataDir, file);
  if (!existsSync(primaryFolder)) {
    if (existsSync(replicaFolder))
      throw new StartError(
        `${primaryFolder} is missing but its replica is there: bring it back, or rename ${replicaFolder} to primary to go on from the replica's data.`,
      );
    log.info(`Making a private ${serverName(server)} database in ${dataDir}.`);
    await initialise(server, primaryFolder, file.passwords);
  }
  if (setup.replica && !existsSync(replicaFolder)) await copyDataFolder(primaryFolder, replicaFolder);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServers(setup, file);
    } catch (error) {
      if (!(error instanceof PortTaken) || setup.ports || attempt === 3) throw error;
      await Promise.all([stopServersIn(primaryFolder), stopServersIn(replicaFolder)]);
      file.ports = { primary: await freePort(), replica: await freePort() };
      await saveServerFile(dataDir, file);
    }
  }
}

/** Servers that a killed Strata left behind: this process owns the folder, so they are nobody's. */
async function stopLeftovers(folders: string[], log: Lines): Promise<void> {
  const left = folders.filter((folder) => serversIn(folder).length > 0);
  if (left.length === 0) return;
  log.info("Stopping the database servers that an earlier Strata left running.");
  await Promise.all(left.map((folder) => stopServersIn(folder)));
}

/** Ports that were asked for must be free; our own choice of last time is kept where it still is. */
async function choosePorts({ ports: wanted }: Setup, file: ServerFile): Promise<void> {
  for (const role of ["primary", "replica"] as const) {
    const port = wanted?.[role];
    if (port && !(await isFree(port))) throw new PortTaken(portTaken(port));
    const last = file.ports[role];
    file.ports[role] = port ?? (last && (await isFree(last)) ? last : await freePort());
  }
}

async function startServers(setup: Setup, file: ServerFile): Promise<Running> {
  const primary = await instance(setup, file, "primary");
  if (!setup.replica) {
    await primary.startServer();
    return { file, primary, replicas: [] };
  }
  const replica = await instance(setup, file, "replica");
  const [first, second] = await Promise.allSettled([primary.startServer(), replica.startServer()]);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected" && second.reason instanceof PortTaken) throw second.reason;
  const fault = second.status === "rejected" ? String(second.reason.message) : await whyNotReplicating(primary, replica, file);
  if (fault) await rebuildReplica(setup, file, primary, replica, fault);
  return { file, primary, replicas: [replica] };
}

/** A replica holds nothing of its own: when it cannot go on, it is made again from the primary's files. */
async function rebuildReplica({ log }: Setup, file: ServerFile, primary: Instance, replica: Instance, fault: string): Promise<void> {
  log.warn(`The replica cannot go on (${fault}): making it again from the primary.`);
  await replica.killServer();
  await primary.stop();
  await rm(replica.dataDir, { recursive: true });
  await copyDataFolder(primary.dataDir, replica.dataDir);
  await Promise.all([primary.startServer(), replica.startServer()]);
  const still = await whyNotReplicating(primary, replica, file);
  if (still) throw new StartError(`The replica does not follow the primary (${still}): see ${replica.logFile}.`);
}

async function instance(setup: Setup, file: ServerFile, role: Role): Promise<Instance> {
  const { dataDir, server, tuning, durable = tuning === "production" } = setup;
  const socket = await socketPath(dataDir, role);
  const options = { kind: server.kind, role, tuning, durable, folder: join(dataDir, role), socket, port: file.ports[role] };
  return new Instance(server, options, file.passwords.root);
}
