import type { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import type { GraphQLDataSource } from "@apollo/gateway";
import express, { type RequestHandler } from "express";
import type { LayerDatabase, LayerName } from "../shared/db/database";
import { POSITION_HEADER, readPositionToken, SETTLE_HEADER } from "../shared/identity/position";
import { secretFor } from "../shared/identity/signed";
import type { Log } from "../shared/log";
import { Fault } from "../shared/refusal";
import type { Clients } from "./clients";
import { makeGateway } from "./gateway";
import { answerErrors, BODY_LIMIT, makeWeb, nameRequest, notFound, sendError, type Web } from "./http";
import { Metrics } from "./metrics";
import type { GatewayContext } from "./sources";

export interface GatewayServerOptions {
  supergraphSdl: string;
  sources: Record<LayerName, GraphQLDataSource>;
  clients: Clients;
  secret: string;
  /** Databases of layers in this process, for metrics. */
  databases: LayerDatabase[];
  isReady: () => Promise<boolean>;
  log: Log;
}

/** The public endpoint: who calls is settled before anything of the request is read. */
export async function makeGatewayServer(options: GatewayServerOptions): Promise<{ web: Web; apollo: ApolloServer<GatewayContext> }> {
  const metrics = new Metrics(options.databases);
  const web = makeWeb(metrics, options.isReady);
  const positionKey = secretFor("position", options.secret);
  const apollo = await makeGateway({ ...options, positionKey, httpServer: web.server, metrics });
  web.app.use(
    "/graphql",
    nameRequest,
    authenticate(options.clients, positionKey, metrics),
    express.json({ limit: BODY_LIMIT, type: ["application/json"] }),
    expressMiddleware(apollo, { context: async ({ res }) => res.locals.context as GatewayContext }) as RequestHandler,
  );
  web.app.use(notFound, answerErrors);
  return { web, apollo };
}

function authenticate(clients: Clients, positionKey: Buffer, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const caller = clients.callerOf(request.headers);
    if (!caller) {
      metrics.unauthenticated();
      response.setHeader("www-authenticate", "Bearer");
      return sendError(response, 401, "UNAUTHENTICATED", "Send an API key: Authorization: Bearer KEY");
    }
    try {
      const after = readPositionToken(positionKey, request.header(POSITION_HEADER));
      const settle = request.header(SETTLE_HEADER) === "true";
      const context: GatewayContext = { facts: { caller, requestId: response.locals.requestId as string, after, settle }, wrote: {} };
      response.locals.context = context;
      next();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      sendError(response, 400, "BAD_USER_INPUT", error.message);
    }
  };
}
