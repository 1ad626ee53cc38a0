import { MOVEMENT_TYPES } from "../../services/warehouse/ledger/movement-rules";
import { StockStatus } from "../../services/warehouse/enums";
import type { CsvRow } from "./read-csv";

export const NEEDED = ["type", "warehouse", "sku", "quantity"] as const;

/** Columns of the movement and of its one line, named like the fields of postMovement. */
const OF_MOVEMENT = [
  "idempotencyKey",
  "type",
  "warehouse",
  "reason",
  "reasonCode",
  "supplier",
  "orderRef",
  "ofMovement",
  "account",
  "occurredAt",
];
const OF_LINE = [
  "sku",
  "quantity",
  "unit",
  "pledge",
  "location",
  "toLocation",
  "status",
  "toStatus",
  "lot",
  "lotExpiresOn",
  "serials",
  "unitCost",
  "amount",
];
const OF_DOCUMENT = ["documentType", "documentNumber", "documentLine"];
/** What an errors file says beside the row; it may be handed in again as it is. */
export const OF_ERRORS = ["row", "code", "field", "message"];

export const COLUMNS = [...OF_MOVEMENT, ...OF_LINE, ...OF_DOCUMENT];
export const KNOWN = [...COLUMNS, ...OF_ERRORS];

/** What GraphQL would refuse the whole call for is found row by row here. */
const SHAPES: [columns: string[], shape: RegExp, what: string][] = [
  [["type"], new RegExp(`^(${MOVEMENT_TYPES.join("|")})$`), "is no type of movement"],
  [["status", "toStatus"], new RegExp(`^(${Object.keys(StockStatus).join("|")})$`), "is no stock status"],
  [["quantity"], /^\d{1,9}$|^1\d{9}$|^2000000000$/, "is not a whole number up to 2000000000"],
  [["unitCost", "amount"], /^-?\d{1,13}(\.\d{1,6})?$/, "is not an amount such as 12.50"],
  [["lotExpiresOn"], /^\d{4}-\d{2}-\d{2}$/, "is not a day such as 2026-01-31"],
  [
    ["occurredAt"],
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/,
    "is not a moment such as 2026-01-31T09:30:00Z",
  ],
];
const isMoment = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text.slice(0, 10)).toISOString().slice(0, 10) === text.slice(0, 10);

export interface RowFault {
  code: string;
  field: string;
  message: string;
}

/** What is wrong with a row before it is handed in; nothing when it can be. */
export function faultOf({ cells }: CsvRow): RowFault | undefined {
  const missing = NEEDED.find((column) => cells[column] === undefined);
  if (missing) return { code: "INVALID_INPUT", field: missing, message: "is empty" };
  for (const [columns, shape, what] of SHAPES)
    for (const field of columns)
      if (cells[field] !== undefined && !shape.test(cells[field]))
        return { code: "INVALID_INPUT", field, message: `"${cells[field]}" ${what}` };
  for (const field of ["lotExpiresOn", "occurredAt"])
    if (cells[field] !== undefined && !isMoment(cells[field]))
      return { code: "INVALID_INPUT", field, message: `"${cells[field]}" does not exist` };
  if ((cells.documentType === undefined) !== (cells.documentNumber === undefined))
    return { code: "INVALID_INPUT", field: "documentNumber", message: "documentType and documentNumber come together" };
  return undefined;
}

/** A row without a key is known by its place in the file. */
export const keyOf = (source: string, { number, cells }: CsvRow): string => cells.idempotencyKey ?? `${source}:${number}`;

/** One row is one movement of one line. */
export function movementOf(source: string, row: CsvRow): Record<string, unknown> {
  const { cells } = row;
  const pick = (columns: string[]) =>
    Object.fromEntries(columns.flatMap((column) => (cells[column] === undefined ? [] : [[column, cells[column]]])));
  const line = {
    ...pick(OF_LINE),
    quantity: Number(cells.quantity),
    ...(cells.serials !== undefined && { serials: cells.serials.split("|").map((serial) => serial.trim()) }),
  };
  const document = { type: cells.documentType, number: cells.documentNumber, ...(cells.documentLine && { line: cells.documentLine }) };
  return {
    ...pick(OF_MOVEMENT),
    idempotencyKey: keyOf(source, row),
    ...(cells.documentNumber !== undefined && { document }),
    lines: [line],
  };
}

/** A field of the API's answer as the column that it came from: `lines.0.sku` is `sku`. */
export const columnOf = (field: string | null): string =>
  (field ?? "")
    .replace(/^lines\.0\.?/, "")
    .replace(/^serials\..*/, "serials")
    .replace(/^document\.(\w)(\w*)/, (_, first: string, rest: string) => `document${first.toUpperCase()}${rest}`);
