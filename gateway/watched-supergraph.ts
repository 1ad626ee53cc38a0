import { readFileSync, unwatchFile, watchFile } from "node:fs";
import type { SupergraphManager } from "@apollo/gateway";
import { described, reasonOf, type Log } from "../shared/log";
import { StartError } from "../shared/mysqld/fault";

const REREAD_MS = 1_000;

/**
 * The supergraph of a file, and again within seconds of the file's change. What is under way then ends by the one it began with or
 * fits both, as long as the change only adds. One that cannot be used is told in the log, and the one before stays.
 */
export const watchedSupergraph = (path: string, log: Log): SupergraphManager => ({
  initialize: async ({ update }) => {
    const reread = () => {
      try {
        update(readFileSync(path, "utf8"));
        log.info({ path }, "the supergraph has been read again");
      } catch (error) {
        log.error({ path, error: described(error) }, "this supergraph cannot be used; the one before stays");
      }
    };
    const supergraphSdl = readFileSync(path, "utf8");
    try {
      update(supergraphSdl);
    } catch (error) {
      throw new StartError(`${path} cannot be used as the supergraph: ${reasonOf(error)}`);
    }
    watchFile(path, { interval: REREAD_MS, persistent: false }, reread);
    return { supergraphSdl, cleanup: async () => unwatchFile(path, reread) };
  },
});
