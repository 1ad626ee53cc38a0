import { cursorKey, encodeCursor, type CursorKey } from "../../../shared/graphql/common.types";
import type { Reader } from "../../../shared/db/database";
import { Fault } from "../../../shared/refusal";
import { csvText, jsonText } from "./export-text";
import { detailLines, summaryLines, type DetailLine, type SummaryLine } from "./export.sql";
import type { JournalExport, JournalExportText, TextArgs } from "./export.types";

const MOST_LINES = 10_000;

const SUMMARY_COLUMNS = ["export", "line", "legalEntity", "period", "day", "account", "merchant", "currency", "debit", "credit"] as const;
const DETAIL_COLUMNS = [
  ...["export", "entry", "line", "legalEntity", "period", "day", "at", "account", "merchant", "currency", "debit", "credit"],
  ...["sku", "warehouse", "units", "documentType", "documentNumber", "documentLine", "movement"],
] as const;

/** A part of an export's file, made from what is stored: the same every time. */
export async function exportPart(reader: Reader, of: JournalExport, args: TextArgs, format: "csv" | "json"): Promise<JournalExportText> {
  if (args.first < 1 || args.first > MOST_LINES) throw new Fault("BAD_USER_INPUT", `first must be 1 to ${MOST_LINES}`);
  const detail = of.level === "DETAIL";
  const after = cursorKey({ first: 1, after: args.after }, ...(detail ? (["string", "number"] as const) : (["number"] as const)));
  const lines = await linesAfter(reader, of, after, args.first + 1);
  const shown = lines.slice(0, args.first);
  const records = shown.map((line) => recordOf(of, line));
  const columns = detail ? DETAIL_COLUMNS : SUMMARY_COLUMNS;
  const last = shown.at(-1);
  return {
    text: format === "csv" ? csvText(columns, records, after === undefined) : jsonText(columns, records),
    pageInfo: { hasNextPage: lines.length > args.first, endCursor: last ? encodeCursor(keyOf(last)) : null },
  };
}

const linesAfter = (reader: Reader, { id, level }: JournalExport, after: CursorKey | undefined, limit: number) =>
  level === "DETAIL"
    ? detailLines(reader, id, (after as [string, number] | undefined) ?? ["", 0], limit)
    : summaryLines(reader, id, (after as [number] | undefined)?.[0] ?? 0, limit);

const isDetail = (line: SummaryLine | DetailLine): line is DetailLine => "entry" in line;
const keyOf = (line: SummaryLine | DetailLine): CursorKey => (isDetail(line) ? [line.entry, line.line] : [line.line]);

const recordOf = ({ id, legalEntity, period }: JournalExport, line: SummaryLine | DetailLine): Record<string, unknown> => ({
  ...line,
  ...(isDetail(line) ? { at: line.at.toISOString() } : {}),
  export: id,
  legalEntity,
  period,
});
