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
export const referencePath = join(projectRoot, "gateway", "partner", "reference.html");
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

/** A text for keys with the scope schema:read; who has it already is not sent it again. */
interface Page {
  type: string;
  text: string;
  /** How a key is asked for: a browser asks its user for a password. */
  challenge: "Bearer" | 'Basic realm="Strata: an API key as the password", charset="UTF-8"';
  headers?: Record<string, string>;
}

/** The contract as SDL and as pages. */
export const partnerPages = (clients: Clients): Record<string, Handler> => ({
  "/partner/schema.graphql": serve(clients, {
    type: "text/plain; charset=utf-8",
    text: readFileSync(partnerSdlPath, "utf8"),
    challenge: "Bearer",
  }),
  "/docs": serve(clients, reference(readFileSync(referencePath, "utf8"))),
});

/** One file with its script and style in it: those two may run, by their hash, and nothing is loaded from anywhere. */
function reference(text: string): Page {
  const allowed = (tag: string) =>
    [...text.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))].map(([, inner]) => `'sha256-${digest(inner, "base64")}'`).join(" ");
  const policy = `default-src 'none'; script-src ${allowed("script")}; style-src ${allowed("style")}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return {
    type: "text/html; charset=utf-8",
    text,
    challenge: 'Basic realm="Strata: an API key as the password", charset="UTF-8"',
    headers: { "content-security-policy": policy, "referrer-policy": "no-referrer" },
  };
}

function serve(clients: Clients, page: Page): Handler {
  const etag = `"${digest(page.text, "base64url").slice(0, 22)}"`;
  return async (req: IncomingMessage, res: ServerResponse) => {
    try {
      await mayRead(clients, req, page.challenge);
      const headers = { "cache-control": "private, no-cache", "x-content-type-options": "nosniff", ...page.headers };
      sendUnlessKnown(req, res, { text: page.text, etag }, { "content-type": page.type, ...headers });
    } catch (error) {
      sendFault(res, error, newId());
    }
  };
}

/** 304 for who has this very text. */
export function sendUnlessKnown(
  req: IncomingMessage,
  res: ServerResponse,
  { text, etag }: { text: string; etag: string },
  { "content-type": type, ...headers }: Record<string, string>,
): void {
  if (knows(req.headers["if-none-match"], etag)) res.writeHead(304, { etag, ...headers }).end();
  else send(res, 200, text, { "content-type": type, etag, ...headers });
}

async function mayRead(clients: Clients, { method, headers }: IncomingMessage, challenge: Page["challenge"]): Promise<void> {
  if (method !== "GET" && method !== "HEAD") throw new HttpFault(405, "BAD_USER_INPUT", "Only GET is answered here", { allow: "GET" });
  const caller = await clients.identify(challenge === "Bearer" ? headers : passwordAsKey(headers));
  if (!caller) throw new HttpFault(401, "UNAUTHENTICATED", "Send an API key or a token that is valid", { "www-authenticate": challenge });
  if (!caller.scopes.has("schema:read")) throw new HttpFault(403, "FORBIDDEN", "Reading the schema needs the scope schema:read");
}

/** Basic credentials count here alone, where nothing can be done with them but read. */
function passwordAsKey(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const given = /^Basic +([\w+/]+=*)$/i.exec(headers.authorization ?? "")?.[1];
  const password = given && /:(.*)$/s.exec(Buffer.from(given, "base64").toString("utf8"))?.[1];
  return password ? { "x-api-key": password } : headers;
}

const digest = (text: string, encoding: "base64" | "base64url"): string => createHash("sha256").update(text).digest(encoding);

const knows = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag || one.trim() === "*") ?? false;
