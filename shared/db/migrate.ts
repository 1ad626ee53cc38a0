import { DataSource, type MigrationInterface, type QueryRunner } from "typeorm";
import { schemaOf, type LayerName } from "./database";
import { allTables, currentUser, grantTable } from "./migrate.sql";
import { kernelMigrations } from "./kernel.migrations";
import type { DatabaseError } from "./retry";

/**
 * One schema change: a number, a sentence, one DDL statement (MySQL commits each by itself). Forward only, and written so that
 * old code runs beside the new schema. Numbers below 1000 are the kernel's, the layers count from 1000.
 */
export interface Migration {
  number: number;
  sentence: string;
  sql: string;
}

/** What a layer's migrations folder exports. */
export interface LayerMigrations {
  layer: LayerName;
  migrations: Migration[];
  /** Append-only tables: the runtime user gets SELECT and INSERT there, and nothing more. */
  ledgerTables: string[];
}

type MigrationClass = new () => MigrationInterface;

/** TypeORM reads the order from the last 13 digits of the name. */
function asTypeOrm({ number, sentence, sql }: Migration): MigrationClass {
  const name = `${sentence.slice(0, 150)} ${String(number).padStart(13, "0")}`;
  return class implements MigrationInterface {
    name = name;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql).catch((error: DatabaseError) => {
        // A crash came between the change and its record: the column or key is there already.
        if (![1060, 1061].includes(error.errno ?? 0)) throw error;
      });
    }
    async down(): Promise<void> {
      throw new Error("migrations go forward only");
    }
  };
}

const KERNEL_LEDGERS: string[] = [];

/** Brings one layer's schema up to date as the migration user, then grants the runtime user what it needs, table by table. */
export async function migrateLayer(migrationUrl: string, runtimeUrl: string, layer: LayerMigrations): Promise<void> {
  const source = new DataSource({
    type: "mysql",
    url: migrationUrl,
    database: schemaOf(layer.layer),
    charset: "utf8mb4_bin",
    timezone: "Z",
    migrations: [...kernelMigrations, ...layer.migrations].map(asTypeOrm),
    migrationsTableName: "schema_migration",
    migrationsTransactionMode: "none",
  });
  await source.initialize();
  try {
    await source.runMigrations();
    const user = await currentUser(runtimeUrl);
    // One user for both (a database somebody else runs): its grants are theirs to decide.
    if (user === (await currentUser(migrationUrl))) return;
    const ledgers = new Set([...KERNEL_LEDGERS, ...layer.ledgerTables]);
    for (const table of await allTables(source, schemaOf(layer.layer))) {
      await grantTable(
        source,
        schemaOf(layer.layer),
        table,
        user,
        ledgers.has(table) ? "append" : table === "schema_migration" ? "read" : "write",
      );
    }
  } finally {
    await source.destroy();
  }
}
