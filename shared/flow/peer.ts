import type { IncomingHttpHeaders } from "node:http";
import { Pool, type Dispatcher } from "undici";

export interface PeerAnswer {
  headers: IncomingHttpHeaders;
  json: unknown;
}

interface PeerRequest {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** No answer, or one that is not JSON, too large, or refused by the peer itself. */
export class PeerFault extends Error {}

const MOST_CONNECTIONS = 64;
/** A layer's part of one answer is far below; a page of 1,000 events with 1,000 lines each is not. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Another process of this Strata: kept connections, at most 64, and every answer bounded in time and size. */
export class Peer {
  private readonly pool: Pool;

  constructor(
    readonly url: string,
    timeoutMs: number,
  ) {
    // The peer keeps idle connections for 75 s, so the one that ends them is always this side, and no request is lost to it.
    this.pool = new Pool(url, {
      connections: MOST_CONNECTIONS,
      connect: { timeout: Math.min(timeoutMs, 2_000) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 60_000,
    });
  }

  /** `given` gets an `abort` once the request is on its way. */
  ask(request: PeerRequest, given: { abort?: () => void } = {}): Promise<PeerAnswer> {
    return new Promise((resolve, reject) => this.pool.dispatch(request, new Collector(resolve, reject, given)));
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

/** undici's own `request` makes a stream of each answer; an answer that is wanted whole comes cheaper this way. */
class Collector implements Dispatcher.DispatchHandler {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private status = 0;
  private headers: IncomingHttpHeaders = {};

  constructor(
    private readonly resolve: (answer: PeerAnswer) => void,
    private readonly reject: (error: Error) => void,
    private readonly given: { abort?: () => void },
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.given.abort = () => controller.abort(new PeerFault("no answer in time"));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > MOST_BYTES) controller.abort(new PeerFault(`an answer of more than ${MOST_BYTES} bytes`));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    try {
      if (this.status >= 500 || this.status === 401 || this.status === 404) throw new Error(`status ${this.status}`);
      const json: unknown = JSON.parse((this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks)).toString());
      if (typeof json !== "object" || json === null) throw new Error("no object");
      this.resolve({ headers: this.headers, json });
    } catch (error) {
      // A parser quotes what it read.
      const why = error instanceof SyntaxError ? "no JSON" : (error as Error).message;
      this.reject(new PeerFault(`an answer that cannot be used: ${why}`));
    }
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.reject(error);
  }
}
