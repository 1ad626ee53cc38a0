import type { LayerDatabase, Reader } from "./db/database";
import { statementLimit } from "./db/server.sql";
import { writeHeaders } from "./db/rows.sql";
import type { Tx } from "./db/transaction";
import type { Compared } from "./reconcile";

/** A header table and its append-only lines, both keyed by the same two columns, the lines also by `seq`. */
export interface LedgerShape {
  header: string;
  lines: string;
  key: [string, string];
  /** header column → column of the lines that adds up to it */
  figures: Record<string, string>;
}

/** Sums over a ledger of many millions of lines take longer than a caller's statement may. */
const LONGEST_CHECK_SECONDS = 600;

export async function snapshotReader(db: LayerDatabase): Promise<{ reader: Reader; end: () => Promise<void> }> {
  const runner = db.primary.createQueryRunner();
  const connection = (await runner.connect()) as { destroy(): void };
  await runner.query(statementLimit(db.engine, LONGEST_CHECK_SECONDS));
  await runner.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  await runner.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  return {
    reader: { query: (sql, params) => runner.query(sql, params) },
    end: async () => {
      const restored = runner.query("ROLLBACK").then(() => runner.query(statementLimit(db.engine)));
      await restored.catch(() => connection.destroy());
      await runner.release();
    },
  };
}

export interface HeaderRow {
  key: [string, string];
  version: number;
  figures: Record<string, string>;
}

/** Headers in key order. Primary key range. */
export async function pageOfHeaders(reader: Reader, shape: LedgerShape, after: [string, string], limit: number): Promise<HeaderRow[]> {
  const [a, b] = shape.key;
  const columns = Object.keys(shape.figures);
  const rows = await reader.query<Record<string, unknown>>(
    `SELECT ${a} AS key_a, ${b} AS key_b, version, ${columns.map((column) => `CAST(${column} AS CHAR) AS ${column}`).join(", ")}
     FROM ${shape.header} WHERE ${a} > ? OR (${a} = ? AND ${b} > ?) ORDER BY ${a}, ${b} LIMIT ?`,
    [after[0], after[0], after[1], limit],
  );
  return rows.map((row) => ({
    key: [row.key_a as string, row.key_b as string],
    version: Number(row.version),
    figures: Object.fromEntries(columns.map((column) => [column, row[column] as string])),
  }));
}

/** Sums of the lines after each header's mark, a statement for fifty headers. Primary key ranges. */
export async function ledgerSums(
  reader: Reader,
  shape: LedgerShape,
  headers: { key: [string, string]; from: number }[],
): Promise<Map<string, { lines: number; last: number; figures: Record<string, string> }>> {
  const [a, b] = shape.key;
  const sums = new Map<string, { lines: number; last: number; figures: Record<string, string> }>();
  const entries = Object.entries(shape.figures);
  for (let at = 0; at < headers.length; at += 50) {
    const some = headers.slice(at, at + 50);
    const rows = await reader.query<Record<string, unknown>>(
      `SELECT ${a} AS key_a, ${b} AS key_b, COUNT(*) AS line_count, MAX(seq) AS last_seq,
         ${entries.map(([figure, column]) => `CAST(SUM(${column}) AS CHAR) AS ${figure}`).join(", ")}
       FROM ${shape.lines} WHERE ${some.map(() => `(${a} = ? AND ${b} = ? AND seq > ?)`).join(" OR ")} GROUP BY ${a}, ${b}`,
      some.flatMap(({ key, from }) => [...key, from]),
    );
    for (const row of rows) {
      sums.set(JSON.stringify([row.key_a, row.key_b]), {
        lines: Number(row.line_count),
        last: Number(row.last_seq),
        figures: Object.fromEntries(entries.map(([figure]) => [figure, row[figure] as string])),
      });
    }
  }
  return sums;
}

export async function readMarks<Mark>(reader: Reader, names: string[]): Promise<Map<string, Mark>> {
  const rows = await reader.query<{ name: string; mark: unknown }>("SELECT name, mark FROM reconcile_mark WHERE name IN (?)", [names]);
  return new Map(rows.map((row) => [row.name, (typeof row.mark === "string" ? JSON.parse(row.mark) : row.mark) as Mark]));
}

export async function saveMarks(db: LayerDatabase, marks: { name: string; mark: object }[]): Promise<void> {
  for (let at = 0; at < marks.length; at += 500) {
    await db.query(
      "INSERT INTO reconcile_mark (name, mark, checked_at) VALUES ? ON DUPLICATE KEY UPDATE mark = VALUES(mark), checked_at = VALUES(checked_at)",
      [marks.slice(at, at + 500).map(({ name, mark }) => [name, JSON.stringify(mark), new Date()])],
    );
  }
}

/** What a consumer found for a checkpoint that was told to it. */
export const checkpointResults = (db: LayerDatabase, checkId: string): Promise<{ subject: string; told: number; found: number }[]> =>
  db.query("SELECT subject, told, found FROM checkpoint_result WHERE check_id = ?", [checkId]);

export async function forgetCheckpoint(db: LayerDatabase, checkId: string): Promise<void> {
  await db.query("DELETE FROM checkpoint_result WHERE check_id = ?", [checkId]);
}

export const saveCompared = (tx: Tx, rows: Compared[]): Promise<void> =>
  writeHeaders(tx, "checkpoint_result", rows, ["check_id", "subject", "told", "found", "compared_at"], ["told", "found", "compared_at"]);

const SUBJECTS_A_STATEMENT = 500;

/** Those of some subjects that differed when they were last compared. Primary key. */
export async function differing(
  reader: Reader,
  checkId: string,
  rows: Compared[],
): Promise<Pick<Compared, "subject" | "told" | "found">[]> {
  const found: Pick<Compared, "subject" | "told" | "found">[] = [];
  for (let at = 0; at < rows.length; at += SUBJECTS_A_STATEMENT) {
    const subjects = rows.slice(at, at + SUBJECTS_A_STATEMENT).map(({ subject }) => subject);
    found.push(
      ...(await reader.query<Pick<Compared, "subject" | "told" | "found">>(
        "SELECT subject, told, found FROM checkpoint_result WHERE check_id = ? AND subject IN (?)",
        [checkId, subjects],
      )),
    );
  }
  return found;
}

export async function forgetCompared(tx: Tx, checkId: string, rows: Compared[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute("DELETE FROM checkpoint_result WHERE check_id = ? AND subject IN (?)", [checkId, rows.map(({ subject }) => subject)]);
}
