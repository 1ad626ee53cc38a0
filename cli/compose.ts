import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { composeServices } from "@apollo/composition";
import { composeSchemaContract, compositionHasErrors, transformSupergraphToPublicSchema } from "@theguild/federation-composition";
import { lexicographicSortSchema, buildASTSchema, parse, printSchema } from "graphql";
import { layerModule } from "../gateway/layers";
import { supergraphPath } from "../gateway/gateway";
import { partnerSdlPath, partnerSupergraphPath } from "../gateway/partner";
import { FLOWS } from "../services/dispatch/process/flows";
import { drawFlows } from "./draw-flows";
import { LAYERS, type LayerDatabase, type LayerName } from "../shared/db/database";
import { PARTNER } from "../shared/graphql/for-partners";
import { quietLog } from "../shared/log";
import { StartError } from "../shared/mysqld/fault";
import { projectRoot } from "../shared/root";

export const schemaPath = (layer: LayerName): string => join(projectRoot, "services", layer, "schema.graphql");

/** A layer's SDL. Layers ask nothing of their database before they are started, so none is needed. */
export function sdlOf(layer: LayerName): string {
  const db = { layer, log: quietLog, signals: { on: () => undefined } } as unknown as LayerDatabase;
  return `${layerModule(layer).create({ db, log: quietLog }).sdl.trim()}\n`;
}

export const servicesOf = (sdls: Record<LayerName, string>) =>
  LAYERS.map((name) => ({ name, url: `http://${name}:4000/graphql`, typeDefs: parse(sdls[name]) }));

/** The supergraph of some SDLs; the addresses in it are names, and where each layer is comes from STRATA_…_URL. */
export function compose(sdls: Record<LayerName, string>): string {
  const { errors, supergraphSdl } = composeServices(servicesOf(sdls));
  if (errors?.length) throw new StartError(`The subgraphs do not compose:\n${errors.map(({ message }) => `- ${message}`).join("\n")}`);
  return `${supergraphSdl!.trim()}\n`;
}

/** The supergraph of what partners see, and the schema that they get: what is not tagged for them is in the one inaccessible, in the other absent. */
export function composeForPartners(sdls: Record<LayerName, string>): { supergraph: string; schema: string } {
  const result = composeSchemaContract(servicesOf(sdls), { include: new Set([PARTNER]), exclude: new Set() });
  if (compositionHasErrors(result))
    throw new StartError(`The partner contract does not compose:\n${result.errors.map(({ message }) => `- ${message}`).join("\n")}`);
  return { supergraph: `${result.supergraphSdl.trim()}\n`, schema: publicSdl(result.supergraphSdl) };
}

/** The schema that clients of a supergraph get, in an order that does not depend on the layers'. */
export const publicSdl = (supergraph: string): string =>
  `${printSchema(lexicographicSortSchema(buildASTSchema(transformSupergraphToPublicSchema(parse(supergraph)))))}\n`;

export const flowsPath = join(projectRoot, "docs", "flows.md");

/** npm run compose: writes each layer's schema.graphql, the gateway's supergraph.graphql and the diagrams of the flows from the code. */
export async function main(): Promise<void> {
  const sdls = Object.fromEntries(LAYERS.map((layer) => [layer, sdlOf(layer)])) as Record<LayerName, string>;
  for (const layer of LAYERS) write(schemaPath(layer), sdls[layer]);
  write(supergraphPath, compose(sdls));
  const partners = composeForPartners(sdls);
  write(partnerSupergraphPath, partners.supergraph);
  write(partnerSdlPath, partners.schema);
  write(flowsPath, drawFlows(FLOWS));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path.slice(projectRoot.length + 1)}`);
}
