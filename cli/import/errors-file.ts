import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { COLUMNS, OF_ERRORS, type RowFault } from "./movement-columns";

/** FILE.errors.csv: rows that were refused, with why, as they can be corrected and handed in again. Made with its first row. */
export class ErrorsFile {
  rows = 0;
  private file?: number;

  constructor(readonly path: string) {
    if (existsSync(path)) rmSync(path);
  }

  add(number: number, { code, field, message }: RowFault, cells: Record<string, string>): void {
    this.file ??= this.open();
    this.rows++;
    const values = [String(number), code, field, message, ...COLUMNS.map((column) => cells[column] ?? "")];
    writeSync(this.file, line(values));
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }

  private open(): number {
    const file = openSync(this.path, "w");
    writeSync(file, line([...OF_ERRORS, ...COLUMNS]));
    return file;
  }
}

const line = (values: string[]): string =>
  `${values.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",")}\n`;
