import { GraphQLError } from "graphql";

/** Why an expected request was refused. The meanings are in the schema's enum ErrorCode. */
export enum ErrorCode {
  INVALID_INPUT = "INVALID_INPUT",
  NOT_FOUND = "NOT_FOUND",
  INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK",
  NOT_LISTED = "NOT_LISTED",
  LIMIT_EXCEEDED = "LIMIT_EXCEEDED",
  INVALID_STATE = "INVALID_STATE",
  IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED",
  STALE_VALUE = "STALE_VALUE",
  PERIOD_CLOSED = "PERIOD_CLOSED",
  CONFLICT = "CONFLICT",
  IN_PROGRESS = "IN_PROGRESS",
  OVERLOADED = "OVERLOADED",
  UNAVAILABLE = "UNAVAILABLE",
}

/**
 * An expected no. Thrown inside a transaction so that it rolls back, and turned into a `userErrors` entry at the edge
 * (`refusable`). `facts` are further fields of the payload, such as shortages.
 */
export class Refusal extends Error {
  readonly field?: string[];
  readonly retryAfterMs?: number;
  readonly facts?: Record<string, unknown>;

  constructor(
    readonly code: ErrorCode | keyof typeof ErrorCode,
    message: string,
    more: { field?: string[] | string; retryAfterMs?: number; facts?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = "Refusal";
    this.field = typeof more.field === "string" ? [more.field] : more.field;
    this.retryAfterMs = more.retryAfterMs;
    this.facts = more.facts;
  }
}

/** The closed list of `extensions.code` of GraphQL errors. */
export const FAULT_CODES = [
  "BAD_USER_INPUT",
  "GRAPHQL_VALIDATION_FAILED",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "RATE_LIMITED",
  "OVERLOADED",
  "UNAVAILABLE",
  "TIMEOUT",
  "INTERNAL",
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** A failure that is not an expected refusal: it becomes a GraphQL error with this code, whose message is safe to show. */
export class Fault extends GraphQLError {
  constructor(
    readonly faultCode: FaultCode,
    message: string,
    more: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, {
      extensions: { code: faultCode, ...(more.retryAfterMs ? { retryAfterMs: more.retryAfterMs } : {}) },
      originalError: more.cause instanceof Error ? more.cause : undefined,
    });
  }
}
