import { createHmac, timingSafeEqual } from "node:crypto";

export interface UserError {
  code: string;
  message: string;
  retryAfterMs: number | null;
}

/** A refusal that asking again does not change: the order system has to decide something. */
export class Refused extends Error {
  constructor(readonly errors: { code?: string; message: string }[]) {
    super(errors.map(({ code, message }) => `${code}: ${message}`).join("; "));
  }
}

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string; retryAfterMs?: number } }[];
}

/** Trouble of the moment; every other code is answered the same tomorrow. */
const PASSING = new Set(["OVERLOADED", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED", "INTERNAL", "IN_PROGRESS"]);
const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Strata as an order system calls it. */
export class Strata {
  constructor(
    private readonly url: string,
    private readonly key: string,
    /** How long a call is repeated before it is given up. Its outcome is then unknown: repeat it later, with the same input. */
    private readonly patienceMs = 120_000,
  ) {}

  /**
   * Sends one request until it has an answer that counts, always with the same variables, so always with the same
   * idempotency key: if an answer got lost on its way, the effect is there, and the next call answers it.
   */
  async call<Data>(query: string, variables: object): Promise<Data> {
    const end = Date.now() + this.patienceMs;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.once(query, variables);
      if ("data" in outcome) return outcome.data as Data;
      const pauseMs = pause(attempt, outcome.retryAfterMs);
      if (Date.now() + pauseMs > end) throw new Error(`No answer yet: ${outcome.why}. Ask again later, with the same idempotency key.`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  private async once(query: string, variables: object): Promise<{ data: unknown } | { why: string; retryAfterMs: number }> {
    let response: Response;
    let answer: Answer;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": this.key },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer = (await response.json()) as Answer;
    } catch (error) {
      // No connection, cut off, too late, or something between that does not speak JSON: nothing is known about the effect.
      return { why: String(error), retryAfterMs: 0 };
    }
    const faults = [...(answer.errors ?? []).map(({ message, extensions }) => ({ message, ...extensions })), ...userErrors(answer)];
    if (faults.length === 0 && answer.data) return { data: answer.data };
    const passing = faults.find(({ code, retryAfterMs }) => retryAfterMs != null || PASSING.has(code ?? ""));
    if (!passing && response.status < 500 && response.status !== 429) throw new Refused(faults);
    const seconds = Number(response.headers.get("retry-after") ?? 0);
    return { why: passing?.message ?? `HTTP ${response.status}`, retryAfterMs: passing?.retryAfterMs ?? (seconds * 1_000 || 0) };
  }
}

const userErrors = ({ data }: Answer): UserError[] =>
  Object.values(data ?? {}).flatMap((payload) => (payload as { userErrors?: UserError[] } | null)?.userErrors ?? []);

/** At least what was asked for, and some chance more: callers that were put off together do not come back together. */
function pause(attempt: number, retryAfterMs: number): number {
  const backoffMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return retryAfterMs + Math.random() * backoffMs;
}

const OLDEST_WEBHOOK_SECONDS = 300;

/** Whether a webhook (Standard Webhooks) is Strata's and fresh. `body` is what came over the wire, before any parsing. */
export function isGenuine(secret: string, headers: Record<string, string | undefined>, body: string, now = Date.now()): boolean {
  const { "webhook-id": id, "webhook-timestamp": sentAt, "webhook-signature": signatures } = headers;
  if (!id || !sentAt || !signatures || !(Math.abs(now / 1_000 - Number(sentAt)) <= OLDEST_WEBHOOK_SECONDS)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${sentAt}.${body}`).digest();
  // Several while a secret is changed: one has to fit.
  return signatures.split(" ").some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return one.startsWith("v1,") && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
