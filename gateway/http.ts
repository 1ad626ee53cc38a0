import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import type { FaultCode } from "../shared/refusal";
import type { Metrics } from "./metrics";

/** A batch of 500 reservations is about 150 KB, a movement of a thousand lines about as much. */
export const BODY_LIMIT = "1mb";

/** The parts that the gateway and a subgraph server share: the app, health and metrics, and JSON for every error. */
export interface Web {
  app: Express;
  server: Server;
  /** Set when the process drains: /health/ready says 503 from then on. */
  draining: boolean;
}

export function makeWeb(metrics: Metrics, isReady: () => Promise<boolean>): Web {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 30_000 }, app);
  const web: Web = { app, server, draining: false };
  app.get("/health/live", (_request, response) => void response.json({ status: "live" }));
  app.get("/health/ready", async (_request, response) => {
    const ready = !web.draining && (await isReady().catch(() => false));
    response.status(ready ? 200 : 503).json({ status: ready ? "ready" : web.draining ? "draining" : "unavailable" });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return web;
}

/** An error before or around GraphQL, in GraphQL's form. */
export function sendError(response: Response, status: number, code: FaultCode, message: string): void {
  response.status(status).json({ errors: [{ message, extensions: { code, requestId: response.locals.requestId as string | undefined } }] });
}

/** A request id for every request: the caller's own when it is plain, else a new one. */
export const nameRequest: RequestHandler = (request, response, next) => {
  const given = request.header("x-request-id");
  response.locals.requestId = given && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
  next();
};

/** Last in the chain: what body parsing or a handler throws, without a stack. */
export const answerErrors: ErrorRequestHandler = (error, _request, response, _next) => {
  const status = Number(error?.status ?? 500);
  if (response.headersSent) return void response.end();
  if (status === 413) return sendError(response, 413, "BAD_USER_INPUT", "The request's body is too large.");
  if (status === 415) return sendError(response, 415, "BAD_USER_INPUT", "The request's encoding or charset is not supported.");
  if (status >= 400 && status < 500) return sendError(response, 400, "BAD_USER_INPUT", "The request's body is not valid JSON.");
  return sendError(response, 500, "INTERNAL", `Something went wrong here; request id ${String(response.locals.requestId)}.`);
};

export const notFound: RequestHandler = (_request, response) => sendError(response, 404, "NOT_FOUND", "There is nothing here. The API is at /graphql.");

/** Resolves with the port; a taken one is told in one line. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" ? `Port ${port} on ${host} is taken: end what uses it, or choose another with STRATA_PORT.` : undefined;
      const denied = error.code === "EACCES" ? `Port ${port} on ${host} may not be opened by this user: choose one above 1024 with STRATA_PORT.` : undefined;
      reject(new ListenError(taken ?? denied ?? `Cannot listen on ${host}:${port}: ${error.message}`));
    });
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}

export class ListenError extends Error {}
