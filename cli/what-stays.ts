import { READS } from "../shared/config";
import { LAYERS, type LayerDatabase, type LayerName } from "../shared/db/database";
import { wait } from "../shared/db/retry";
import { positionOf } from "../shared/flow/consumer.sql";
import { feedHead, outboxIsEmpty } from "../shared/flow/outbox.sql";

type Databases = Record<LayerName, LayerDatabase>;

const LOOKS = 40;
const PAUSE_MS = 250;

/**
 * What two layers go on to differ in. A difference may be news that one of them has not heard yet; so it counts when nothing was
 * under way in any feed while it was looked at, or when it is there in every one of forty looks beside running business.
 */
export async function whatStays<T>(databases: Databases, look: () => Promise<Map<string, T>>): Promise<Map<string, T>> {
  for (let i = 1, before: Map<string, T> | undefined; ; i++) {
    const restsBefore = await whereFeedsRest(databases);
    const found = new Map([...(await look())].filter(([key]) => before?.has(key) ?? true));
    if (found.size === 0 || i > LOOKS) return found;
    if (restsBefore !== undefined && restsBefore === (await whereFeedsRest(databases))) return found;
    before = found;
    await wait(PAUSE_MS);
  }
}

/** The head of each feed, when every layer has applied all that the others have told; else undefined. */
async function whereFeedsRest(databases: Databases): Promise<string | undefined> {
  const heads = {} as Record<LayerName, number>;
  for (const name of LAYERS) {
    if (!(await outboxIsEmpty(databases[name]))) return undefined;
    heads[name] = await feedHead(databases[name]);
  }
  for (const reader of LAYERS)
    for (const from of READS[reader]) if ((await positionOf(databases[reader], from)) < heads[from]) return undefined;
  return JSON.stringify(heads);
}
