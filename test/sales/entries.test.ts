import { createConnection, type Connection } from "mysql2/promise";
import { migrations } from "../../services/sales/migrations";
import { listReservations, type ReservationFilter } from "../../services/sales/reserve/reserve.sql";
import { ReservationStatus } from "../../services/sales/reserve/reservation";
import { readEntries, type EntryFilter } from "../../services/sales/stock/read-stock.sql";
import { Cause } from "../../services/sales/stock/virtual-stock";
import type { Reader } from "../../shared/db/database";
import { testDatabase, type TestDatabase } from "../support/database";

/** A page of a long ledger costs as much as the page, whatever it is filtered by. */
const LINES = 20_000;
/** One client's early and last reservations, with another's between them. */
const clientOf = (i: number): string => (i < LINES / 2 || i >= LINES - 100 ? "shop" : "other");
const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
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
  const states: Record<number, unknown[]> = {
    40: ["HELD", new Date(Date.now() + 3_600_000)],
    41: ["HELD", new Date(0)],
    15_000: ["EXPIRED", new Date(0)],
    60: ["CONFIRMED", null],
    5_000: ["CONFIRMED", null],
  };
  const reservations = Array.from({ length: LINES }, (_, i) => {
    const [status, expires] = states[i] ?? ["FULFILLED", null];
    return [idOf(i), clientOf(i), "", `order-${i}`, "web", "EU", null, status, at, expires, null, 1];
  });
  await connection.query("INSERT INTO reservation VALUES ?", [reservations]);
  await connection.query("ANALYZE TABLE virtual_stock_entry, reservation");
});
afterAll(async () => {
  await connection.end();
  await database.close();
});

const reader = { query: async (sql: string, params?: unknown[]) => (await connection.query(sql, params))[0] } as Reader;
const rowsRead = async (): Promise<number> => {
  // MariaDB counts what it looks at in the index alone by itself.
  const [rows] = await connection.query(
    "SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read%' OR Variable_name = 'Handler_icp_attempts'",
  );
  return (rows as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
};

test.each<[string, Partial<EntryFilter>, number]>([
  ["nothing", {}, 51],
  ["a place in it", { before: 10_000 }, 51],
  ["a rare cause", { cause: Cause.FREEZE }, 2],
  ["a rare cause before a place", { cause: Cause.FREEZE, before: 10_000 }, 1],
  ["a cause that never came", { cause: Cause.RETURN }, 0],
  ["a frequent cause", { cause: Cause.HOLD }, 51],
  ["a frequent cause before a place", { cause: Cause.HOLD, before: 10_000 }, 51],
  ["a reference", { reference: "r100" }, 3],
  ["a reference and a cause", { reference: "r100", cause: Cause.CONFIRM }, 1],
  ["a reference that never came", { reference: "none" }, 0],
])("filtered by %s", async (_, filter, expected) => {
  const before = await rowsRead();
  const entries = await readEntries(reader, { pool: "EU", sku: "HOT", limit: 51, ...filter });
  expect(entries).toHaveLength(expected);
  expect((await rowsRead()) - before).toBeLessThan(400);
});

test.each<[string, Partial<ReservationFilter>, number]>([
  ["a client", { client: "shop" }, 51],
  ["a client, behind another's", { client: "shop", after: idOf(LINES / 2) }, 51],
  ["a status, in the middle", { status: ReservationStatus.FULFILLED, after: idOf(LINES / 2) }, 51],
  ["a client's rare status", { client: "shop", status: ReservationStatus.CONFIRMED }, 2],
  ["what is held", { status: ReservationStatus.HELD }, 1],
  ["what has expired, booked or not", { status: ReservationStatus.EXPIRED }, 2],
])("reservations by %s", async (_, filter, expected) => {
  const before = await rowsRead();
  const found = await listReservations(reader, { limit: 51, ...filter });
  expect(found).toHaveLength(expected);
  expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).sort());
  expect((await rowsRead()) - before).toBeLessThan(400);
});
