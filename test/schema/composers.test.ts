import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { composeServices as composeByTheGuild, compositionHasErrors } from "@theguild/federation-composition";
import { composeForPartners, publicSdl, sdlOf, servicesOf } from "../../cli/compose";
import { supergraphPath } from "../../gateway/gateway";
import { LAYERS, type LayerName } from "../../shared/db/database";

/** Checklist (c) 5: nobody is locked in to one composer. */
const sdls = Object.fromEntries(LAYERS.map((layer) => [layer, sdlOf(layer)])) as Record<LayerName, string>;

test("Apollo's composition and the Guild's make the same schema of the layers", () => {
  const other = composeByTheGuild(servicesOf(sdls));
  if (compositionHasErrors(other)) throw new Error(other.errors.map(({ message }) => message).join("\n"));
  expect(publicSdl(other.supergraphSdl)).toBe(publicSdl(readFileSync(supergraphPath, "utf8")));
});

/** Each layer says in its own words what an entity is to it; Apollo shows one of them. */
const EXPLAINED = ["InventoryItem", "InventoryItem.sku", "Warehouse", "Warehouse.code"];

test("Apollo's composition hints at nothing but the descriptions of shared entities", () => {
  const hints = composeServices(servicesOf(sdls)).hints ?? [];
  const about = hints.map(({ definition, message }) => `${definition.code} ${/"([\w.]+)"/.exec(message)?.[1]}`);
  expect(about.sort()).toEqual(EXPLAINED.map((name) => `INCONSISTENT_DESCRIPTION ${name}`));
});

test("the partner contract is a part of the schema: it has no line that the whole has not", () => {
  const [whole, part] = [publicSdl(readFileSync(supergraphPath, "utf8")), composeForPartners(sdls).schema];
  const lines = new Set(whole.split("\n").map((line) => line.trim()));
  expect(part.split("\n").filter((line) => !lines.has(line.trim()))).toEqual([]);
  expect(part.length).toBeLessThan(whole.length / 10);
});
