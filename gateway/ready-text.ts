import { isLayer, type StrataRole } from "../shared/config";
import type { Role } from "../shared/identity/scopes";

export interface Ready {
  role: StrataRole;
  url: string;
  /** Keys that this start made. */
  keys?: Partial<Record<Role, string>>;
  adminKey: boolean;
  dataDir: string;
}

const FIRST_QUERY = '{ availability(channel: "web", skus: ["KIT-011", "KIT-012"]) { item { sku name } status quantity } }';

/** What a person sees when Strata is ready. */
export function readyText({ role, url, keys, adminKey, dataDir }: Ready): string {
  if (isLayer(role)) return `\nThe ${role} layer is ready at ${url} (for the gateway alone).\n`;
  const key = keys?.storefront ?? (adminKey ? "$STRATA_ADMIN_KEY" : "YOUR_KEY");
  return `
Strata is ready: ${url}/graphql
${keys ? keyLines(keys, dataDir) : "\nAPI keys: as they were; `npm run keys -- add` makes others.\n"}
A first query to paste:

  curl -s ${url}/graphql -H 'content-type: application/json' -H "x-api-key: ${key}" \\
    -d '${JSON.stringify({ query: FIRST_QUERY })}'

`;
}

const keyLines = (keys: Partial<Record<Role, string>>, dataDir: string): string => `
API keys, shown this once (those of the sample shop are also in ${dataDir}/demo-keys.json; \`npm run keys\` makes others):

${Object.entries(keys)
  .map(([role, key]) => `  ${role.padEnd(20)}${key}`)
  .join("\n")}
`;
