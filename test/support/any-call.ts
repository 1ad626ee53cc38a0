import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from "graphql";

const SCALARS: Record<string, string> = {
  Int: "1",
  Float: "1",
  Boolean: "true",
  DateTime: '"2020-01-01T00:00:00Z"',
  Date: '"2020-01-01"',
  Decimal: '"1"',
};

/** A value that passes as this type and names nothing that there is. */
export function anyValue(type: GraphQLInputType): string {
  if (isNonNullType(type)) return anyValue(type.ofType as GraphQLInputType);
  if (isListType(type)) return `[${anyValue(type.ofType as GraphQLInputType)}]`;
  if (isEnumType(type)) return type.getValues()[0].name;
  if (!isInputObjectType(type)) return SCALARS[type.name] ?? '"none"';
  const needed = Object.values(type.getFields()).filter(({ type: of, defaultValue }) => isNonNullType(of) && defaultValue === undefined);
  return `{${needed.map(({ name, type: of }) => `${name}: ${anyValue(of)}`).join(", ")}}`;
}

/** A call of a field with what it needs and no more. */
export function anyCall({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const needed = args.filter(({ type: of, defaultValue }) => isNonNullType(of) && defaultValue === undefined);
  const given = needed.length > 0 ? `(${needed.map((arg) => `${arg.name}: ${anyValue(arg.type)}`).join(", ")})` : "";
  return `${name}${given}${isObjectType(getNamedType(type)) ? " { __typename }" : ""}`;
}

/** Every root field as `Query.name` or `Mutation.name`. */
export function rootFields(schema: GraphQLSchema): Map<string, GraphQLField<unknown, unknown>> {
  const roots = [schema.getQueryType()!, schema.getMutationType()!];
  return new Map(roots.flatMap((root) => Object.values(root.getFields()).map((field) => [`${root.name}.${field.name}`, field] as const)));
}
