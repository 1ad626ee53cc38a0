import "reflect-metadata";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { printSchemaWithDirectives } from "@graphql-tools/utils";
import { defaultFieldResolver, isObjectType, parse, type GraphQLFieldResolver, type GraphQLSchema } from "graphql";
import { buildSchemaSync, createResolversMap, type NonEmptyArray } from "type-graphql";
import type { Scope } from "../identity/scopes";
import { Fault } from "../refusal";
import type { RequestContext } from "./context";
import { tagWhatComesAlong } from "./for-partners";
import { forTheWholeHouse, isRefused, type MerchantMarks } from "./merchants";
import { CalendarDate, DateTime, DecimalText } from "./scalars";

/** `extend schema` of every subgraph. */
export const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@tag"])\n`;

type ReferenceResolver = (reference: never, context: never) => unknown;

/** A layer's schema: type-graphql resolvers, made into a federation 2 subgraph, with every field's scopes enforced. */
export function buildSubgraph(
  resolvers: NonEmptyArray<Function>,
  references: Record<string, ReferenceResolver>,
  merchants: MerchantMarks,
): { schema: GraphQLSchema; sdl: string } {
  // Apollo checks the same schema anew, below.
  const schema = buildSchemaSync({ resolvers, validate: false, skipCheck: true, scalarsMap: [{ type: Date, scalar: DateTime }] });
  guard(schema, merchants);
  const sdl = tagWhatComesAlong(FEDERATION + printSchemaWithDirectives(schema));
  const resolversMap: Record<string, unknown> = createResolversMap(schema);
  Object.assign(resolversMap, { DateTime, Date: CalendarDate, Decimal: DecimalText });
  for (const [name, resolve] of Object.entries(references)) {
    resolversMap[name] = { ...(resolversMap[name] as object), __resolveReference: resolve };
  }
  for (const scalar of ["DateTime", "Date", "Decimal"]) if (!schema.getType(scalar)) delete resolversMap[scalar];
  return { schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolversMap as never }), sdl };
}

/** Fields that state no scope, neither themselves nor by their type: a test wants none. */
export const unguarded = new Set<string>();

function guard(schema: GraphQLSchema, merchants: MerchantMarks): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const ofType = type.extensions.needs as Scope[] | undefined;
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      const needs = (field.extensions.needs as Scope[] | undefined) ?? ofType;
      if (needs === undefined) unguarded.add(name);
      if (isRefused(merchants, name)) field.resolve = forTheWholeHouse(field.resolve ?? defaultFieldResolver, name);
      if (needs && needs.length > 0) field.resolve = guarded(field.resolve ?? defaultFieldResolver, needs, name);
    }
  }
}

function guarded(
  resolve: GraphQLFieldResolver<unknown, RequestContext>,
  needs: Scope[],
  name: string,
): GraphQLFieldResolver<unknown, RequestContext> {
  return (source, args, context, info) => {
    const { scopes } = context.caller;
    if (!needs.some((scope) => scopes.has(scope))) throw new Fault("FORBIDDEN", `${name} needs the scope ${needs.join(" or ")}`);
    return resolve(source, args, context, info);
  };
}
