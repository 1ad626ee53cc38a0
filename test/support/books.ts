import { reconcile } from "../../cli/reconcile";
import { LayerDatabase, LAYERS, type LayerName } from "../../shared/db/database";
import { quietLog } from "../../shared/log";
import type { Drift } from "../../shared/reconcile";
import type { World } from "./world";

/** What `npm run reconcile` finds in a running world, whatever its topology. */
export async function driftsOf({ db }: Pick<World, "db">): Promise<Drift[]> {
  const databases = {} as Record<LayerName, LayerDatabase>;
  try {
    for (const layer of LAYERS)
      databases[layer] = await LayerDatabase.open({ layer, primaryUrl: db.primaryUrl, replicaUrls: [], log: quietLog });
    return await reconcile(databases);
  } finally {
    for (const layer of LAYERS) await databases[layer]?.close();
  }
}
