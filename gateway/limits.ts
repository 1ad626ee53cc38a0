import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from "graphql";

/**
 * What one document may ask for, counted after fragments are expanded. Introspection may go deeper: it is open to few, and
 * its own depth is bounded too. The longest operation of the order story has 60 fields at depth 7.
 */
export const LIMITS = { depth: 12, introspectionDepth: 20, fields: 500, aliases: 100, rootFields: 30, directives: 100, tokens: 10_000 };

interface Size {
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
}

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 };

/** Which limit a document breaks, or undefined. Each fragment is measured once, so doubled fragments cost no time. */
export function brokenLimit(document: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const measured = new Map<string, Size>();

  function ofSelection(node: SelectionNode): Size {
    const own = { ...NOTHING, directives: node.directives?.length ?? 0 };
    if (node.kind === Kind.FRAGMENT_SPREAD) return beside(own, ofFragment(node.name.value));
    const inner = node.selectionSet ? ofSet(node.selectionSet) : NOTHING;
    if (node.kind === Kind.INLINE_FRAGMENT) return beside(own, inner);
    return beside({ ...own, fields: 1, aliases: node.alias ? 1 : 0 }, { ...inner, depth: inner.depth + 1 });
  }

  const ofSet = (set: SelectionSetNode): Size => set.selections.reduce((sum, node) => beside(sum, ofSelection(node)), NOTHING);

  function ofFragment(name: string): Size {
    const fragment = fragments.get(name);
    const known = measured.get(name);
    if (known || !fragment) return known ?? NOTHING;
    measured.set(name, NOTHING); // A cycle ends here; validation has the words for it.
    const size = ofSet(fragment.selectionSet);
    measured.set(name, size);
    return size;
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const broken = broke(ofSet(definition.selectionSet), definition.selectionSet.selections.length, introspects(document));
    if (broken) return broken;
  }
  return undefined;
}

const beside = (a: Size, b: Size): Size => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
});

function broke({ depth, fields, aliases, directives }: Size, roots: number, introspection: boolean): string | undefined {
  const mostDepth = introspection ? LIMITS.introspectionDepth : LIMITS.depth;
  if (roots > LIMITS.rootFields) return `The operation has ${roots} root selections; at most ${LIMITS.rootFields} are allowed`;
  if (fields > LIMITS.fields) return `The operation has more than ${LIMITS.fields} fields after its fragments are expanded`;
  if (aliases > LIMITS.aliases) return `The operation has more than ${LIMITS.aliases} aliases`;
  if (directives > LIMITS.directives) return `The operation has more than ${LIMITS.directives} directives`;
  if (depth > mostDepth) return `The operation is nested deeper than ${mostDepth}`;
  return undefined;
}

/** Whether a document asks for the schema, at its root or in a fragment that may stand there. */
export const introspects = (document: DocumentNode): boolean =>
  document.definitions.some(
    (definition) =>
      (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) &&
      namesSchema(definition.selectionSet),
  );

const namesSchema = (set: SelectionSetNode): boolean =>
  set.selections.some((node) =>
    node.kind === Kind.FIELD ? SCHEMA_FIELDS.has(node.name.value) : node.kind === Kind.INLINE_FRAGMENT && namesSchema(node.selectionSet),
  );

const SCHEMA_FIELDS = new Set(["__schema", "__type"]);
