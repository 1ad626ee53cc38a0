import { createConnection } from "mysql2/promise";

export async function serverVersion(url: string): Promise<{ kind: "mysql" | "mariadb"; version: string }> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    const [rows] = await connection.query("SELECT VERSION() AS version");
    const { version } = (rows as { version: string }[])[0];
    return { kind: /mariadb/i.test(version) ? "mariadb" : "mysql", version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version };
  } finally {
    await connection.end();
  }
}
