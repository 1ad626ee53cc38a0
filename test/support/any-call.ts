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

/** Where a text can stand below an argument: how to put one there, and what that place is called. */
export interface TextPlace {
  name: string;
  /** A value that passes as the argument's type, with this text in the place; all else that is not needed is left out. */
  with: (text: string) => unknown;
}

/** Every String and ID in a value of this type, optional ones and those in lists too; a type within itself is not gone into again. */
export function textPlaces(type: GraphQLInputType, name: string, above: readonly GraphQLInputType[] = []): TextPlace[] {
  if (isNonNullType(type)) return textPlaces(type.ofType as GraphQLInputType, name, above);
  if (isListType(type))
    return textPlaces(type.ofType as GraphQLInputType, `${name}[]`, above).map((place) => ({
      ...place,
      with: (text) => [place.with(text)],
    }));
  if (!isInputObjectType(type)) return ["String", "ID"].includes(type.name) ? [{ name, with: (text) => text }] : [];
  if (above.includes(type)) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    textPlaces(field.type, `${name}.${field.name}`, [...above, type]).map((place) => ({
      ...place,
      with: (text) => ({ ...(anyInput(type) as object), [field.name]: place.with(text) }),
    })),
  );
}

/** As anyValue, as a variable has it. */
export function anyInput(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return anyInput(type.ofType as GraphQLInputType);
  if (isListType(type)) return [anyInput(type.ofType as GraphQLInputType)];
  if (isEnumType(type)) return type.getValues()[0].name;
  if (!isInputObjectType(type)) return JSON.parse(SCALARS[type.name] ?? '"none"');
  const needed = Object.values(type.getFields()).filter(({ type: of, defaultValue }) => isNonNullType(of) && defaultValue === undefined);
  return Object.fromEntries(needed.map(({ name, type: of }) => [name, anyInput(of)]));
}
