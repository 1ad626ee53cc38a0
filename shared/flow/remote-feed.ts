import { newId } from "../ids";
import type { LayerName } from "../db/database";
import { IDENTITY_HEADER, signFacts } from "../identity/signed";
import type { FeedSource } from "./feed";
import type { FeedEvent } from "./messages";
import type { Peer } from "./peer";

/** The caller of one layer's process at another: it reads feeds and may do nothing else. */
const NOBODY = { client: "", scopes: new Set<never>() };

/** Another layer's feed, over its process's internal endpoint. The path is signed as a body would be. */
export class RemoteFeed implements FeedSource {
  constructor(
    private readonly layer: LayerName,
    private readonly peer: Peer,
    private readonly key: Buffer,
  ) {}

  async read(after: number, limit: number, waitMs: number, reader?: LayerName): Promise<FeedEvent[]> {
    const path = `/internal/feed?after=${after}&limit=${limit}&wait=${waitMs}&reader=${reader ?? ""}`;
    const { events, pruned } = (await this.get(path)) as { events: FeedEvent[]; pruned?: string };
    if (pruned !== undefined) throw new Error(pruned);
    return events;
  }

  /** Clocks of two machines differ: what travels is the time that is left. */
  async head({ visited, deadlineMs }: { visited: string[]; deadlineMs: number }): Promise<number> {
    const leftMs = Math.max(0, Math.round(deadlineMs - Date.now()));
    return ((await this.get(`/internal/head?visited=${visited.join(",")}&left=${leftMs}`)) as { head: number }).head;
  }

  private async get(path: string): Promise<unknown> {
    const facts = { caller: NOBODY, requestId: newId(), primary: true, after: {}, settle: false };
    const headers = { [IDENTITY_HEADER]: signFacts(this.key, this.layer, facts, path) };
    return (await this.peer.ask({ method: "GET", path, headers })).json;
  }
}
