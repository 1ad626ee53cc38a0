import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ErrorCode, FAULT_CODES } from "../../shared/refusal";

/** The catalogue of errors has every code of both lists, and no other. */
const [, business, others] = readFileSync(join(__dirname, "../../docs/errors.md"), "utf8").split(/^## /m);
const codes = (table: string): string[] => [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);

test("every code stands in docs/errors.md, in its list", () => {
  expect(codes(business).sort()).toEqual(Object.values<string>(ErrorCode).sort());
  expect(codes(others).sort()).toEqual([...FAULT_CODES].sort());
});
