import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { layerModule } from "../gateway/layers";
import { supergraphPath } from "../gateway/gateway";
import { FLOWS } from "../services/dispatch/process/flows";
import { drawFlows } from "./draw-flows";
import { LAYERS, type LayerDatabase, type LayerName } from "../shared/db/database";
import { quietLog } from "../shared/log";
import { StartError } from "../shared/mysqld/fault";
import { projectRoot } from "../shared/root";

export const schemaPath = (layer: LayerName): string => join(projectRoot, "services", layer, "schema.graphql");

/** A layer's SDL. Layers ask nothing of their database before they are started, so none is needed. */
export function sdlOf(layer: LayerName): string {
  const db = { layer, log: quietLog, signals: { on: () => undefined } } as unknown as LayerDatabase;
  return `${layerModule(layer).create({ db, log: quietLog }).sdl.trim()}\n`;
}

/** The supergraph of some SDLs; the addresses in it are names, and where each layer is comes from STRATA_…_URL. */
export function compose(sdls: Record<LayerName, string>): string {
  const services = LAYERS.map((name) => ({ name, url: `http://${name}:4000/graphql`, typeDefs: parse(sdls[name]) }));
  const { errors, supergraphSdl } = composeServices(services);
  if (errors?.length) throw new StartError(`The subgraphs do not compose:\n${errors.map(({ message }) => `- ${message}`).join("\n")}`);
  return `${supergraphSdl!.trim()}\n`;
}

export const flowsPath = join(projectRoot, "docs", "flows.md");

/** npm run compose: writes each layer's schema.graphql, the gateway's supergraph.graphql and the diagrams of the flows from the code. */
export async function main(): Promise<void> {
  const sdls = Object.fromEntries(LAYERS.map((layer) => [layer, sdlOf(layer)])) as Record<LayerName, string>;
  for (const layer of LAYERS) write(schemaPath(layer), sdls[layer]);
  write(supergraphPath, compose(sdls));
  write(flowsPath, drawFlows(FLOWS));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path.slice(projectRoot.length + 1)}`);
}
