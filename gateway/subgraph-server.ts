import type { IncomingMessage, ServerResponse } from "node:http";
import { ApolloServer, type ApolloServerPlugin, type BaseContext } from "@apollo/server";
import { LAYERS } from "../shared/db/database";
import { FeedPruned } from "../shared/flow/feed";
import type { RequestContext } from "../shared/graphql/context";
import { WROTE_HEADER, writePositions } from "../shared/identity/position";
import { IDENTITY_HEADER, verifyFacts } from "../shared/identity/signed";
import type { Layer } from "../shared/layer";
import type { Log } from "../shared/log";
import { graphqlEndpoint, tell, type Admit, type Line } from "./endpoint";
import { apolloLogger, nothingBesides } from "./apollo";
import { HttpFault, sendJson } from "./http";
import { publicError } from "./masking";
import { countRequest, errorsIn } from "./metrics";
import type { Handler } from "./server";

type Context = RequestContext & Pick<Line, "told"> & Record<string, unknown>;

const MOST_EVENTS = 1_000;
const MOST_WAIT_MS = 10_000;

const refuse = () =>
  new HttpFault(401, "UNAUTHENTICATED", "This is an internal endpoint: only the gateway and the other layers may ask it");
const identityOf = (req: IncomingMessage) => req.headers[IDENTITY_HEADER] as string | undefined;

/** One layer served to the gateway: GraphQL for whoever carries a signed identity, checked before the body is parsed. */
export async function createSubgraph(
  layer: Layer,
  key: Buffer,
  log: Log,
  drain: ApolloServerPlugin<BaseContext>,
): Promise<{ apollo: ApolloServer<Context>; handler: Handler }> {
  const requestIds = new WeakMap<object, string>();
  const apollo = new ApolloServer<Context>({
    schema: layer.schema,
    logger: apolloLogger(log),
    introspection: false, // The gateway has the schema; who may read it is decided there.
    csrfPrevention: false, // No browser has the signature.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (shown, error) => publicError(shown, error, requestIds.get(error as object), log),
    plugins: [
      drain,
      ...nothingBesides(),
      {
        async requestDidStart() {
          const startedAt = performance.now();
          return {
            async didEncounterErrors({ errors, contextValue }) {
              for (const error of errors) requestIds.set(error, contextValue.requestId);
            },
            async willSendResponse({ contextValue, response, operation, operationName }) {
              if (Object.keys(contextValue.wrote).length > 0) response.http.headers.set(WROTE_HEADER, writePositions(contextValue.wrote));
              const { client } = contextValue.caller;
              const type = operation?.operation;
              const code = countRequest({ type, operation: operationName, client, startedAt, errors: errorsIn(response) });
              tell(contextValue, type, operationName, code);
            },
          };
        },
      },
    ],
  });
  await apollo.start();
  return { apollo, handler: graphqlEndpoint(apollo, log, admitSigned(layer, key)) };
}

const admitSigned =
  (layer: Layer, key: Buffer): Admit<Context> =>
  (req) => {
    const identity = identityOf(req);
    if (!identity) throw refuse();
    return (body) => {
      const facts = verifyFacts(key, layer.name, identity, body);
      if (!facts) throw refuse();
      return layer.context(facts) as Context;
    };
  };

/** The layer's feed for the layers that read it, with long polling: `/internal/feed` and `/internal/head`. */
export function feedRoutes(layer: Layer, key: Buffer, draining: Promise<unknown>): Record<string, Handler> {
  const answered = (answer: (params: URLSearchParams) => Promise<object>) => async (req: IncomingMessage, res: ServerResponse) => {
    if (req.method !== "GET" || !verifyFacts(key, layer.name, identityOf(req), req.url!)) {
      return sendJson(res, 401, { errors: [{ message: refuse().message, extensions: { code: "UNAUTHENTICATED" } }] });
    }
    sendJson(res, 200, await answer(new URL(req.url!, "http://internal").searchParams));
  };
  const figure = (params: URLSearchParams, name: string, most: number) =>
    Math.min(most, Math.max(0, Math.trunc(Number(params.get(name))) || 0));
  return {
    "/internal/feed": answered(async (params) => {
      const read = layer.feed.read(
        figure(params, "after", Number.MAX_SAFE_INTEGER),
        figure(params, "limit", MOST_EVENTS),
        figure(params, "wait", MOST_WAIT_MS),
        LAYERS.find((name) => name === params.get("reader")),
      );
      // A reader that waits is told "nothing" when this process ends.
      return Promise.race([read, draining.then(() => [])]).then(
        (events) => ({ events }),
        (error: Error) => {
          if (error instanceof FeedPruned) return { events: [], pruned: error.message };
          throw error;
        },
      );
    }),
    "/internal/head": answered(async (params) => {
      const visited = (params.get("visited") ?? "").split(",").filter(Boolean);
      return { head: await layer.feed.head({ visited, deadlineMs: Date.now() + figure(params, "left", MOST_WAIT_MS) }) };
    }),
  };
}
