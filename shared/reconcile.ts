import type { LayerDatabase, LayerName, Reader } from "./db/database";
import type { Tx } from "./db/transaction";
import {
  differing,
  forgetCompared,
  ledgerSums,
  pageOfHeaders,
  readMarks,
  saveCompared,
  saveMarks,
  snapshotReader,
  type LedgerShape,
} from "./reconcile.sql";

/** A broken invariant of DESIGN: 1 detail before header, 2 no oversell, 5 balanced books, 6 physical truth, 7 layers agree. */
export interface Drift {
  invariant: 1 | 2 | 5 | 6 | 7;
  layer: LayerName;
  /** What differs, such as `virtual_stock EU A-1`. */
  subject: string;
  message: string;
}

/** Runs checks on one consistent snapshot, so that they are exact while business goes on. */
export async function onSnapshot<T>(db: LayerDatabase, checks: (reader: Reader) => Promise<T>): Promise<T> {
  const { reader, end } = await snapshotReader(db);
  try {
    return await checks(reader);
  } finally {
    await end();
  }
}

export interface LedgerCheck {
  drifts: Drift[];
  /** The headers that have changed since all was last well, and how far each was well then. */
  changed: { key: [string, string]; from: number }[];
  /** Remembers that all is well up to here; call it when nothing else was found either. */
  remember: () => Promise<void>;
}

const PAGE = 500;

/** Whether every header is the sum of its lines and its lines are dense. Only lines after the last mark are read. */
export async function checkLedger(db: LayerDatabase, reader: Reader, shape: LedgerShape, full = false): Promise<LedgerCheck> {
  const drifts: Drift[] = [];
  const changed: LedgerCheck["changed"] = [];
  const marks: { name: string; mark: Mark }[] = [];
  let after: [string, string] = ["", ""];
  for (;;) {
    const headers = await pageOfHeaders(reader, shape, after, PAGE);
    if (headers.length === 0) break;
    const known = full
      ? new Map<string, Mark>()
      : await readMarks<Mark>(
          reader,
          headers.map(({ key }) => markName(shape, key)),
        );
    const moved = headers
      .map((header) => ({ ...header, from: known.get(markName(shape, header.key)) ?? { seq: 0, figures: {} } }))
      .filter((header) => header.version !== header.from.seq || full);
    const sums = await ledgerSums(
      reader,
      shape,
      moved.map(({ key, from }) => ({ key, from: from.seq })),
    );
    for (const header of moved) {
      const found = sums.get(JSON.stringify(header.key)) ?? { lines: 0, last: header.from.seq, figures: {} };
      const message = difference(header, found, shape);
      if (message) drifts.push({ invariant: 1, layer: db.layer, subject: `${shape.header} ${header.key.join(" ")}`, message });
      changed.push({ key: header.key, from: header.from.seq });
      marks.push({ name: markName(shape, header.key), mark: { seq: header.version, figures: header.figures } });
    }
    after = headers[headers.length - 1].key;
  }
  return { drifts, changed, remember: () => saveMarks(db, marks) };
}

interface Mark {
  seq: number;
  figures: Record<string, string>;
}

const markName = (shape: LedgerShape, key: [string, string]): string => `${shape.header} ${JSON.stringify(key)}`;

type HeaderState = { version: number; figures: Record<string, string>; from: Mark };
type Sums = { lines: number; last: number; figures: Record<string, string> };

function difference({ version, figures, from }: HeaderState, sums: Sums, shape: LedgerShape): string | undefined {
  if (sums.lines !== version - from.seq || sums.last !== version) {
    return `version ${version}, but ${sums.lines} lines after ${from.seq}, the last ${sums.last}`;
  }
  for (const figure of Object.keys(shape.figures)) {
    const sum = add(from.figures[figure] ?? "0", sums.figures[figure] ?? "0");
    if (sum !== add(figures[figure], "0")) return `${figure} is ${figures[figure]}, its lines add up to ${sum}`;
  }
  return undefined;
}

/** Exact addition of decimal texts with at most six places. */
function add(a: string, b: string): string {
  return String(micros(a) + micros(b));
}

function micros(text: string): bigint {
  const [whole, part = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole + part.padEnd(6, "0"));
  return text.startsWith("-") ? -value : value;
}

/** The check that never ends: each layer's worker tells its figures under it, round by round. */
export const STANDING_CHECK = "00000000-0000-0000-0000-000000000000";

/** A figure that was told, and what the one who compared it has. */
export interface Compared {
  check_id: string;
  subject: string;
  told: number;
  found: number;
  compared_at: Date;
}

/**
 * Keeps what was compared for whoever asked. Of the standing check only what differs is kept, until it does no more; answers
 * what of it has begun to differ, differs otherwise or has ended, so that somebody can be told once.
 */
export async function keepCompared(tx: Tx, rows: Compared[]): Promise<Compared[]> {
  const asked = rows.filter(({ check_id }) => check_id !== STANDING_CHECK);
  await saveCompared(tx, asked);
  const standing = [...new Map(rows.filter(({ check_id }) => check_id === STANDING_CHECK).map((row) => [row.subject, row])).values()];
  if (standing.length === 0) return [];
  const known = new Map((await differing(tx, STANDING_CHECK, standing)).map((row) => [row.subject, row]));
  const turned = standing.filter((row) => {
    const before = known.get(row.subject);
    return row.told === row.found ? before !== undefined : Number(before?.told) !== row.told || Number(before?.found) !== row.found;
  });
  await saveCompared(
    tx,
    turned.filter(({ told, found }) => told !== found),
  );
  await forgetCompared(
    tx,
    STANDING_CHECK,
    turned.filter(({ told, found }) => told === found),
  );
  return turned;
}
