import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLResponse } from "@apollo/server";
import { newId } from "../shared/ids";
import { describedWithStack, type Log } from "../shared/log";
import { Fault } from "../shared/refusal";
import { spanned, type Span } from "../shared/trace";
import { countError } from "./metrics";
import { HttpFault, parseBody, readBody, send, sendJson } from "./http";

/** The headers that Apollo looks at; no other of a client's headers goes further than this file. */
const APOLLO_HEADERS = ["accept", "content-type", "apollo-require-preflight", "x-apollo-operation-name"];
/** What looks like a key or a token is no id: ids are logged. */
const REQUEST_ID = /^(?!strata_|eyJ)[\w.-]{8,64}$/;
const LONGEST_NAME = 64;

/**
 * Lets a request in or throws a Fault: first by its headers, then by its body, both before anything is parsed.
 * What comes out is the request's context.
 */
export type Admit<Context> = (req: IncomingMessage, requestId: string) => Admitted<Context> | Promise<Admitted<Context>>;
type Admitted<Context> = (body: Buffer) => Context;

/** What is asked, with the text of the document that it names; the same object when there is nothing to find. Throws a Fault. */
export type FindsDocuments<Context> = (asked: unknown, context: Context) => unknown;

/** What a request turned out to be: for its line in the log and its span. */
export interface Told {
  type?: string;
  /** As the client's valid document names it. */
  operation?: string;
  /** Of the first error. */
  code?: string;
}

/** Whether the caller is still there. A write whose turn has not come yet when he hangs up is not begun. */
export interface Line {
  /** Set by the endpoint. */
  isGone?: () => boolean;
  /** Called when the connection is gone, and after each answer too. */
  onGone?: () => void;
  /** Given by the endpoint, filled by the engine. */
  told?: Told;
}

export type Engine<Context extends BaseContext> = Pick<ApolloServer<Context>, "executeHTTPGraphQLRequest">;

/**
 * Serves GraphQL: Apollo's own integration interface, without the Express middleware, because a subgraph has to see the
 * body's bytes before they are parsed.
 */
export function graphqlEndpoint<Context extends BaseContext & { requestId: string; caller: { client: string } } & Line>(
  server: Engine<Context>,
  log: Log,
  admit: Admit<Context>,
  documents?: FindsDocuments<Context>,
) {
  const answer = async (req: IncomingMessage, res: ServerResponse, bytes: Buffer, context: Context) => {
    context.isGone = () => res.destroyed;
    context.told = {};
    if (context.onGone) res.once("close", context.onGone);
    const asked = { body: parseBody(req, bytes), search: searchOf(req.url!) };
    if (documents)
      Object.assign(asked, req.method === "GET" ? fromSearch(asked.search, documents, context) : { body: documents(asked.body, context) });
    const given = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: req.method!, headers: apolloHeaders(req), ...asked },
      context: async () => context,
    });
    sendAnswer(res, given, context.requestId);
  };
  // Looking for what to cut out of a line took two thirds of its time; of these lines every field is named below.
  const lines = log.child({}, { redact: [] });
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const startedAt = performance.now();
    const given = req.headers["x-request-id"];
    let requestId = typeof given === "string" && REQUEST_ID.test(given) ? given : newId();
    let context: Context | undefined;
    let code: string | undefined;
    try {
      const admitted = await admit(req, requestId);
      const bytes = await readBody(req);
      const known = (context = admitted(bytes));
      requestId = known.requestId;
      await spanned(
        () => ({ name: "request", kind: "server", parent: req.headers.traceparent as string | undefined }),
        (span) => answer(req, res, bytes, known).finally(() => span && describe(span, known)),
      );
    } catch (error) {
      code = sendFault(res, error, requestId);
      if (!(error instanceof Fault) && !res.destroyed) log.error({ requestId, error: describedWithStack(error) }, "internal error");
    }
    const ms = Math.round(performance.now() - startedAt);
    const { type, operation } = context?.told ?? {};
    code ??= context?.told?.code;
    lines.info(
      {
        requestId,
        client: context?.caller.client,
        type,
        operation,
        code,
        status: res.destroyed && !res.headersSent ? "gone" : res.statusCode,
        ms,
      },
      "request",
    );
  };
}

/** Called by the engine before it answers. It has a copy of the context, so what is told goes into what both have. */
export function tell({ told }: Line, type: string | undefined, operation: string | null | undefined, code: string | undefined): void {
  Object.assign(told ?? {}, { type, operation: operation?.slice(0, LONGEST_NAME), code });
}

function describe(
  span: Span,
  { requestId, caller, told: { type, operation, code } = {} }: { requestId: string; caller: { client: string } } & Line,
) {
  if (type) span.name(operation ? `${type} ${operation}` : type);
  span.set({
    "strata.request_id": requestId,
    "strata.client": caller.client,
    "graphql.operation.type": type,
    "graphql.operation.name": operation,
  });
  if (code) span.failed(code);
}

function apolloHeaders({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const name of APOLLO_HEADERS) {
    const value = headers[name];
    if (typeof value === "string") map.set(name, value);
  }
  return map;
}

function searchOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}

/** The parameters of a GET, with the document that they name; nothing when there is nothing to find. */
function fromSearch<Context>(search: string, documents: FindsDocuments<Context>, context: Context): { search?: string } {
  const params = new URLSearchParams(search);
  const asked = Object.fromEntries([...params].filter(([name]) => ["query", "documentId", "extensions"].includes(name)));
  const given = { ...asked, ...(asked.extensions !== undefined && { extensions: jsonOf(asked.extensions) }) };
  const found = documents(given, context) as typeof given;
  if (found === given) return {};
  for (const name of ["query", "documentId", "extensions"]) params.delete(name);
  for (const [name, value] of Object.entries(found))
    if (value !== undefined) params.set(name, typeof value === "string" ? value : JSON.stringify(value));
  return { search: `?${params}` };
}

function jsonOf(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    throw new HttpFault(400, "BAD_USER_INPUT", "extensions is not JSON");
  }
}

function sendAnswer(res: ServerResponse, { status, headers, body }: HTTPGraphQLResponse, requestId: string): void {
  if (body.kind !== "complete") throw new HttpFault(406, "BAD_USER_INPUT", "Answers are not delivered in parts");
  // A request that Apollo turned away before it became an operation has errors that no plugin has seen.
  const text = status !== undefined && status >= 400 ? withRequestId(body.string, requestId) : body.string;
  send(res, status ?? 200, text, { ...Object.fromEntries(headers), "x-request-id": requestId });
}

function withRequestId(text: string, requestId: string): string {
  const answer = JSON.parse(text) as { errors?: { extensions?: object }[] };
  for (const error of answer.errors ?? []) error.extensions = { ...error.extensions, requestId };
  return JSON.stringify(answer);
}

/** A fault before GraphQL, in the form of a GraphQL error; its code. */
export function sendFault(res: ServerResponse, error: unknown, requestId: string): string {
  const fault = error instanceof Fault ? error : new HttpFault(500, "INTERNAL", `Something went wrong here; request id ${requestId}`);
  const [status, headers] = fault instanceof HttpFault ? [fault.status, fault.headers] : [400, {}];
  countError(fault.faultCode);
  const { retryAfterMs } = fault.extensions;
  const extensions = { code: fault.faultCode, requestId, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  const answer = { errors: [{ message: fault.message, extensions }] };
  sendJson(res, status, answer, { ...headers, "x-request-id": requestId });
  return fault.faultCode;
}
