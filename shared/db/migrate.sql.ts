import { createConnection } from "mysql2/promise";
import type { DataSource } from "typeorm";
import type { Reader } from "./database";

/** user@host as the server knows it. */
export async function currentUser(url: string): Promise<string> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    const [rows] = await connection.query("SELECT CURRENT_USER() AS name");
    return (rows as { name: string }[])[0].name;
  } finally {
    await connection.end();
  }
}

export async function allTables(source: DataSource, schema: string): Promise<string[]> {
  const rows: { name: string }[] = await source.query(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME",
    [schema],
  );
  return rows.map((row) => row.name);
}

/** The numbers of the migrations that a layer's schema has. */
export const appliedMigrations = async (reader: Reader): Promise<number[]> =>
  (await reader.query<{ number: string | number }>("SELECT timestamp AS number FROM schema_migration")).map(({ number }) => Number(number));

const PRIVILEGES = { append: "SELECT, INSERT", read: "SELECT", write: "SELECT, INSERT, UPDATE, DELETE" };

export async function grantTable(
  source: DataSource,
  schema: string,
  table: string,
  user: string,
  use: keyof typeof PRIVILEGES,
): Promise<void> {
  const [name, host] = user.split("@");
  await source.query(`GRANT ${PRIVILEGES[use]} ON \`${schema}\`.\`${table}\` TO ?@?`, [name, host]);
}
