/** A field of RFC 4180: quoted where it holds a comma, a quote or a line break. */
const csvField = (value: unknown): string => {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Lines of CSV, each with its line break; with the names of the columns before them where it is the beginning of a file. */
export function csvText(columns: readonly string[], records: Record<string, unknown>[], beginning: boolean): string {
  const rows = records.map((record) => columns.map((column) => csvField(record[column])));
  return [...(beginning ? [[...columns]] : []), ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

/** One JSON object a line, in the order of the columns. */
export const jsonText = (columns: readonly string[], records: Record<string, unknown>[]): string =>
  records.map((record) => `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, record[column] ?? null])))}\n`).join("");
