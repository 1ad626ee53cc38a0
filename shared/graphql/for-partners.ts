import { Kind, parse, print, visit, type ConstDirectiveNode, type DocumentNode, type TypeNode } from "graphql";
import { Directive } from "type-graphql";

/** The tag of what the partner contract shows; all else does not exist there. */
export const PARTNER = "partner";
const TAG = `@tag(name: "${PARTNER}")`;

/**
 * Shows a field to partners, or all fields of a type. A field brings along its arguments and the enums and scalars that it
 * names; a type that it answers with needs tags of its own, and so does an argument of an input type.
 */
export const ForPartners = () => Directive(TAG) as ClassDecorator & MethodDecorator & PropertyDecorator;

/** Writes down what tagged fields bring along: neither enums, scalars nor shared arguments take a decorator. */
export function tagWhatComesAlong(sdl: string): string {
  const document = parse(sdl);
  const [leaves, inputs] = [definedAs(document, LEAVES), definedAs(document, [Kind.INPUT_OBJECT_TYPE_DEFINITION])];
  const named = new Set<string>();
  let ofType = false;
  const withArguments = visit(document, {
    ObjectTypeDefinition: { enter: (type) => void (ofType = isTagged(type)) },
    FieldDefinition: (field) => {
      if (!ofType && !isTagged(field)) return undefined;
      const args = (field.arguments ?? []).map((arg) => (inputs.has(nameOf(arg.type)) ? arg : tagged(arg)));
      for (const { type } of [field, ...args]) if (leaves.has(nameOf(type))) named.add(nameOf(type));
      return { ...field, arguments: args };
    },
  });
  const leaf = <Node extends Taggable & { name: { value: string } }>(node: Node) => (named.has(node.name.value) ? tagged(node) : undefined);
  return print(visit(withArguments, { EnumTypeDefinition: leaf, ScalarTypeDefinition: leaf }));
}

interface Taggable {
  readonly directives?: readonly ConstDirectiveNode[];
}

const isTagged = ({ directives }: Taggable): boolean => directives?.some((directive) => print(directive) === TAG) ?? false;

const DIRECTIVE = (parse(`scalar X ${TAG}`).definitions[0] as { directives: readonly ConstDirectiveNode[] }).directives[0];
const tagged = <Node extends Taggable>(node: Node): Node =>
  isTagged(node) ? node : { ...node, directives: [...(node.directives ?? []), DIRECTIVE] };

const LEAVES: Kind[] = [Kind.ENUM_TYPE_DEFINITION, Kind.SCALAR_TYPE_DEFINITION];
const definedAs = ({ definitions }: DocumentNode, kinds: Kind[]): Set<string> =>
  new Set(definitions.flatMap((node) => (kinds.includes(node.kind) && "name" in node && node.name ? [node.name.value] : [])));

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));
