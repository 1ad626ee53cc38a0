import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import { ApolloServerPluginDrainHttpServer } from "@apollo/server/plugin/drainHttpServer";
import { expressMiddleware } from "@as-integrations/express5";
import express, { type Request, type RequestHandler } from "express";
import { feedPath, headPath } from "../shared/flow/remote-feed";
import type { RequestContext } from "../shared/graphql/context";
import { writePositions, WROTE_HEADER } from "../shared/identity/position";
import { IDENTITY_HEADER, secretFor, verifyFacts } from "../shared/identity/signed";
import type { Layer } from "../shared/layer";
import type { Log } from "../shared/log";
import { answerErrors, BODY_LIMIT, makeWeb, nameRequest, notFound, sendError, type Web } from "./http";
import { publicError } from "./masking";
import { Metrics } from "./metrics";

export interface SubgraphServerOptions {
  layer: Layer;
  secret: string;
  isReady: () => Promise<boolean>;
  log: Log;
}

const MOST_EVENTS = 500;
const LONGEST_POLL_MS = 5_000;

/** One layer as a process of its own. It believes only what the gateway, or another layer, has signed. */
export async function makeSubgraphServer({ layer, secret, isReady, log }: SubgraphServerOptions): Promise<{ web: Web; apollo: ApolloServer<RequestContext> }> {
  const metrics = new Metrics([layer.db]);
  const web = makeWeb(metrics, isReady);
  const key = secretFor("identity", secret);
  const apollo = new ApolloServer<RequestContext>({
    schema: layer.schema,
    introspection: false,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => publicError(formatted, error, "", log),
    plugins: [
      ApolloServerPluginDrainHttpServer({ httpServer: web.server, stopGracePeriodMillis: 15_000 }),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      {
        requestDidStart: async () => ({
          willSendResponse: async ({ response, contextValue }) => {
            if (Object.keys(contextValue.wrote).length > 0) response.http.headers.set(WROTE_HEADER, writePositions(contextValue.wrote));
          },
        }),
      },
    ],
  });
  await apollo.start();
  web.app.use(
    "/graphql",
    nameRequest,
    express.raw({ limit: BODY_LIMIT, type: "application/json" }),
    accept(layer, key, metrics),
    expressMiddleware(apollo, { context: async ({ res }) => res.locals.context as RequestContext }) as RequestHandler,
  );
  serveFeed(web, layer, key, metrics);
  web.app.use(notFound, answerErrors);
  return { web, apollo };
}

/** The signature covers the bytes: it is checked before they are parsed. */
function accept(layer: Layer, key: Buffer, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const facts = verifyFacts(key, layer.name, request.header(IDENTITY_HEADER), bytes);
    if (!facts) {
      metrics.unauthenticated();
      return sendError(response, 401, "UNAUTHENTICATED", "This endpoint accepts the gateway only.");
    }
    response.locals.requestId = facts.requestId;
    response.locals.context = layer.context(facts);
    request.body = JSON.parse(bytes.toString()) as unknown;
    next();
  };
}

/** This layer's events, for the layers that read it: long polling, the path signed. */
function serveFeed({ app }: Web, layer: Layer, key: Buffer, metrics: Metrics): void {
  const signed: RequestHandler = (request, response, next) => {
    if (verifyFacts(key, layer.name, request.header(IDENTITY_HEADER), request.originalUrl)) return next();
    metrics.unauthenticated();
    sendError(response, 401, "UNAUTHENTICATED", "This endpoint is for the other layers only.");
  };
  const number = (request: Request, name: string) => Math.max(0, Math.trunc(Number(request.query[name]) || 0));
  app.get(feedPath, nameRequest, signed, async (request, response) => {
    const limit = Math.min(MOST_EVENTS, number(request, "limit"));
    response.json(await layer.feed.read(number(request, "after"), limit, Math.min(LONGEST_POLL_MS, number(request, "wait"))));
  });
  app.get(headPath, nameRequest, signed, async (request, response) => {
    const visited = String(request.query.visited ?? "").split(",");
    const deadlineMs = Date.now() + Math.min(LONGEST_POLL_MS, number(request, "ms"));
    response.json(await layer.feed.head({ visited, deadlineMs }));
  });
}
