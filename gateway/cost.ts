import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  Kind,
  parse,
  valueFromASTUntyped,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { refused } from "./http";

/**
 * What an operation costs, in points, known before anything of it is executed. An object costs 1 and its scalars nothing; a
 * list costs its size times what one of it costs. The size is `first`, else the length of the list that was asked about, else
 * `list`. What another layer adds to the objects of a list costs 1 an object and layer besides. A mutation costs 10, and 1 for
 * each element of its lists, such as the rows of an import. What @skip and @include leave out is counted.
 */
export const WEIGHTS = { operation: 1, object: 1, join: 1, mutation: 10, list: 20, introspection: 200 };
/** The dearest operation of the order story costs about 2,000. */
export const MOST_COST = 50_000;
/** `first` of a connection, and of a text of so many lines, of which each costs 1. The layers say the same; here it is said before they are asked. */
export const MOST_FIRST = { page: 200, lines: 10_000 };

type Variables = Record<string, unknown>;
/** A number, or what it is with a request's variables. */
type Term = number | ((variables: Variables) => number);

const plus = (a: Term, b: Term): Term =>
  typeof a === "number" && typeof b === "number" ? a + b : (variables) => valueOf(a, variables) + valueOf(b, variables);
const times = (a: Term, b: Term): Term =>
  typeof a === "number" && typeof b === "number" ? a * b : (variables) => valueOf(a, variables) * valueOf(b, variables);
const valueOf = (term: Term, variables: Variables): number => (typeof term === "number" ? term : term(variables));

/** Prices of the operations of one supergraph. What does not depend on variables is reckoned once for each document. */
export class Costs {
  private readonly prices = new WeakMap<OperationDefinitionNode, Term>();
  private readonly layers: Map<string, string[]>;

  constructor(
    private readonly schema: GraphQLSchema,
    supergraphSdl: string,
  ) {
    this.layers = layersByField(supergraphSdl);
  }

  costOf(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): number {
    let price = this.prices.get(operation);
    if (price === undefined) this.prices.set(operation, (price = new Pricing(this.schema, this.layers, document, operation).price()));
    return valueOf(price, variables);
  }
}

