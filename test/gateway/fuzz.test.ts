import { connect } from "node:net";
import * as fc from "fast-check";
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from "graphql";
import { readFileSync } from "node:fs";
import { supergraphPath } from "../../gateway/gateway";
import { FAULT_CODES } from "../../shared/refusal";
import { startWorld, type Answer, type World } from "../support/world";

/**
 * Operations made from the schema, with values that fit and values that do not, and bytes that are hardly HTTP: no crash, no
 * 5xx but the named ones, never INTERNAL. Runs for STRATA_FUZZ_SECONDS (20); STRATA_FUZZ_SEED repeats a run.
 */
const SECONDS = Number(process.env.STRATA_FUZZ_SECONDS ?? 20);
const SEED = Number(process.env.STRATA_FUZZ_SEED ?? Date.now() % 2 ** 31);
/** Many wait: a key that a layer does not know may be on its way. */
const AT_ONCE = 16;
let world: World;
let schema: GraphQLSchema;
beforeAll(async () => {
  world = await startWorld();
  schema = buildSchema(readFileSync(supergraphPath, "utf8"), { assumeValidSDL: true });
  process.stdout.write(`fuzzing for ${SECONDS} s with STRATA_FUZZ_SEED=${SEED}\n`);
});
afterAll(() => world.close());

const forSeconds = (share: number): fc.Parameters<unknown> => ({
  seed: SEED,
  numRuns: 10_000_000,
  interruptAfterTimeLimit: SECONDS * share * 1_000,
  markInterruptAsFailure: false,
  endOnFailure: true,
});

const TEXTS = [
  "",
  " ",
  "A",
  "TEA",
  "EU",
  "web",
  "EUR",
  "0",
  "-1",
  "1.50",
  "1e309",
  "2026-01-01",
  "2026-01-01T00:00:00Z",
  "9999-99-99",
  "0000-00-00",
  "'; DROP TABLE x; --",
  "\0",
  "\u{1F69A}",
  "\uD800",
  "\u202E",
  "__proto__",
  "a".repeat(70),
  "a".repeat(3_000),
  "%",
  "W10=",
  "WzFd",
  "https://127.0.0.1:1/",
  "gid",
];
const NUMBERS = [0, 1, -1, 2, 50, 200, 201, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.5, -0];
const HOSTILE: unknown[] = [null, true, "x", 7, 1.5, [], [null], {}, { a: { b: [] } }];

/** Draws from one stream of choices, so that a seed repeats it and fast-check makes a failure smaller. */
class Maker {
  private readonly declared: string[] = [];
  readonly variables: Record<string, unknown> = {};
  constructor(private readonly draw: fc.GeneratorValue) {}

  private below = (count: number): number => this.draw(fc.nat, { max: Math.max(count - 1, 0) });
  private oneOf = <T>(values: readonly T[]): T => values[this.below(values.length)];

  operation(): string {
    const mutates = this.below(3) === 0;
    const root = (mutates ? schema.getMutationType() : schema.getQueryType())!;
    const body = this.selection(root, 4, mutates ? 1 : 2);
    const variables = this.declared.length > 0 ? `(${this.declared.join(", ")})` : "";
    return `${mutates ? "mutation" : "query"} Fuzzed${variables} ${body}`;
  }

  private selection(type: GraphQLObjectType, depth: number, most: number): string {
    const fields = Object.values(type.getFields()).filter((field) => depth > 1 || !isObjectType(getNamedType(field.type)));
    if (fields.length === 0) return "{ __typename }";
    const chosen = Array.from({ length: 1 + this.below(most) }, (_, i) => {
      const field = this.oneOf(fields);
      const inner = getNamedType(field.type);
      const given = field.args
        .filter((argument) => isNonNullType(argument.type) || this.below(3) === 0)
        .map((argument) => this.argument(argument));
      return `f${depth}_${i}: ${field.name}${given.length > 0 ? `(${given.join(", ")})` : ""} ${isObjectType(inner) ? this.selection(inner, depth - 1, 3) : ""}`;
    });
    return `{ ${chosen.join(" ")} }`;
  }

  private argument({ name, type }: GraphQLArgument): string {
    const variable = `v${this.declared.length}`;
    this.declared.push(`$${variable}: ${String(type)}`);
    this.variables[variable] = this.value(type, 4);
    return `${name}: $${variable}`;
  }

