import { createReadStream } from "node:fs";
import { Transform, type Readable } from "node:stream";
import { parse } from "csv-parse";
import { DataFault } from "../demo/csv";

/** A row longer than this is none: a quote that is never closed, or no CSV at all. */
const LONGEST_ROW_CHARACTERS = 65_536;

/** One row of a file; row 1 is the header, as spreadsheets count. */
export interface CsvRow {
  number: number;
  /** Without empty ones. */
  cells: Record<string, string>;
}

/** Rows of a CSV file one after the other, however long it is; its header has all of `needed` and nothing beyond `known`. */
export async function* readCsv(path: string, needed: readonly string[], known: readonly string[]): AsyncGenerator<CsvRow> {
  yield* rowsOf(createReadStream(path), path, needed, known);
}

export async function* rowsOf(input: Readable, name: string, needed: readonly string[], known: readonly string[]): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW_CHARACTERS,
    info: true,
  });
  const utf8 = checkUtf8();
  // An error anywhere ends the parser, whose reader is told.
  for (const stream of [input, utf8]) stream.on("error", (error) => parser.destroy(error));
  input.pipe(utf8).pipe(parser);
  let header: string[] | undefined;
  let number = 0;
  try {
    for await (const { record } of parser as AsyncIterable<{ record: string[] }>) {
      number++;
      if (header) yield { number, cells: cellsOf(header, record, name, number) };
      else header = checkHeader(record, name, needed, known);
    }
  } catch (error) {
    throw error instanceof DataFault ? error : new DataFault(`${name}, after row ${number}: ${(error as Error).message}`);
  } finally {
    input.destroy();
  }
  if (!header) throw new DataFault(`${name} is empty; its first row must name the columns`);
}

function checkHeader(record: string[], name: string, needed: readonly string[], known: readonly string[]): string[] {
  const header = record.map((column) => column.trim());
  const missing = needed.find((column) => !header.includes(column));
  if (missing) throw new DataFault(`${name} row 1: column ${missing} is missing`);
  const unknown = header.find((column) => !known.includes(column));
  if (unknown !== undefined)
    throw new DataFault(`${name} row 1: there is no column "${unknown.slice(0, 60)}"; known are ${known.join(", ")}`);
  const twice = header.find((column, i) => header.indexOf(column) !== i);
  if (twice) throw new DataFault(`${name} row 1: column ${twice} comes twice`);
  return header;
}

function cellsOf(header: string[], record: string[], name: string, number: number): Record<string, string> {
  if (record.length !== header.length)
    throw new DataFault(`${name} row ${number}: has ${record.length} cells, the header has ${header.length}`);
  const cells: Record<string, string> = {};
  header.forEach((column, i) => {
    const text = record[i].trim();
    if (text !== "") cells[column] = text;
  });
  return cells;
}

/** Lets well-formed UTF-8 pass and nothing else: a file of another encoding would be read as other text. */
function checkUtf8(): Transform {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (done: (error: Error | null, text?: string) => void, bytes?: Buffer) => {
    try {
      done(null, decoder.decode(bytes, { stream: bytes !== undefined }));
    } catch {
      done(new DataFault("the file is not UTF-8: save it as CSV UTF-8"));
    }
  };
  return new Transform({
    transform: (bytes: Buffer, _encoding, done) => decode(done, bytes),
    flush: (done) => decode(done),
  });
}
