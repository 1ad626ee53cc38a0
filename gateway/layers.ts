import type { LayerName } from "../shared/db/database";
import type { LayerMigrations } from "../shared/db/migrate";
import type { Layer, LayerOptions } from "../shared/layer";
import { migrations as dispatchMigrations } from "../services/dispatch/migrations";
import { createDispatch } from "../services/dispatch/subgraph";
import { migrations as salesMigrations } from "../services/sales/migrations";
import { createSales } from "../services/sales/subgraph";
import { migrations as warehouseMigrations } from "../services/warehouse/migrations";
import { createWarehouse } from "../services/warehouse/subgraph";

/** The three layers: the only place that knows them all. */
export const LAYER_MODULES: Record<LayerName, { create: (options: LayerOptions) => Layer; migrations: LayerMigrations }> = {
  sales: { create: createSales, migrations: salesMigrations },
  dispatch: { create: createDispatch, migrations: dispatchMigrations },
  warehouse: { create: createWarehouse, migrations: warehouseMigrations },
};
