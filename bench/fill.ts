import type { Connection, RowDataPacket } from "mysql2/promise";
import { schemaOf } from "../shared/db/database";
import { wait } from "../shared/db/retry";
import type { PrivateDatabase } from "../shared/mysqld/private";
import {
  endedReservations,
  HOT_VERSION,
  INSERT_NUMBERS,
  LINES_OF_ITEMS,
  LINES_OF_THE_HOT,
  listedItems,
  MAKE_NUMBERS,
  mayWait,
  PAGES_THAT_WAIT,
  ROWS_THERE,
  WITHOUT_BINLOG,
  type Size,
  type Subject,
} from "./fill.sql";

const THOUSANDS_AT_ONCE = 100;
const FEW_PAGES = 1_000;

/** Makes a past of this size in the sales layer's schema, by the database alone; sums and headers agree with the ledger. */
export async function fill(db: PrivateDatabase, subject: Subject, size: Size, say: (line: string) => void): Promise<void> {
  const startedAt = performance.now();
  const admin = await db.primary.admin();
  try {
    await admin.query(WITHOUT_BINLOG);
    for (const statement of MAKE_NUMBERS) await admin.query(statement);
    await admin.query(INSERT_NUMBERS, [Array.from({ length: 1_000 }, (_, n) => [n])]);
    await admin.query(`USE ${schemaOf("sales")}`);
    for (let thousand = 0; thousand < size.skus / 1_000; thousand++) {
      for (const [statement, params] of listedItems(subject, size)) await admin.query(statement, [...params, thousand]);
      await admin.query(LINES_OF_ITEMS, [subject.pool, size.linesASku, thousand]);
    }
    for (const place of placesOf(size.hotLines)) await admin.query(LINES_OF_THE_HOT, [subject.pool, subject.hotSku, ...place]);
    await admin.query(HOT_VERSION, [size.hotLines, subject.pool, subject.hotSku]);
    for (const place of placesOf(size.reservations))
      for (const [statement, params] of endedReservations(subject, size)) await admin.query(statement, [...params, ...place]);
    await writtenOut(admin);
    const [[there]] = await admin.query<RowDataPacket[]>(ROWS_THERE);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    say(
      `  filled in ${seconds} s: ${Object.entries(there!)
        .map(([what, count]) => `${count} ${what}`)
        .join(", ")}`,
    );
  } finally {
    await admin.end();
  }
}

async function writtenOut(admin: Connection): Promise<void> {
  await admin.query(mayWait(0));
  const waiting = async () => Number((await admin.query<RowDataPacket[]>(PAGES_THAT_WAIT))[0][0]!.Value);
  while ((await waiting()) > FEW_PAGES) await wait(200);
  await admin.query(mayWait(90));
}

/** Ranges of a hundred thousand: the million they lie in, their first and last thousand. Counts are multiples of it. */
function placesOf(count: number): [number, number, number][] {
  const places: [number, number, number][] = [];
  for (let first = 0; first < count / 1_000; first += THOUSANDS_AT_ONCE) {
    const within = first % 1_000;
    places.push([Math.floor(first / 1_000), within, within + Math.min(THOUSANDS_AT_ONCE, count / 1_000 - first) - 1]);
  }
  return places;
}
