import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";
import { percentile } from "../cli/demo/measure";
import { anyRowOf, BARE_SCHEMA, BARE_TABLES, COPY_HEADER, DROP_BARE, insertInto, LOCK_HEADER, MOVE_HEADER } from "./bare.sql";
import type { LoadResult } from "./load";
import { HOT_SKU } from "./naive";

/** As many reservations as Strata puts into one transaction. */
export const BARE_BATCH = 400;
const CONNECTIONS = 2;
/** More than two cores can insert; their texts are made before the time runs. */
const MOST_A_SECOND = 14_000;

/**
 * The wall behind batches of reservations: the rows that Strata writes, into tables like its own with the same indexes, in
 * transactions of the same size that lock the same header; the statements are ready as text, nothing is asked, checked,
 * decided or answered.
 */
export async function insertBare(
  databaseUrl: string,
  { seconds, warmupSeconds }: { seconds: number; warmupSeconds: number },
): Promise<LoadResult> {
  const admin = await createConnection(databaseUrl);
  try {
    for (const statement of BARE_SCHEMA) await admin.query(statement);
    await admin.query(COPY_HEADER, [HOT_SKU]);
    const batches = await textsOf(admin, Math.ceil(((seconds + warmupSeconds) * MOST_A_SECOND) / BARE_BATCH));
    return await timed(databaseUrl, batches, seconds, warmupSeconds);
  } finally {
    await admin.query(DROP_BARE);
    await admin.end();
  }
}

/** Each batch as one text a table: a row of Strata's, again and again under keys of its own. */
async function textsOf(admin: Connection, count: number): Promise<string[][]> {
  const kinds: { insert: string; values: unknown[]; own: number }[] = [];
  for (const [table, key] of BARE_TABLES) {
    const [[row]] = await admin.query<RowDataPacket[]>(anyRowOf(table));
    const columns = Object.keys(row!);
    kinds.push({ insert: insertInto(table, columns), values: Object.values(row!), own: columns.indexOf(key) });
  }
  let made = 0;
  return Array.from({ length: count }, () => {
    const from = made;
    made += BARE_BATCH;
    return kinds.map(({ insert, values, own }) =>
      admin.format(insert, [Array.from({ length: BARE_BATCH }, (_, i) => values.with(own, keyLike(values[own], from + i)))]),
    );
  });
}

/** As long as the key it stands for, and ascending as ids are. */
const keyLike = (key: unknown, n: number): unknown => (typeof key === "string" ? key.slice(0, -9) + String(n).padStart(9, "0") : n);

async function timed(databaseUrl: string, batches: string[][], seconds: number, warmupSeconds: number): Promise<LoadResult> {
  const startsAt = performance.now() + warmupSeconds * 1_000;
  const endsAt = startsAt + seconds * 1_000;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const connection = await createConnection(databaseUrl);
      for (let batch = batches.pop(); batch && performance.now() < endsAt; batch = batches.pop()) {
        const from = performance.now();
        await connection.beginTransaction();
        await connection.query(LOCK_HEADER, [HOT_SKU]);
        for (const text of batch) await connection.query(text);
        await connection.query(MOVE_HEADER, [BARE_BATCH, BARE_BATCH, HOT_SKU]);
        await connection.commit();
        if (from >= startsAt && performance.now() <= endsAt) latencies.push(performance.now() - from);
      }
      await connection.end();
    }),
  );
  if (batches.length === 0) throw new Error("the bare client ran out of batches: make more of them");
  const sorted = Float64Array.from(latencies).sort();
  return { rate: sorted.length / seconds, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors: {} };
}
