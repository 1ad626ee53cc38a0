import { readFileSync } from "node:fs";
import {
  buildASTSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  type GraphQLSchema,
} from "graphql";
import { compose, composeForPartners, flowsPath, schemaPath, sdlOf } from "../../cli/compose";
import { drawFlows } from "../../cli/draw-flows";
import { referenceMark } from "../../cli/reference";
import { supergraphPath } from "../../gateway/gateway";
import { partnerSdlPath, partnerSupergraphPath, referencePath } from "../../gateway/partner";
import { FLOWS } from "../../services/dispatch/process/flows";
import { LAYERS, type LayerName } from "../../shared/db/database";
import { unguarded } from "../../shared/graphql/subgraph";

const sdls = Object.fromEntries(LAYERS.map((layer) => [layer, sdlOf(layer)])) as Record<LayerName, string>;

test.each(LAYERS)("%s: schema.graphql is what the code makes (npm run compose writes it)", (layer) => {
  expect(readFileSync(schemaPath(layer), "utf8")).toBe(sdls[layer]);
});

test("the layers compose, and supergraph.graphql is what they compose to", () => {
  expect(readFileSync(supergraphPath, "utf8")).toBe(compose(sdls));
});

test("the partner contract is what the tags make of them", () => {
  const { supergraph, schema } = composeForPartners(sdls);
  expect(readFileSync(partnerSupergraphPath, "utf8")).toBe(supergraph);
  expect(readFileSync(partnerSdlPath, "utf8")).toBe(schema);
  expect(readFileSync(referencePath, "utf8")).toMatch(new RegExp(`^${referenceMark(schema)}`));
});

test("docs/flows.md is what the flows are (npm run compose writes it)", () => {
  expect(readFileSync(flowsPath, "utf8")).toBe(drawFlows(FLOWS));
});

test.each(FLOWS.map((flow) => [flow.name, flow] as const))("flow %s: every state is reached, and left unless it is final", (_, flow) => {
  const names = flow.states.map(({ name }) => name);
  const [from, to] = [new Set(flow.transitions.map((one) => one.from)), new Set(flow.transitions.map((one) => one.to))];
  expect([...from, ...to].filter((name) => !names.includes(name))).toEqual([]);
  expect(names.slice(1).filter((name) => !to.has(name))).toEqual([]);
  expect(flow.states.filter(({ final, name }) => final === from.has(name)).map(({ name }) => name)).toEqual([]);
});

test("every field states its scopes, itself or by its type", () => {
  expect([...unguarded]).toEqual([]);
});

test.each(LAYERS)("%s: every type, field, argument and value is described", (layer) => {
  expect(undescribed(buildASTSchema(parse(sdls[layer]), { assumeValidSDL: true }))).toEqual([]);
});

test("the check of descriptions sees what has none", () => {
  const schema = buildASTSchema(parse('"A." type A { f(x: Int): Int } "B." enum B { C } "I." input I { j: Int } type D { "E." e: Int }'));
  expect(undescribed(schema)).toEqual(["A.f", "A.f(x:)", "B.C", "I.j", "D"]);
});

function undescribed(schema: GraphQLSchema): string[] {
  const found: string[] = [];
  const check = (name: string, description: string | null | undefined) => !description && found.push(name);
  for (const type of Object.values(schema.getTypeMap())) {
    const root = [schema.getQueryType(), schema.getMutationType()].includes(type as never);
    if (type.name.startsWith("_") || isSpecifiedScalarType(type)) continue;
    if (!root) check(type.name, type.description);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value.description);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.description);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field.description);
      for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name}:)`, arg.description);
    }
  }
  return found;
}
