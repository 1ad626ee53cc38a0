import type { LayerDatabase } from "../../../shared/db/database";
import { guarded } from "../../../shared/graphql/context";
import { readChannels, type ChannelRow } from "./channel.sql";

/** How long a channel's settings may be used without asking again. Its pool never changes. */
const FRESH_MS = 1_000;

/** The channels as this process knows them, for the hot path: one read a second for each, however many callers wait for it. */
export class Channels {
  private readonly known = new Map<string, { row: Promise<ChannelRow | undefined>; readAt: number }>();

  constructor(private readonly db: LayerDatabase) {}

  get(code: string): Promise<ChannelRow | undefined> {
    const found = this.known.get(code);
    if (found && Date.now() - found.readAt < FRESH_MS) return found.row;
    const row = readChannels(guarded(this.db), [code]).then(([first]) => first);
    this.known.set(code, { row, readAt: Date.now() });
    // Only channels that exist are remembered: made-up codes must not fill the memory.
    row.then((exists) => exists ?? this.known.delete(code)).catch(() => this.known.delete(code));
    return row;
  }

  forget = (code: string): void => void this.known.delete(code);
}
