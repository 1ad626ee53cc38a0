import { CallFailed, TRANSIENT, type Data, type ShopClient, type Trail } from "./client";
import type { Tally, Timings } from "./measure";

export interface UserError {
  code: string;
  message: string;
  field: string[] | null;
  retryAfterMs: number | null;
}

export interface Operation {
  name: string;
  query: string;
}

/** A mutation the API refused, and that asking again will not change. */
export class Refused extends Error {
  constructor(
    readonly operation: string,
    readonly code: string,
    message: string,
  ) {
    super(`${operation}: ${code} ${message}`);
  }
}

const PATIENCE_MS = 60_000;

/** Calls, times each attempt, and asks again (same variables, same idempotency key) as long as the answer says that this may help. */
export class Caller {
  constructor(
    private readonly client: ShopClient,
    private readonly timings?: Timings,
    private readonly retries?: Tally,
  ) {}

  async call(operation: Operation, variables: Record<string, unknown>, trail?: Trail): Promise<Data> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const { data, fault, code, retryAfterMs } = await this.attempt(operation, variables, trail);
      if (!code || Date.now() > giveUpAt) {
        if (fault) throw fault;
        return data!;
      }
      this.retries?.add(code);
      await wait(retryAfterMs ?? backoffMs(attempt));
    }
  }

  /** `code`: why to ask again. */
  private async attempt(operation: Operation, variables: Record<string, unknown>, trail?: Trail): Promise<Attempt> {
    const from = performance.now();
    try {
      const data = await this.client.mutate(operation.query, variables, trail);
      const again = errorsOf(data).find((error) => TRANSIENT.has(error.code) || (error.code === "NOT_FOUND" && error.retryAfterMs));
      return { data, code: again?.code, retryAfterMs: again?.retryAfterMs ?? undefined };
    } catch (fault) {
      if (!(fault instanceof CallFailed && fault.transient)) throw fault;
      return { fault, code: fault.code, retryAfterMs: fault.retryAfterMs };
    } finally {
      this.timings?.add(operation.name, performance.now() - from);
    }
  }
}

/** Who plays the story: the merchant's buyer, the shop's order system, the people on the warehouse floor. */
export interface Callers {
  buyer: Caller;
  orders: Caller;
  floor: Caller;
}

interface Attempt {
  data?: Data;
  fault?: CallFailed;
  code?: string;
  retryAfterMs?: number;
}

/** The userErrors of every payload in the answer, aliased and listed ones too. */
export const errorsOf = (data: Data): UserError[] =>
  Object.values(data)
    .flat()
    .flatMap((payload) => payload?.userErrors ?? []);

/** The same call, where any refusal ends the demo. */
export async function callOrThrow(caller: Caller, operation: Operation, variables: Record<string, unknown>, trail?: Trail): Promise<Data> {
  const data = await caller.call(operation, variables, trail);
  const [error] = errorsOf(data);
  if (error) throw new Refused(operation.name, error.code, error.message + (error.field ? ` (${error.field.join(".")})` : ""));
  return data;
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** 20 ms doubling to 500 ms, the second half of it by chance. */
export const backoffMs = (attempt: number): number => Math.min(500, 20 * 2 ** attempt) * (0.5 + Math.random() / 2);

/** Runs the work over all values, `width` at a time and in their order; takes no more of them once one has failed. */
export async function inParallel<T>(values: Iterable<T>, width: number, work: (value: T) => Promise<void>): Promise<void> {
  const queue = values[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
      await work(next.value).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
