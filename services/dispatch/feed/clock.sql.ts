import type { Reader } from "../../../shared/db/database";

/** The one clock of a batch, read after its last lock. */
export async function databaseNow(reader: Reader): Promise<Date> {
  const [{ now }] = await reader.query<{ now: Date }>("SELECT NOW(6) AS now");
  return now;
}
