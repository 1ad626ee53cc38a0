import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { RequestFacts } from "../graphql/context";
import type { Scope } from "./scopes";

/** The header in which the gateway says to a subgraph who calls. Nothing else is believed there. */
export const IDENTITY_HEADER = "x-strata-identity";
const VALID_MS = 30_000;

/** Key material for one use, so that no text signed for one purpose passes for another. */
export const secretFor = (use: "identity" | "position", secret: string): Buffer =>
  createHmac("sha256", secret).update(`strata ${use}`).digest();

/**
 * `base64url(JSON) + "." + HMAC` over that text and the body's SHA-256. `to` names the process that may accept it, so what
 * was signed for one layer opens no other; `body` is what follows the header: the request's bytes, or the path of a GET.
 */
export function signFacts(key: Buffer, to: string, facts: RequestFacts, body: string | Buffer): string {
  const { caller, requestId, primary, after, settle } = facts;
  const named = { ...caller, scopes: [...caller.scopes] };
  const text = Buffer.from(JSON.stringify({ to, at: Date.now(), caller: named, requestId, primary, after, settle })).toString("base64url");
  return `${text}.${signature(key, text, body)}`;
}

/** The facts behind a header, or undefined: forged, altered, for another layer, too old, or with another body. */
export function verifyFacts(key: Buffer, to: string, header: string | undefined, body: string | Buffer): RequestFacts | undefined {
  const [text, given, more] = (header ?? "").split(".");
  if (!text || !given || more !== undefined || !sameText(signature(key, text, body), given)) return undefined;
  const { caller, ...facts } = JSON.parse(Buffer.from(text, "base64url").toString());
  if (facts.to !== to || !(Math.abs(Date.now() - facts.at) <= VALID_MS)) return undefined;
  const { requestId, primary, after, settle } = facts;
  return { caller: { ...caller, scopes: new Set<Scope>(caller.scopes) }, requestId, primary, after, settle };
}

const signature = (key: Buffer, text: string, body: string | Buffer): string =>
  createHmac("sha256", key)
    .update(`${text}.${createHash("sha256").update(body).digest("base64url")}`)
    .digest("base64url");

/** Compares in a time that says nothing of where they differ. */
export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
