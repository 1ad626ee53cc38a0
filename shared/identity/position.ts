import { createHmac } from "node:crypto";
import { LAYERS } from "../db/database";
import type { Positions } from "../graphql/context";
import { Fault } from "../refusal";
import { sameText } from "./signed";

/** Given with every mutation's answer; a query that sends it back sees at least that write. Opaque to clients. */
export const POSITION_HEADER = "x-strata-position";
/** `true`: the query also waits until the layer it reads has consumed what the written layer had told. */
export const SETTLE_HEADER = "x-strata-settle";
/** From a subgraph to the gateway: what its part of a mutation has written. */
export const WROTE_HEADER = "x-strata-wrote";

const sign = (key: Buffer, text: string): string => createHmac("sha256", key).update(text).digest("base64url");

export function positionToken(key: Buffer, positions: Positions): string {
  const text = Buffer.from(JSON.stringify(positions)).toString("base64url");
  return `${text}.${sign(key, text)}`;
}

/** The positions behind a client's token; a token that is not ours is its mistake. */
export function readPositionToken(key: Buffer, token: string | undefined): Positions {
  if (!token) return {};
  const [text, given, more] = token.split(".");
  if (!given || more !== undefined || !sameText(sign(key, text), given))
    throw new Fault(
      "BAD_USER_INPUT",
      `${POSITION_HEADER} is no position given by this Strata; send what a mutation's answer had in this header, or nothing`,
    );
  return JSON.parse(Buffer.from(text, "base64url").toString());
}

/** Positions as a header between processes, inside an answer whose sender is known. */
export const writePositions = (positions: Positions): string => encodeURIComponent(JSON.stringify(positions));

export function readPositions(header: string | undefined): Positions {
  if (!header) return {};
  const told: Positions = JSON.parse(decodeURIComponent(header));
  return Object.fromEntries(LAYERS.filter((layer) => typeof told[layer] === "string").map((layer) => [layer, told[layer]]));
}
