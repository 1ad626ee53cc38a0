import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CriticalityLevel, diff, DiffRule, type Change } from "@graphql-inspector/core";
import { buildSchema, isEnumType, isInputObjectType, isObjectType, type GraphQLSchema } from "graphql";
import { projectRoot } from "../shared/root";

const folder = join(projectRoot, "docs", "schema");
/** The schemas as they were released last. */
export const releasedPath = { clients: join(folder, "released.graphql"), partners: join(folder, "released-partner.graphql") };
export const changelogPath = join(folder, "CHANGELOG.md");
export type Audience = keyof typeof releasedPath;
export const AUDIENCES: readonly Audience[] = ["clients", "partners"];

/** A removal is announced so long before, by `@deprecated(reason: "... since 2026-01-31")`. */
const NOTICE_DAYS = 90;
const DAY_MS = 86_400_000;

/** What is different, descriptions apart; of a type that is new or gone only that. */
export const schemaChanges = (before: string, after: string): Promise<Change[]> =>
  diff(buildSchema(before), buildSchema(after), [DiffRule.ignoreDescriptionChanges, DiffRule.simplifyChanges]);

/** What decision records allow: a line `Breaking: Type.field`, with `, at once` where no notice was given. By path, whether at once. */
export function decidedBreaks(): Map<string, boolean> {
  const decisions = join(projectRoot, "shared", "decisions");
  const lines = readdirSync(decisions).flatMap((name) => readFileSync(join(decisions, name), "utf8").split("\n"));
  const named = lines.flatMap((line) => /^Breaking: ([\w.]+)(, at once)?$/.exec(line) ?? []);
  return new Map(Array.from({ length: named.length / 3 }, (_, i) => [named[3 * i + 1], named[3 * i + 2] !== undefined]));
}

/** The breaking changes that may not be made: those no decision names, and removals without notice. */
export function refusedChanges(changes: Change[], released: string, decided: Map<string, boolean>, now: Date): string[] {
  const before = buildSchema(released);
  return changes.flatMap((change) => {
    const path = change.path ?? "";
    if (change.criticality.level !== CriticalityLevel.Breaking) return [];
    if (!decided.has(path)) return [`${path}: ${change.message}; no decision record has a line "Breaking: ${path}"`];
    if (!change.type.endsWith("_REMOVED") || decided.get(path) || noticeDays(before, path, now) >= NOTICE_DAYS) return [];
    return [`${path}: ${change.message}; it was not deprecated for ${NOTICE_DAYS} days`];
  });
}

/** For how many days something was deprecated; of what says no day, none. */
export function noticeDays(schema: GraphQLSchema, path: string, now: Date): number {
  const since = sinceOf(deprecationOf(schema, path));
  return since === undefined ? 0 : (now.getTime() - Date.parse(since)) / DAY_MS;
}

const sinceOf = (reason: string | null | undefined): string | undefined => /\bsince (\d{4}-\d{2}-\d{2})\b/.exec(reason ?? "")?.[1];

function deprecationOf(schema: GraphQLSchema, path: string): string | null | undefined {
  const [typeName, member, arg] = path.split(".");
  const type = schema.getType(typeName);
  if (isEnumType(type)) return type.getValue(member)?.deprecationReason;
  if (isInputObjectType(type)) return type.getFields()[member]?.deprecationReason;
  if (!isObjectType(type)) return undefined;
  const field = type.getFields()[member];
  return arg === undefined ? field?.deprecationReason : field?.args.find(({ name }) => name === arg)?.deprecationReason;
}

/** Everything that is deprecated, by path, with its reason. */
export function deprecations(sdl: string): { path: string; reason: string; since: string | undefined }[] {
  return Object.values(buildSchema(sdl).getTypeMap()).flatMap((type) => {
    const members = isEnumType(type)
      ? type.getValues()
      : isObjectType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : [];
    return members.flatMap(({ name, deprecationReason: reason }) =>
      reason ? [{ path: `${type.name}.${name}`, reason, since: sinceOf(reason) }] : [],
    );
  });
}

const HEAD = `# Changes of the schema

Made by \`npm run compose\` against the schemas that were released last, kept beside this file; \`npm run compose -- --release 0.2.0\`
closes the list under that number. Descriptions are not listed. What breaks clients is refused by \`test/schema/changes.test.ts\` unless a
decision record names it.
`;
const HEADINGS: Record<Audience, string> = { clients: "`/graphql`", partners: "`/partner/graphql`" };

/** The changelog anew: what was released stays as it is written, what is not released is listed above it. */
export async function changelog(
  written: string,
  schemas: Record<Audience, { released: string; now: string }>,
  release?: string,
): Promise<string> {
  const kept = /^## (?!Unreleased)[^]*/m.exec(written)?.[0] ?? "";
  const parts = await Promise.all(AUDIENCES.map(async (one) => `### ${HEADINGS[one]}\n\n${await listed(schemas[one])}\n`));
  const heading = release === undefined ? "## Unreleased" : `## ${release}`;
  return `${[HEAD, heading, ...parts].join("\n").replace(/\n(#+ [^\n]*)\n(?=[^\n])/g, "\n$1\n\n")}${kept && `\n${kept}`}`;
}

async function listed({ released, now }: { released: string; now: string }): Promise<string> {
  const changes = await schemaChanges(released, now);
  const lines = changes.map(
    ({ message, criticality: { level } }) => `- ${level === CriticalityLevel.Breaking ? "**Breaking:** " : ""}${message}`,
  );
  const outgoing = deprecations(now).map(({ path, reason }) => `- Deprecated: \`${path}\`: ${reason}`);
  return [...lines.sort(), ...outgoing].join("\n") || "Nothing.";
}
