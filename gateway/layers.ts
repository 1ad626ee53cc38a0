import type { LayerName } from "../shared/db/database";
import type { LayerMigrations } from "../shared/db/migrate";
import type { Layer, LayerOptions } from "../shared/layer";

interface LayerModule {
  create: (options: LayerOptions) => Layer;
  migrations: LayerMigrations;
}

/* eslint-disable @typescript-eslint/no-require-imports */
const from = {
  sales: () => require("../services/sales/subgraph") as typeof import("../services/sales/subgraph"),
  dispatch: () => require("../services/dispatch/subgraph") as typeof import("../services/dispatch/subgraph"),
  warehouse: () => require("../services/warehouse/subgraph") as typeof import("../services/warehouse/subgraph"),
};

/** The three layers: the only place that knows them all. A process loads the code of those it runs. */
const MODULES: Record<LayerName, () => LayerModule> = {
  sales: () => ({
    create: from.sales().createSales,
    ...(require("../services/sales/migrations") as typeof import("../services/sales/migrations")),
  }),
  dispatch: () => ({
    create: from.dispatch().createDispatch,
    ...(require("../services/dispatch/migrations") as typeof import("../services/dispatch/migrations")),
  }),
  warehouse: () => ({
    create: from.warehouse().createWarehouse,
    ...(require("../services/warehouse/migrations") as typeof import("../services/warehouse/migrations")),
  }),
};

export const layerModule = (name: LayerName): LayerModule => MODULES[name]();
