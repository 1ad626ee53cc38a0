import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap } from "@apollo/server";
import { GraphQLError } from "graphql";
import { Fault, type FaultCode } from "../shared/refusal";

/**
 * Room for importMovements with 5,000 rows of 0.8 KB (a row with all its references is about 0.6 KB), and for
 * reserveStockBatch with 500 inputs of at most 2 KB. Beyond it a client has to send several requests.
 */
export const MOST_BODY_BYTES = 4 * 1024 * 1024;

/** A request that GraphQL never sees: answered with this status in the form of a GraphQL error. */
export class HttpFault extends Fault {
  constructor(
    readonly status: number,
    code: FaultCode,
    message: string,
    readonly headers: Record<string, string> = {},
    retryAfterMs?: number,
  ) {
    super(code, message, { retryAfterMs });
  }
}

/** An operation that is refused whole, before anything of it is executed. */
export function refused(
  status: number,
  code: FaultCode,
  message: string,
  more: { headers?: Record<string, string>; retryAfterMs?: number } = {},
) {
  const http = { status, headers: new HeaderMap(Object.entries(more.headers ?? {})) };
  return new GraphQLError(message, {
    extensions: { code, http, ...(more.retryAfterMs !== undefined && { retryAfterMs: more.retryAfterMs }) },
  });
}

/** The whole body, bounded. A slow one is ended by the server's request timeout. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  if (req.headers["content-encoding"]) throw new HttpFault(415, "BAD_USER_INPUT", "Send the body as it is, without content-encoding");
  if (Number(req.headers["content-length"]) > MOST_BODY_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
      else reject(tooLarge());
    });
    req.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    req.on("error", reject);
    // After a whole body this means nothing, and an error made for nothing cost 2.5 % of a small request.
    req.on("close", () => !req.complete && reject(new Error("the client went away")));
  });
}

// The rest of what is too large is not read: the connection ends with the answer.
const tooLarge = () => new HttpFault(413, "BAD_USER_INPUT", `The body is larger than ${MOST_BODY_BYTES} bytes`, { connection: "close" });

/** The JSON of a POST; undefined for other content types, of which Apollo's CSRF prevention says what is wrong. */
export function parseBody(req: IncomingMessage, body: Buffer): unknown {
  const type = req.headers["content-type"] ?? "";
  if (req.method !== "POST" || !/^application\/json\b/i.test(type)) return undefined;
  if (/charset/i.test(type) && !/charset="?utf-?8"?\s*(;|$)/i.test(type)) throw new HttpFault(415, "BAD_USER_INPUT", "Send JSON in UTF-8");
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpFault(400, "BAD_USER_INPUT", "The body is not JSON");
  }
}

export function sendJson(res: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  send(res, status, JSON.stringify(value), { "content-type": "application/json; charset=utf-8", ...headers });
}

export function send(res: ServerResponse, status: number, text: string, headers: Record<string, string>): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, { "content-length": Buffer.byteLength(text), "cache-control": "no-store", ...headers });
  res.end(text);
}
