import type { LayerDatabase } from "../../shared/db/database";
import { RequestContext, type RequestFacts } from "../../shared/graphql/context";
import type { AvailabilityCache } from "./availability/cache";
import type { Channels } from "./channel/channels";
import type { Items } from "./known/items";
import type { Answer, Command, WriteCombiner } from "./stock/combiner";

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
  async stock<Result>(command: Command<Result>, options?: { admitted: boolean }): Promise<Result> {
    return (await this.stockAt(command, options)).result;
  }

  /** The same, with the database's clock by which it was decided. */
  async stockAt<Result>(command: Command<Result>, options?: { admitted: boolean }): Promise<Answer<Result>> {
    const answer = await this.combiner.submit(command, { ...options, isGone: this.isGone });
    this.noteWrite(answer.position);
    return answer;
  }
}
