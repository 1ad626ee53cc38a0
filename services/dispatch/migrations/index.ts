import type { LayerMigrations } from "../../../shared/db/migrate";
import { alertTables } from "./alert.migrations";
import { changeTables, sourcingTables } from "./change.migrations";
import { incomingTables } from "./incoming.migrations";
import { knownTables } from "./known.migrations";
import { noticeTables } from "./notice.migrations";
import { orderTables } from "./order.migrations";
import { positionTables } from "./position.migrations";
import { returnTables } from "./return.migrations";
import { transferTables } from "./transfer.migrations";
import { webhookTables } from "./webhook.migrations";

export const migrations: LayerMigrations = {
  layer: "dispatch",
  ledgerTables: ["position_entry", "process_step"],
  migrations: [
    ...knownTables,
    ...positionTables,
    ...orderTables,
    ...incomingTables,
    ...noticeTables,
    ...alertTables,
    ...webhookTables,
    ...changeTables,
    ...sourcingTables,
    ...returnTables,
    ...transferTables,
  ],
};
