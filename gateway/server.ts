import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApolloServerPlugin, BaseContext } from "@apollo/server";
import { ApolloServerPluginDrainHttpServer } from "@apollo/server/plugin/drainHttpServer";
import { wait } from "../shared/db/retry";
import { StartError } from "../shared/mysqld/fault";
import { send, sendJson } from "./http";
import { LatenessGauge, refuseForLoad } from "./overload";
import { metricsText, type Measured } from "./layer-metrics";
import type { Readiness } from "./readiness";

export type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export interface Serving {
  host: string;
  port: number;
  readiness: Readiness;
  /** The layers of this process; none in a gateway. */
  layers: Measured[];
  /** Whether a request may read the metrics: without a key only health answers. */
  mayMeasure: (headers: IncomingHttpHeaders) => Promise<boolean>;
}

const FINDINGS_MS = 500;
/** So long nothing may have come or gone before the connections are ended, and no longer than that is waited for it. */
const QUIET_MS = 500;
const LONGEST_DRAIN_MS = 5_000;

/** One HTTP server of Strata: its routes, health and metrics, and an end that loses no answer. */
export class HttpServer {
  /** While it is set, /health/ready says 503 and each answer is its connection's last. */
  private draining = false;
  private active = 0;
  private busyAt = 0;
  private readonly server: Server;
  private routes: Record<string, Handler> = {};
  private unlimited: Record<string, Handler> = {};
  private found?: ReturnType<Readiness>;
  private foundAt = 0;
  private readonly lateness = new LatenessGauge();

  constructor(private readonly serving: Serving) {
    this.server = createServer((req, res) => void this.route(req, res));
    // Idle connections live longer than the pools of whoever calls keep them; slow requests end with 408.
    Object.assign(this.server, { keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 30_000 });
  }

  /** For Apollo: waits for the answers that are under way. */
  drainPlugin = (): ApolloServerPlugin<BaseContext> =>
    ApolloServerPluginDrainHttpServer({ httpServer: this.server, stopGracePeriodMillis: 15_000 });

  /** By exact path; /health and /metrics are there besides. What is `unlimited` is served under any load. */
  serve(routes: Record<string, Handler>, unlimited: Record<string, Handler> = {}): void {
    this.routes = { ...routes, ...unlimited };
    this.unlimited = unlimited;
  }

  async listen(): Promise<string> {
    const { host, port } = this.serving;
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) => reject(new StartError(whyNotListening(error, host, port))));
      this.server.listen(port, host, resolve);
    });
    const named = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host) ? "localhost" : host;
    return `http://${named}:${(this.server.address() as AddressInfo).port}`;
  }

  /** For some moments requests that were on their way still come; then Apollo's drain plugin ends the connections. */
  async startDraining(): Promise<void> {
    this.draining = true;
    this.busyAt = Date.now();
    for (const end = Date.now() + LONGEST_DRAIN_MS; Date.now() < end && (this.active > 0 || Date.now() - this.busyAt < QUIET_MS);)
      await wait(20);
  }

  private async route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? "/").split("?", 1)[0];
    const handler = Object.hasOwn(this.routes, path) ? this.routes[path] : undefined;
    if (this.draining) res.setHeader("connection", "close");
    this.active++;
    res.once("close", () => {
      this.active--;
      this.busyAt = Date.now();
    });
    try {
      if (handler && !Object.hasOwn(this.unlimited, path) && this.lateness.isTooHigh(this.active)) refuseForLoad(res);
      else if (handler) await handler(req, res);
      else if (path === "/health/live") sendJson(res, 200, { status: "live" });
      else if (path === "/health/ready") await this.ready(res);
      else if (path === "/metrics") await this.metrics(req, res);
      else
        sendJson(res, 404, { errors: [{ message: "There is nothing here; GraphQL is at /graphql", extensions: { code: "NOT_FOUND" } }] });
    } catch {
      sendJson(res, 500, { errors: [{ message: "Something went wrong here", extensions: { code: "INTERNAL" } }] });
    }
  }

  private async ready(res: ServerResponse): Promise<void> {
    if (this.draining) return sendJson(res, 503, { status: "draining" });
    const checks = await this.findings();
    const found = Object.values(checks);
    const isReady = found.every(({ ready }) => ready);
    const status = !isReady ? "not ready" : found.every(({ says }) => says === "ok") ? "ready" : "degraded";
    sendJson(res, isReady ? 200 : 503, {
      status,
      checks: Object.fromEntries(Object.entries(checks).map(([name, { says }]) => [name, says])),
    });
  }

  /** Anybody may ask, so the databases are asked at most twice a second. */
  private findings(): ReturnType<Readiness> {
    if (!this.found || Date.now() - this.foundAt > FINDINGS_MS) {
      this.foundAt = Date.now();
      this.found = this.serving.readiness();
    }
    return this.found;
  }

  private async metrics(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!(await this.serving.mayMeasure(req.headers)))
      return sendJson(res, 401, {
        errors: [{ message: "Metrics need a key with the scope schema:read", extensions: { code: "UNAUTHENTICATED" } }],
      });
    const { text, type } = await metricsText(this.serving.layers, this.active - 1);
    send(res, 200, text, { "content-type": type });
  }
}

function whyNotListening(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === "EADDRINUSE") return `Port ${port} is taken: stop what uses it, or set STRATA_PORT to another one.`;
  if (error.code === "EACCES") return `This user may not use port ${port}: set STRATA_PORT to one above 1023.`;
  return `Strata cannot listen at ${host}:${port} (${error.code}): correct STRATA_HOST and STRATA_PORT.`;
}
