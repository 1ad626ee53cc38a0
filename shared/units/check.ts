import { Fault, Refusal } from "../refusal";

/** Field path of an input value, as it goes into `userErrors.field`. */
export type Path = string[];

const invalid = (path: Path, message: string) => new Refusal("INVALID_INPUT", message, { field: path });
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A business key, code or reference: 1 to `most` characters, byte-exact, no control characters, no space around it. */
export function checkKey(value: string, path: Path, most = 64): string {
  if (value.length === 0) throw invalid(path, "must not be empty");
  if (value.length > most) throw invalid(path, `must have at most ${most} characters`);
  if (value !== value.trim()) throw invalid(path, "must not begin or end with a space");
  if (CONTROL.test(value)) throw invalid(path, "must not contain control characters");
  if (!isWellFormed(value)) throw invalid(path, "must be well-formed Unicode");
  return value;
}

/** Free text for people: at most `most` characters. */
export function checkText(value: string, path: Path, most = 500): string {
  if (value.length > most) throw invalid(path, `must have at most ${most} characters`);
  if (value.includes("\u0000") || !isWellFormed(value)) throw invalid(path, "must be well-formed Unicode without null bytes");
  return value;
}

/** Units of a line: 1 to 2,000,000,000 base units. */
export function checkUnits(value: number, path: Path, least = 1): number {
  if (!Number.isInteger(value) || value < least) throw invalid(path, `must be a whole number of at least ${least}`);
  if (value > MAX_UNITS) throw invalid(path, "must be at most 2,000,000,000");
  return value;
}

/** The most units that one balance may hold (Int of GraphQL, with room to add). */
export const MAX_UNITS = 2_000_000_000;

/** 1 to `most` elements. */
export function checkCount<T>(values: T[], path: Path, most: number): T[] {
  if (values.length === 0) throw invalid(path, "must have at least one element");
  if (values.length > most) throw invalid(path, `must have at most ${most} elements`);
  return values;
}

/** The size of a list argument whose answer has no place for a refusal of the whole. */
export function checkBatch<T>(values: readonly T[], argument: string, most: number): void {
  if (values.length === 0 || values.length > most) throw new Fault("BAD_USER_INPUT", `${argument} must have 1 to ${most} elements`);
}

const isWellFormed = (text: string): boolean => !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
