import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { projectRoot } from "../shared/root";
import { sendUnlessKnown } from "./partner";
import type { Handler } from "./server";

/** The roles that have examples at each endpoint, in the order of the page's tabs: examples/ROLE.graphql. */
export const EXAMPLES = {
  "/graphql": ["storefront", "order-system", "dispatcher", "warehouse-operator", "merchandiser", "finance", "admin"],
  "/partner/graphql": ["partner"],
} as const;
const folder = join(projectRoot, "gateway", "graphiql");
const packages = join(projectRoot, "node_modules");
export const exampleOf = (role: string): string => readFileSync(join(folder, "examples", `${role}.graphql`), "utf8");

/** Files of packages and our own: everything that the page loads. */
const ASSETS: Record<string, { file: string; type: string }> = {
  "/graphiql/react.js": { file: join(packages, "react/umd/react.production.min.js"), type: "text/javascript" },
  "/graphiql/react-dom.js": { file: join(packages, "react-dom/umd/react-dom.production.min.js"), type: "text/javascript" },
  "/graphiql/graphiql.js": { file: join(packages, "graphiql/graphiql.min.js"), type: "text/javascript" },
  "/graphiql/graphiql.css": { file: join(packages, "graphiql/graphiql.min.css"), type: "text/css" },
  "/graphiql/page.js": { file: join(folder, "page.js"), type: "text/javascript" },
  "/graphiql/page.css": { file: join(folder, "page.css"), type: "text/css" },
};

/** Files of this origin and the fonts in the style sheet; nothing in the page itself is run, and nobody may frame it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SAFE = { "content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff" };

/** The page's assets, for anybody: they are public packages, and hold nothing of this installation. */
export const graphiqlAssets = (): Record<string, Handler> =>
  Object.fromEntries(Object.entries(ASSETS).map(([path, { file, type }]) => [path, text(type, () => readFileSync(file, "utf8"))]));

/** GraphiQL for a browser that comes to look; every other request, and whoever has a key already, is the endpoint's own. */
export function withGraphiql(path: keyof typeof EXAMPLES, endpoint: Handler): Handler {
  const page = text("text/html", () => pageFor(path));
  return (req, res) => (isBrowserLooking(req) ? page(req, res) : endpoint(req, res));
}

function isBrowserLooking({ method, headers, url }: IncomingMessage): boolean {
  if ((method !== "GET" && method !== "HEAD") || url!.includes("?") || headers["x-api-key"] || headers.authorization) return false;
  return /\btext\/html\b/.test(headers.accept ?? "");
}

/** The examples are data in the page, not a script; `<` is written so that no text can end the element. */
function pageFor(path: keyof typeof EXAMPLES): string {
  const examples = EXAMPLES[path].map((role) => ({ role, query: exampleOf(role) }));
  return readFileSync(join(folder, "page.html"), "utf8").replace("EXAMPLES", () => JSON.stringify(examples).replaceAll("<", "\\u003c"));
}

/** Read when it is first asked for, then kept. */
function text(type: string, read: () => string): Handler {
  let kept: { text: string; etag: string } | undefined;
  return async (req: IncomingMessage, res: ServerResponse) => {
    if (!kept) {
      const made = read();
      kept = { text: made, etag: `"${createHash("sha256").update(made).digest("base64url").slice(0, 22)}"` };
    }
    const headers = { "content-type": `${type}; charset=utf-8`, "cache-control": "no-cache", vary: "accept", ...SAFE };
    sendUnlessKnown(req, res, kept, headers);
  };
}
