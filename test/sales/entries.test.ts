import { createConnection, type Connection } from "mysql2/promise";
import { migrations } from "../../services/sales/migrations";
import { readEntries, type EntryFilter } from "../../services/sales/stock/read-stock.sql";
import { Cause } from "../../services/sales/stock/virtual-stock";
import type { Reader } from "../../shared/db/database";
import { testDatabase, type TestDatabase } from "../support/database";

/** A page of a long ledger costs as much as the page, whatever it is filtered by. */
const LINES = 20_000;
let database: TestDatabase;
let connection: Connection;
beforeAll(async () => {
  database = await testDatabase({ replica: false, schemas: [migrations] });
  connection = await createConnection({ uri: database.migrationUrl, database: "strata_sales" });
  const causes = [Cause.HOLD, Cause.CONFIRM, Cause.FULFILL];
  const at = new Date();
  const rows = Array.from({ length: LINES }, (_, i) => {
    const cause = i === 50 || i === 15_000 ? Cause.FREEZE : causes[i % 3];
    return ["EU", "HOT", i + 1, at, cause, `r${Math.floor(i / 3)}`, 0, 1, 0, 0, 0, 0, 0, 0, 0];
  });
  await connection.query("INSERT INTO virtual_stock_entry VALUES ?", [rows]);
  await connection.query("ANALYZE TABLE virtual_stock_entry");
});
afterAll(async () => {
  await connection.end();
  await database.close();
});

const rowsRead = async (): Promise<number> => {
  const [rows] = await connection.query("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return (rows as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
};

test.each<[string, Partial<EntryFilter>, number]>([
  ["nothing", {}, 51],
  ["a place in it", { before: 10_000 }, 51],
  ["a rare cause", { cause: Cause.FREEZE }, 2],
  ["a rare cause before a place", { cause: Cause.FREEZE, before: 10_000 }, 1],
  ["a cause that never came", { cause: Cause.RETURN }, 0],
  ["a frequent cause", { cause: Cause.HOLD }, 51],
  ["a reference", { reference: "r100" }, 3],
  ["a reference and a cause", { reference: "r100", cause: Cause.CONFIRM }, 1],
  ["a reference that never came", { reference: "none" }, 0],
])("filtered by %s", async (_, filter, expected) => {
  const reader = { query: async (sql: string, params?: unknown[]) => (await connection.query(sql, params))[0] } as Reader;
  const before = await rowsRead();
  const entries = await readEntries(reader, { pool: "EU", sku: "HOT", limit: 51, ...filter });
  expect(entries).toHaveLength(expected);
  expect((await rowsRead()) - before).toBeLessThan(400);
});
