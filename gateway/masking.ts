import { GraphQLError, Kind, type GraphQLFormattedError } from "graphql";
import { isConnectionError } from "../shared/db/retry";
import { describedWithStack, type Log } from "../shared/log";
import { FAULT_CODES, Refusal, type FaultCode } from "../shared/refusal";

/** Codes of Apollo's own, in terms of the closed list. */
const APOLLO_CODES: Record<string, FaultCode> = {
  GRAPHQL_PARSE_FAILED: "GRAPHQL_VALIDATION_FAILED",
  OPERATION_RESOLUTION_FAILURE: "GRAPHQL_VALIDATION_FAILED",
  BAD_REQUEST: "BAD_USER_INPUT",
  PERSISTED_QUERY_NOT_FOUND: "BAD_USER_INPUT",
  PERSISTED_QUERY_NOT_SUPPORTED: "BAD_USER_INPUT",
};
const OUTAGE_RETRY_MS = 1_000;
const NO_DATABASE = "The database cannot be reached. Ask again, a mutation with the same key.";

/**
 * What a client may see of an error: a code of the closed list, the request's id, and a message only where it was written
 * for clients. Everything else is logged under that id and answered with a sentence that says nothing.
 */
export function publicError(shown: GraphQLFormattedError, error: unknown, requestId: string | undefined, log: Log): GraphQLFormattedError {
  const cause = causeOf(error);
  const { code, message } = judged(shown, error, cause);
  if (code === "INTERNAL") log.error({ requestId, path: shown.path, error: describedWithStack(cause) }, "internal error");
  const retryAfterMs =
    shown.extensions?.retryAfterMs ??
    (cause instanceof Refusal ? cause.retryAfterMs : code === "UNAVAILABLE" ? OUTAGE_RETRY_MS : undefined);
  return {
    message: code === "INTERNAL" ? `Something went wrong here${requestId ? `; request id ${requestId}` : ""}` : message,
    ...(shown.locations && { locations: shown.locations }),
    ...(shown.path && { path: shown.path }),
    extensions: { code, requestId, ...(typeof retryAfterMs === "number" && { retryAfterMs }) },
  };
}

function judged(shown: GraphQLFormattedError, error: unknown, cause: unknown): { code: FaultCode; message: string } {
  const said = String(shown.extensions?.code);
  const known = isFaultCode(said) ? said : APOLLO_CODES[said];
  if (known) return { code: known, message: shown.message };
  if (cause instanceof Refusal) return { code: isFaultCode(cause.code) ? cause.code : "BAD_USER_INPUT", message: cause.message };
  if (isConnectionError(cause)) return { code: "UNAVAILABLE", message: NO_DATABASE };
  if (isCoercion(error)) return { code: "BAD_USER_INPUT", message: shown.message };
  return { code: "INTERNAL", message: "" };
}

const isFaultCode = (code: string): code is FaultCode => (FAULT_CODES as readonly string[]).includes(code);

/** graphql-js gives errors of variables no code; they point to the variable's definition. */
const isCoercion = (error: unknown): boolean =>
  error instanceof GraphQLError && !error.path && error.nodes?.length === 1 && error.nodes[0].kind === Kind.VARIABLE_DEFINITION;

function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}
