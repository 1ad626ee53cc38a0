import type { LayerDatabase } from "./database";
import { Lease } from "./lease";
import type { Tx } from "./transaction";

/** Work that goes round and round, a part each time, from where the last round came to; one process at a time, under a lease. */
export class Round<Mark> {
  private readonly lease: Lease;

  constructor(
    db: LayerDatabase,
    name: string,
    /** 0: never. */
    private readonly ms: number,
    private mark: Mark,
    private readonly part: (mark: Mark, fence: (tx: Tx) => Promise<void>) => Promise<Mark>,
  ) {
    this.lease = new Lease(db, name);
  }

  start(): void {
    if (this.ms > 0)
      this.lease.rounds(this.ms, async () => {
        this.mark = await this.part(this.mark, (tx) => this.lease.fence(tx));
      });
  }

  stop = (): Promise<void> => this.lease.stop();
}
