import { isConnectionError, isReadOnly } from "../shared/db/retry";
import { kernelMigrations } from "../shared/db/kernel.migrations";
import { LAYERS, type LayerDatabase, type LayerName } from "../shared/db/database";
import { appliedMigrations } from "../shared/db/migrate.sql";
import { noteReadiness } from "../shared/db/lease.sql";
import type { Peer } from "../shared/flow/peer";
import type { Layer } from "../shared/layer";
import { layerModule } from "./layers";

/** In a few words, for whoever may ask: no host, no name of a server, no error's text. */
interface Finding {
  says: string;
  /** Whether requests are to come here in spite of it: they would be no better off elsewhere, or are only answered more slowly. */
  ready: boolean;
}
const OK: Finding = { says: "ok", ready: true };

export type Readiness = () => Promise<Record<string, Finding>>;

const CHECK_MS = 2_000;

/** A layer is ready when its database takes writes and has the tables that this code knows. */
export function readinessOf(layers: Pick<Layer, "name" | "db">[]): Readiness {
  const checks = layers.flatMap(({ name, db }) => [
    named(`${name} database`, () => takesWrites(db)),
    named(`${name} migrations`, () => migrations(name, db)),
    named(`${name} replicas`, async () => replicas(db)),
  ]);
  return async () => Object.fromEntries(await Promise.all(checks.map((check) => check())));
}

/**
 * A gateway is ready once each layer was there. One that is lost later blanks its own fields alone, and every gateway misses it;
 * who reaches none at all answers nothing that another gateway could not answer better.
 */
export function readinessOfGateway(peers: Record<LayerName, Pick<Peer, "ask">>): Readiness {
  const seen = new Set<LayerName>();
  const checks = LAYERS.map((name) =>
    named(name, async () => {
      await peers[name].ask({ method: "GET", path: "/health/live", headers: {} });
      seen.add(name);
      return OK;
    }),
  );
  return async () => {
    const found = await Promise.all(checks.map((check) => check()));
    const stays = seen.size === LAYERS.length && found.some(([, { says }]) => says === "ok");
    return Object.fromEntries(found.map(([name, finding]) => [name, { ...finding, ready: stays }]));
  };
}

/** A question that hangs is not asked again until it is answered, so that checks do not use the connections up. */
function named(name: string, ask: () => Promise<Finding>): () => Promise<[string, Finding]> {
  let underWay: Promise<Finding> | undefined;
  return async () => {
    underWay ??= ask()
      .catch(() => ({ says: "not reachable", ready: false }))
      .finally(() => (underWay = undefined));
    const late = new Promise<Finding>((resolve) =>
      setTimeout(() => resolve({ says: "no answer in time", ready: false }), CHECK_MS).unref(),
    );
    return [name, await Promise.race([underWay, late])];
  };
}

/** By a write that is committed: a full disk, a lost quorum or a lock on everything shows in nothing else. */
async function takesWrites(db: LayerDatabase): Promise<Finding> {
  try {
    await noteReadiness(db);
    return OK;
  } catch (error) {
    return { says: isConnectionError(error) ? "not reachable" : isReadOnly(error) ? "read only" : "takes no writes", ready: false };
  }
}

/** Newer ones are no fault: the next version has begun, and this one runs beside it until it is replaced. */
async function migrations(layer: LayerName, db: LayerDatabase): Promise<Finding> {
  const applied = new Set(await appliedMigrations(db));
  const known = [...kernelMigrations, ...layerModule(layer).migrations.migrations].map(({ number }) => number);
  const missing = known.filter((number) => !applied.has(number)).length;
  if (missing > 0) return { says: `${missing} missing`, ready: false };
  return applied.size > known.length ? { says: "newer than this process", ready: true } : OK;
}

/** What no replica can answer is read from the primary. */
async function replicas(db: LayerDatabase): Promise<Finding> {
  const states = db.replicas.states();
  const away = states.filter(({ healthy }) => !healthy).length;
  return away > 0 ? { says: `${away} of ${states.length} away or behind`, ready: true } : OK;
}
