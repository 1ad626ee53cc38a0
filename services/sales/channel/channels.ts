import type { LayerDatabase } from "../../../shared/db/database";
import { readChannels, type ChannelRow } from "./channel.sql";

/** How long a channel's settings may be used without asking again. Its pool never changes. */
const FRESH_MS = 1_000;

/** The channels as this process knows them, for the hot path. */
export class Channels {
  private readonly known = new Map<string, { row: ChannelRow; readAt: number }>();

  constructor(private readonly db: LayerDatabase) {}

  async get(code: string): Promise<ChannelRow | undefined> {
    const found = this.known.get(code);
    if (found && Date.now() - found.readAt < FRESH_MS) return found.row;
    const [row] = await readChannels(this.db, [code]);
    if (row) this.known.set(code, { row, readAt: Date.now() });
    return row;
  }

  forget = (code: string): void => void this.known.delete(code);
}
