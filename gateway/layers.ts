import type { LayerName } from "../shared/db/database";
import type { LayerMigrations } from "../shared/db/migrate";
import type { Layer, LayerOptions } from "../shared/layer";

interface LayerModule {
  create: (options: LayerOptions) => Layer;
  migrations: LayerMigrations;
}

/* eslint-disable @typescript-eslint/no-require-imports */
/** The three layers: the only place that knows them all. A process loads the code of those it runs. */
const MODULES: Record<LayerName, () => LayerModule> = {
  sales: () => ({ create: require("../services/sales/subgraph").createSales, ...require("../services/sales/migrations") }),
  dispatch: () => ({ create: require("../services/dispatch/subgraph").createDispatch, ...require("../services/dispatch/migrations") }),
  warehouse: () => ({ create: require("../services/warehouse/subgraph").createWarehouse, ...require("../services/warehouse/migrations") }),
};

export const layerModule = (name: LayerName): LayerModule => MODULES[name]();