  private value(type: GraphQLInputType, depth: number): unknown {
    if (this.below(60) === 0) return this.oneOf(HOSTILE);
    const bare = getNullableType(type) as GraphQLInputType;
    if (isListType(bare)) return Array.from({ length: this.below(4) }, () => this.value(bare.ofType as GraphQLInputType, depth - 1));
    if (isEnumType(bare)) return this.oneOf(bare.getValues()).name;
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields()).filter((field) => isNonNullType(field.type) || (depth > 0 && this.below(3) === 0));
      return Object.fromEntries(fields.map((field) => [field.name, this.value(field.type, depth - 1)]));
    }
    const { name } = getNamedType(bare);
    if (name === "Int" || name === "Float") return this.oneOf(NUMBERS.slice(0, 9));
    return name === "Boolean" ? this.below(2) === 0 : this.oneOf(TEXTS);
  }
}

function judge({ status, body }: Answer): void {
  const codes = (body.errors ?? []).map(({ extensions }) => String(extensions.code));
  expect(codes.filter((code) => code === "INTERNAL" || !(FAULT_CODES as readonly string[]).includes(code))).toEqual([]);
  if (status >= 500) expect([status, codes[0]]).toEqual([503, "OVERLOADED"]);
  if (status !== 200) expect(codes.length).toBeGreaterThan(0);
  if (body.data === null) expect(codes.length).toBeGreaterThan(0);
}

test(
  "operations from the schema",
  async () => {
    let runs = 0;
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const made = Array.from({ length: AT_ONCE }, () => new Maker(draw));
        const answers = await Promise.all(made.map((maker) => world.gql(maker.operation(), maker.variables)));
        runs += AT_ONCE;
        answered += answers.filter(({ body }) => body.data).length;
        answers.forEach(judge);
      }),
      forSeconds(0.6),
    );
    process.stdout.write(`${runs} operations, ${answered} of them carried out\n`);
    // Who is only ever turned away proves nothing.
    expect(answered).toBeGreaterThan(runs / 10);
  },
  (SECONDS + 60) * 1_000,
);

const JSON_BODY = fc.oneof(
  fc.json(),
  fc
    .record(
      {
        query: fc.oneof(fc.string(), fc.constantFrom("{ __typename }", "{ channels { code } }", "{", "query")),
        variables: fc.jsonValue(),
        operationName: fc.jsonValue(),
        extensions: fc.jsonValue(),
        documentId: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
  fc.string(),
);
const HEADER = fc.record({
  name: fc.constantFrom(
    "content-type",
    "accept",
    "x-request-id",
    "x-strata-position",
    "x-strata-settle",
    "x-strata-cost",
    "content-encoding",
    "authorization",
    "x-strata-identity",
    "origin",
    "cookie",
  ),
  value: fc.string({ unit: "binary-ascii", maxLength: 60 }),
});
const REQUEST = fc.record({
  method: fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "HEAD", "OPTIONS", "DELETE", "X"),
  path: fc.oneof(
    fc.constant("/graphql"),
    fc.webPath(),
    fc.webQueryParameters().map((query) => `/graphql?${query}`),
    fc.constant("/partner/graphql"),
  ),
  headers: fc.array(HEADER, { maxLength: 4 }),
  body: JSON_BODY,
  lies: fc.integer({ min: -3, max: 3 }),
});

test(
  "bytes that are hardly HTTP",
  async () => {
    let runs = 0;
    const port = Number(new URL(world.url).port);
    const raw = (text: Buffer) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        let said = "";
        const end = () => resolve(said) ?? socket.destroy();
        socket.on("data", (data) => (said += String(data)));
        socket.on("close", end).on("error", end).setTimeout(150, end);
        socket.write(text);
      });
    await fc.assert(
      fc.asyncProperty(REQUEST, fc.uint8Array({ maxLength: 40 }), async ({ method, path, headers, body, lies }, noise) => {
        const own = headers.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
        const text = `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: ${world.adminKey}\r\ncontent-type: application/json\r\n${own}content-length: ${Math.max(0, Buffer.byteLength(body) + lies)}\r\n\r\n${body}`;
        const said = await Promise.all([
          raw(Buffer.from(text)),
          raw(Buffer.from(noise)),
          raw(Buffer.concat([Buffer.from(text.slice(0, 40)), Buffer.from(noise)])),
        ]);
        for (const answer of said) {
          expect(answer).not.toMatch(/^HTTP\/1\.1 5\d\d/);
          expect(answer).not.toMatch(/"INTERNAL"|node_modules|\.ts:|<html/);
        }
        runs++;
      }),
      forSeconds(0.4),
    );
    process.stdout.write(`${3 * runs} connections\n`);
    expect((await world.gql("{ __typename }")).status).toBe(200);
  },
  (SECONDS + 60) * 1_000,
);
