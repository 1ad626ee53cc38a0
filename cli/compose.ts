import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { composeServices } from "@apollo/composition";
import { composeSchemaContract, compositionHasErrors, transformSupergraphToPublicSchema } from "@theguild/federation-composition";
import { lexicographicSortSchema, buildASTSchema, parse, printSchema } from "graphql";
import { layerModule } from "../gateway/layers";
import { supergraphPath } from "../gateway/gateway";
import { partnerSdlPath, partnerSupergraphPath, referencePath } from "../gateway/partner";
import { FLOWS } from "../services/dispatch/process/flows";
import { drawFlows } from "./draw-flows";
import { makeReference } from "./reference";
import { AUDIENCES, changelog, changelogPath, releasedPath, type Audience } from "./schema-changes";
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

const HELP = `npm run compose [-- --release VERSION]

Writes from the code: each layer's schema.graphql, the gateway's supergraph, the partner contract with its
reference pages, the changes of the schema since its last release (docs/schema/CHANGELOG.md) and the diagrams of the flows. --release closes that list and
keeps the schemas as they are now as those of that version.`;

/** npm run compose: writes all that is made from the code and committed. */
export async function main(args: string[] = []): Promise<void> {
  const { values } = parseArgs({ args, options: { release: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) return console.log(HELP);
  const sdls = Object.fromEntries(LAYERS.map((layer) => [layer, sdlOf(layer)])) as Record<LayerName, string>;
  for (const layer of LAYERS) write(schemaPath(layer), sdls[layer]);
  const supergraph = compose(sdls);
  write(supergraphPath, supergraph);
  const partners = composeForPartners(sdls);
  write(partnerSupergraphPath, partners.supergraph);
  write(partnerSdlPath, partners.schema);
  const pages = makeReference(partners.schema, referencePath);
  if (pages !== undefined) write(referencePath, pages);
  await writeChanges({ clients: publicSdl(supergraph), partners: partners.schema }, values.release);
  write(flowsPath, drawFlows(FLOWS));
}

async function writeChanges(now: Record<Audience, string>, release: string | undefined): Promise<void> {
  write(changelogPath, await changelog(written(changelogPath), withReleased(now), release));
  if (release === undefined) return;
  for (const audience of AUDIENCES) write(releasedPath[audience], now[audience]);
}

const written = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The schemas as they are now beside those released last. */
export const withReleased = (now: Record<Audience, string>) => ({
  clients: { released: written(releasedPath.clients), now: now.clients },
  partners: { released: written(releasedPath.partners), now: now.partners },
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path.slice(projectRoot.length + 1)}`);
}
