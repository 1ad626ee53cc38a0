import type { LayerDatabase } from "../../shared/db/database";
import { RequestContext, type RequestFacts } from "../../shared/graphql/context";

/** A request in this layer. */
export class DispatchContext extends RequestContext {
  constructor(
    db: LayerDatabase,
    facts: RequestFacts,
    settled: () => Promise<void>,
    /** Whether webhooks may be sent to this machine. */
    readonly webhookLoopback: boolean,
  ) {
    super(db, facts, settled);
  }
}
