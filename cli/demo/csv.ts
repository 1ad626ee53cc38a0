import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "csv-parse/sync";

/** Something in the data that the demo cannot use: one line with the file, the row and the column. */
export class DataFault extends Error {}

/** One row of a CSV file. Row 1 is the header, as spreadsheets count. */
export class Row {
  constructor(
    private readonly cells: Record<string, string>,
    private readonly file: string,
    readonly number: number,
  ) {}

  text(column: string): string {
    const value = this.maybe(column);
    if (value === undefined) throw this.fault(column, "is empty");
    return value;
  }

  maybe(column: string): string | undefined {
    return this.cells[column]?.trim() || undefined;
  }

  integer(column: string): number {
    const text = this.text(column);
    if (!/^-?\d{1,10}$/.test(text)) throw this.fault(column, `"${text}" is not a whole number`);
    return Number(text);
  }

  units(column: string): number {
    const units = this.integer(column);
    if (units < 1) throw this.fault(column, `${units} must be at least 1`);
    return units;
  }

  decimal(column: string): string {
    const text = this.text(column);
    if (!/^\d{1,13}(\.\d{1,6})?$/.test(text)) throw this.fault(column, `"${text}" is not an amount such as 12.50`);
    return text;
  }

  degrees(column: string, most: number): number | undefined {
    const text = this.maybe(column);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!(Math.abs(value) <= most)) throw this.fault(column, `"${text}" is not between -${most} and ${most} degrees`);
    return value;
  }

  fault(column: string, what: string): DataFault {
    return new DataFault(`${this.file} row ${this.number}, column ${column}: ${what}`);
  }
}

/** All rows of a file that must have these columns; others are ignored. */
export function readTable(dir: string, file: string, columns: readonly string[]): Row[] {
  const path = join(dir, file);
  if (!existsSync(path)) throw new DataFault(`${file} is missing in ${dir}`);
  const [header, ...rows] = parseCells(path);
  if (!header) throw new DataFault(`${file} is empty; its first row must name the columns`);
  const missing = columns.find((column) => !header.includes(column));
  if (missing) throw new DataFault(`${file} row 1: column ${missing} is missing`);
  return rows.map((cells, index) => {
    if (cells.length !== header.length)
      throw new DataFault(`${file} row ${index + 2}: has ${cells.length} cells, the header has ${header.length}`);
    return new Row(Object.fromEntries(header.map((column, i) => [column, cells[i]!])), file, index + 2);
  });
}

function parseCells(path: string): string[][] {
  try {
    return parse(readFileSync(path), { bom: true, relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    throw new DataFault(`${basename(path)}: ${(error as Error).message}`);
  }
}

/** The first row of a file, to recognise it by; nothing if there is no such file. */
export function columnsOf(dir: string, file: string): string[] {
  const path = join(dir, file);
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .replace(/^\ufeff/, "")
    .split(/\r?\n/, 1)[0]!
    .split(",");
}
