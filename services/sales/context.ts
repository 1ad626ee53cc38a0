import type { LayerDatabase } from "../../shared/db/database";
import { RequestContext, type RequestFacts } from "../../shared/graphql/context";
import type { AvailabilityCache } from "./availability/cache";
import type { Channels } from "./channel/channels";
import type { Items } from "./known/items";
import type { Command, WriteCombiner } from "./stock/combiner";

/** One request in the sales layer. */
export class SalesContext extends RequestContext {
  constructor(
    db: LayerDatabase,
    facts: RequestFacts,
    settled: () => Promise<void>,
    readonly combiner: WriteCombiner,
    readonly channels: Channels,
    readonly items: Items,
    readonly availability: AvailabilityCache,
  ) {
    super(db, facts, settled);
  }

  /** Runs a command on virtual stock through the write combiner, and notes the position for the answer. */
  async stock<Result>(command: Command<Result>): Promise<Result> {
    const { result, position } = await this.combiner.submit(command);
    this.noteWrite(position);
    return result;
  }
}
