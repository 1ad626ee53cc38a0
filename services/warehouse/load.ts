import type { Reader } from "../../shared/db/database";
import type { RequestContext } from "../../shared/graphql/context";

/** Loads by a text key, one statement for all keys of a request; an absent key is null. */
export function loadOne<Row>(
  ctx: RequestContext,
  name: string,
  read: (reader: Reader, keys: readonly string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
  key: string,
): Promise<Row | null> {
  return ctx
    .loader<string, Row | null>(name, async (keys) => {
      const found = new Map((await read(await ctx.onReplica(), keys)).map((row) => [keyOf(row), row]));
      return keys.map((wanted) => found.get(wanted) ?? null);
    })
    .load(key);
}

/** Loads all rows that belong to a text key, in the order they were read. */
export function loadMany<Row>(
  ctx: RequestContext,
  name: string,
  read: (reader: Reader, keys: readonly string[]) => Promise<Row[]>,
  parentOf: (row: Row) => string,
  key: string,
): Promise<Row[]> {
  return ctx
    .loader<string, Row[]>(name, async (keys) => {
      const groups = new Map<string, Row[]>(keys.map((parent) => [parent, []]));
      for (const row of await read(await ctx.onReplica(), keys)) groups.get(parentOf(row))?.push(row);
      return keys.map((parent) => groups.get(parent)!);
    })
    .load(key);
}
