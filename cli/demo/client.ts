import { Pool } from "undici";

/**
 * One system that talks to Strata. The demo brings an HTTP implementation; `npm start` gives its in-process gateway.
 * Answers the `data` of an operation in which every root field was answered; else throws CallFailed (see dataOrThrow).
 */
export interface ShopClient {
  mutate(query: string, variables: Record<string, unknown>, trail?: Trail): Promise<Data>;
}

export type Data = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

/** Carries the position of the last write of one order from call to call, so that what is read next includes it. */
export interface Trail {
  position?: string;
}

/** A fault: no answer, or one without data. `transient`: asking again with the same key is safe and may help. */
export class CallFailed extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  get transient(): boolean {
    return TRANSIENT.has(this.code);
  }
}

export const TRANSIENT = new Set(["OVERLOADED", "UNAVAILABLE", "IN_PROGRESS", "RATE_LIMITED", "TIMEOUT", "NO_ANSWER"]);

export interface GraphqlBody {
  data?: Data | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** Some other layer's fields may be missing beside an error; a root field that is missing is a fault. */
export function dataOrThrow({ data, errors }: GraphqlBody): Data {
  const error = errors?.[0];
  if (data && (!error || Object.values(data).every((value) => value !== null))) return data;
  const { code, retryAfterMs } = error?.extensions ?? {};
  throw new CallFailed(String(code ?? "NO_ANSWER"), error?.message ?? "the answer has no data", Number(retryAfterMs) || undefined);
}

export interface HttpClient extends ShopClient {
  close(): Promise<void>;
}

export function httpClient(url: string, key: string, connections: number): HttpClient {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const fixed = { "content-type": "application/json", authorization: `Bearer ${key}` };

  async function mutate(query: string, variables: Record<string, unknown>, trail: Trail = {}): Promise<Data> {
    const reads = trail.position !== undefined && /^\s*(query|\{)/.test(query);
    const headers = reads ? { ...fixed, "x-strata-position": trail.position!, "x-strata-settle": "true" } : fixed;
    const answer = await pool
      .request({ method: "POST", path: pathname, headers, body: JSON.stringify({ query, variables }) })
      .then(async ({ statusCode, headers, body }) => ({ statusCode, headers, text: await body.text() }))
      .catch((error: Error) => {
        throw new CallFailed("NO_ANSWER", `${url} does not answer (${(error as NodeJS.ErrnoException).code ?? error.message})`);
      });
    const position = answer.headers["x-strata-position"];
    if (typeof position === "string") trail.position = position;
    return dataOrThrow(parseBody(answer.text, answer.statusCode, Number(answer.headers["retry-after"])));
  }
  return { mutate, close: () => pool.close() };
}

function parseBody(text: string, status: number, retryAfterSeconds: number): GraphqlBody {
  try {
    return JSON.parse(text) as GraphqlBody;
  } catch {
    const code = status === 429 ? "RATE_LIMITED" : status >= 500 ? "UNAVAILABLE" : `HTTP_${status}`;
    throw new CallFailed(code, `HTTP ${status} without a GraphQL answer`, retryAfterSeconds * 1000 || undefined);
  }
}
