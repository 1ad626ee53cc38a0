import { createConnection, type Connection } from "mysql2/promise";
import { schemaOf, type LayerName } from "../shared/db/database";

async function connected<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** Makes a layer's schema where it is missing; for a user who may not, somebody else has to have made it. */
export const ensureSchema = (migrationUrl: string, layer: LayerName): Promise<void> =>
  connected(migrationUrl, async (connection) => {
    const [there] = await connection.query("SHOW DATABASES LIKE ?", [schemaOf(layer).replace("_", "\\_")]);
    if ((there as unknown[]).length > 0) return;
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${schemaOf(layer)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  });

export const serverVersion = (url: string): Promise<{ kind: "mysql" | "mariadb"; version: string }> =>
  connected(url, async (connection) => {
    const [rows] = await connection.query("SELECT VERSION() AS version");
    const { version } = (rows as { version: string }[])[0];
    return { kind: /mariadb/i.test(version) ? "mariadb" : "mysql", version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version };
  });
