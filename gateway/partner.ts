import { join } from "node:path";
import { projectRoot } from "../shared/root";

export const partnerSupergraphPath = join(projectRoot, "gateway", "partner", "supergraph.graphql");
export const partnerSdlPath = join(projectRoot, "gateway", "partner", "schema.graphql");
