import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageFault } from "./options";

export interface DemoKeys {
  admin: string;
  orderSystem: string;
  warehouseOperator: string;
}

/**
 * The API keys of the demo's three actors: one key given for all of them, else the file that the first start left in
 * the data folder (role → key), with STRATA_ADMIN_KEY for every role that it lacks.
 */
export function demoKeys(env: NodeJS.ProcessEnv, given?: string): DemoKeys {
  if (given) return { admin: given, orderSystem: given, warehouseOperator: given };
  const path = join(env.STRATA_DATA_DIR ?? ".strata", "demo-keys.json");
  const file: Record<string, string> = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const admin = env.STRATA_ADMIN_KEY ?? file.admin;
  if (!admin)
    throw new UsageFault(`no API key: set STRATA_ADMIN_KEY, give --key, or run where the server has its data folder (looked for ${path})`);
  return { admin, orderSystem: file["order-system"] ?? admin, warehouseOperator: file["warehouse-operator"] ?? admin };
}
