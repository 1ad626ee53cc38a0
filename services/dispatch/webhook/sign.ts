import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;

/** Standard Webhooks: the secret's bytes in base64, 24 to 64 of them. */
export const newSecret = (): string => `${PREFIX}${randomBytes(32).toString("base64")}`;
export const isSecret = (text: string): boolean => SECRET.test(text) && keyOf(text).length >= 24 && keyOf(text).length <= 64;
const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), "base64");

/** The headers of one message: HMAC-SHA256 over its id, the second in which it is sent and its body. */
export function signedHeaders(secret: string, id: string, seconds: number, body: string): Record<string, string> {
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
}
