import { follow, primaryPosition, reaches, replicaStatus } from "./admin.sql";
import type { ServerFile } from "./folder";
import type { Instance } from "./instance";
import { pause } from "./processes";

const PATIENCE_MS = 10_000;

/**
 * Points the replica at the primary and watches until it has what the primary had. The reason when it cannot;
 * undefined when it replicates, be it that a long backlog is still on its way.
 */
export async function whyNotReplicating(primary: Instance, replica: Instance, file: ServerFile): Promise<string | undefined> {
  const [source, target] = await Promise.all([primary.admin(), replica.admin()]);
  try {
    const position = await primaryPosition(source, file.kind);
    await follow(target, file.kind, primary.port, file.passwords.strata_repl);
    for (const end = Date.now() + PATIENCE_MS; ; await pause(20)) {
      const status = await replicaStatus(target);
      if (!status || status.ended) return status?.error ?? "it follows nobody";
      if (status.running && (await reaches(target, file.kind, position, 0.02))) return undefined;
      if (Date.now() > end) return status.running ? undefined : (status.error ?? "its threads do not run");
    }
  } catch (error) {
    return (error as Error).message;
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}