/** The pricing of one operation, which has passed validation. */
class Pricing {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, Term>();
  private readonly defaults: Variables = {};

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly layers: Map<string, string[]>,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
  ) {
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
      if (defaultValue) this.defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }

  price(): Term {
    const root = this.schema.getRootType(this.operation.operation)!;
    return plus(WEIGHTS.operation, this.ofSet(root, this.operation.selectionSet, [], undefined));
  }

  /** `here`: the layers that answer already; `first`: the size that a connection was asked for. */
  private ofSet(parent: GraphQLCompositeType, set: SelectionSetNode, here: string[], first: Term | undefined): Term {
    let sum: Term = 0;
    const joined = new Set<string>();
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const layers = this.layers.get(`${parent.name}.${node.name.value}`) ?? here;
        if (here.length > 0 && !layers.some((layer) => here.includes(layer))) joined.add(layers[0]);
        sum = plus(sum, this.ofField(parent, node, layers, first));
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        sum = plus(sum, this.ofSet(this.typeNamed(node.typeCondition?.name.value) ?? parent, node.selectionSet, here, first));
      } else sum = plus(sum, this.ofFragment(node.name.value, here, first));
    }
    return plus(sum, joined.size * WEIGHTS.join);
  }

  /** Once for each place where it costs another sum, so that a chain of fragments costs no time. */
  private ofFragment(name: string, here: string[], first: Term | undefined): Term {
    const { typeCondition, selectionSet } = this.fragments.get(name)!;
    const type = this.typeNamed(typeCondition.name.value)!;
    if (typeof first === "function") return this.ofSet(type, selectionSet, here, first);
    const place = `${name} ${first} ${here.join()}`;
    let cost = this.known.get(place);
    if (cost === undefined) this.known.set(place, (cost = this.ofSet(type, selectionSet, here, first)));
    return cost;
  }

  private ofField(parent: GraphQLCompositeType, node: FieldNode, layers: string[], first: Term | undefined): Term {
    const name = node.name.value;
    if (name.startsWith("__")) return name === "__typename" ? 0 : WEIGHTS.introspection;
    const field = (parent as { getFields(): Record<string, GraphQLField<unknown, unknown>> }).getFields()[name];
    const type = getNamedType(field.type);
    const sized = this.firstOf(field, node);
    const root = parent === this.schema.getMutationType();
    const own = root ? plus(WEIGHTS.mutation, this.elementsOf(node)) : 0;
    if (!isCompositeType(type)) return own;
    const isList = isListType(getNullableType(field.type));
    const one = plus(WEIGHTS.object, this.ofSet(type, node.selectionSet!, layers, isList ? undefined : sized));
    if (isList) return plus(own, times(this.sizeOf(field, node, name === "nodes" ? first : undefined), one));
    return plus(plus(own, one), sized !== undefined && !isConnection(type) ? sized : 0);
  }

  /** The `first` that a field was given, or its default; checked, so that no layer is asked for a page that it refuses. */
  private firstOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Term | undefined {
    const argument = field.args.find(({ name }) => name === "first");
    if (!argument) return undefined;
    const most = isConnection(getNamedType(field.type)) ? MOST_FIRST.page : MOST_FIRST.lines;
    return this.reading(node, "first", (given) => {
      if (typeof given !== "number") return argument.defaultValue as number;
      if (given < 1 || given > most) throw refused(400, "BAD_USER_INPUT", `first must be 1 to ${most}`);
      return given;
    });
  }

  /** How many a list brings: the page's size, or as many as were named, or as many as lists are taken to have. */
  private sizeOf(field: GraphQLField<unknown, unknown>, node: FieldNode, first: Term | undefined): Term {
    if (first !== undefined) return first;
    const named = field.args.find(({ type }) => isListType(getNullableType(type)));
    if (!named) return WEIGHTS.list;
    return this.reading(node, named.name, (given) => (given === undefined || given === null ? WEIGHTS.list : lengthOf(given)));
  }

  private elementsOf(node: FieldNode): Term {
    return (node.arguments ?? []).reduce<Term>((sum, { name }) => plus(sum, this.reading(node, name.value, elements)), 0);
  }

  /** What `read` makes of an argument: known at once when it names no variable. A wrong literal is told at each request. */
  private reading(node: FieldNode, argument: string, read: (given: unknown) => number): Term {
    const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
    if (!value) return read(undefined);
    const term = (variables: Variables) => read(valueFromASTUntyped(value, { ...this.defaults, ...variables }));
    if (value.kind === Kind.INT) return isInRange(() => term({})) ? term({}) : term;
    if (value.kind === Kind.VARIABLE) {
      const name = value.name.value;
      return (variables) => read(Object.hasOwn(variables, name) ? variables[name] : this.defaults[name]);
    }
    return term;
  }

  private typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    return name === undefined ? undefined : (this.schema.getType(name) as GraphQLCompositeType);
  }
}

const isConnection = ({ name }: GraphQLNamedType): boolean => name.endsWith("Connection");

function isInRange(check: () => number): boolean {
  try {
    return check() >= 0;
  } catch {
    return false;
  }
}

const lengthOf = (given: unknown): number => (Array.isArray(given) ? given.length : 1);

/** The elements of all lists in an input. */
function elements(given: unknown): number {
  if (typeof given !== "object" || given === null) return 0;
  if (!Array.isArray(given)) return Object.values(given).reduce<number>((sum, value) => sum + elements(value), 0);
  return given.reduce<number>((sum, value) => sum + elements(value), given.length);
}

/** Which layers answer a field, by the supergraph: its own `join__field`, else the type's `join__type`. */
function layersByField(supergraphSdl: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const ofType = graphsIn(definition.directives, "join__type");
    for (const field of definition.fields ?? []) {
      const own = graphsIn(field.directives, "join__field");
      found.set(`${definition.name.value}.${field.name.value}`, own.length > 0 ? own : ofType);
    }
  }
  return found;
}

const graphsIn = (directives: readonly DirectiveNode[] | undefined, named: string): string[] =>
  (directives ?? [])
    .filter(({ name, arguments: given }) => name.value === named && !given?.some((argument) => argument.name.value === "external"))
    .flatMap(
      ({ arguments: given }) =>
        given?.flatMap(({ name, value }) => (name.value === "graph" && value.kind === Kind.ENUM ? [value.value] : [])) ?? [],
    );
