import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { newId } from "../shared/ids";
import { projectRoot } from "../shared/root";
import type { Clients } from "./clients";
import { sendFault, type Admit } from "./endpoint";
import { HttpFault, send } from "./http";
import type { Handler } from "./server";
import type { GatewayContext } from "./sources";

/** The contract that /partner/graphql is planned by, and its schema as partners get it; npm run compose writes both. */
export const partnerSupergraphPath = join(projectRoot, "gateway", "partner", "supergraph.graphql");
export const partnerSdlPath = join(projectRoot, "gateway", "partner", "schema.graphql");

/** A key that is a partner's and nothing else opens the contract alone: at /graphql it would see the whole schema. */
export const notForPartners =
  <Context extends GatewayContext>(admit: Admit<Context>): Admit<Context> =>
  async (req, requestId) => {
    const admitted = await admit(req, requestId);
    return (body) => {
      const context = admitted(body);
      if (context.caller.partner) throw new HttpFault(403, "FORBIDDEN", "This key is a partner's: ask /partner/graphql");
      return context;
    };
  };

/** What a client that has the schema already need not be sent again. */
export interface Page {
  type: string;
  text: string;
  headers?: Record<string, string>;
}

/** The contract as SDL, for whoever may read the schema. */
export const partnerSchema = (clients: Clients): Handler =>
  forReaders(clients, { type: "text/plain; charset=utf-8", text: readFileSync(partnerSdlPath, "utf8") }, (headers) => headers);

/** A text with an ETag, for keys with the scope schema:read. `headersOf` says where else a key may stand. */
export function forReaders(clients: Clients, page: Page, headersOf: (headers: IncomingHttpHeaders) => IncomingHttpHeaders): Handler {
  const etag = `"${createHash("sha256").update(page.text).digest("base64url").slice(0, 22)}"`;
  return async (req: IncomingMessage, res: ServerResponse) => {
    try {
      await mayRead(clients, req, headersOf(req.headers));
      const headers = { etag, "cache-control": "private, no-cache", ...page.headers };
      if (knows(req.headers["if-none-match"], etag)) res.writeHead(304, headers).end();
      else send(res, 200, page.text, { "content-type": page.type, ...headers });
    } catch (error) {
      sendFault(res, error, newId());
    }
  };
}

async function mayRead(clients: Clients, { method }: IncomingMessage, headers: IncomingHttpHeaders): Promise<void> {
  if (method !== "GET" && method !== "HEAD") throw new HttpFault(405, "BAD_USER_INPUT", "Only GET is answered here", { allow: "GET" });
  const caller = await clients.identify(headers);
  if (!caller) throw new HttpFault(401, "UNAUTHENTICATED", "Send an API key or a token that is valid", { "www-authenticate": "Bearer" });
  if (!caller.scopes.has("schema:read")) throw new HttpFault(403, "FORBIDDEN", "Reading the schema needs the scope schema:read");
}

const knows = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag || one.trim() === "*") ?? false;
