import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { parseArgs } from "node:util";
import { buildSchema, GraphQLError, Kind, parse, Source, validate, type GraphQLSchema } from "graphql";
import { supergraphPath } from "../gateway/gateway";
import { documentsPath, hashOf, readDocuments } from "../gateway/documents";
import { brokenLimit } from "../gateway/limits";
import { writePrivately } from "../gateway/private-file";
import { loadConfig } from "../shared/config";
import { StartError } from "../shared/mysqld/fault";

const HELP = `npm run documents -- register FILE-or-DIR --client NAME
npm run documents -- list
npm run documents -- remove --client NAME [HASH ...]

Registers the documents that a client may run: of each .graphql file its whole text, of a .json file (the persisted documents
of graphql-codegen, with hashAlgorithm sha256) each value. A document's id is the SHA-256 of its text. Which clients may run
nothing else: keys made with --registered-only, and the roles of STRATA_REGISTERED_ROLES. A frontend's build registers what it
is about to ship before it ships; what older releases use stays until it is removed. A running gateway takes changes up within
a second.`;

const NAME = /^[\w.-]{1,64}$/;

/** Manages the registered documents in the data folder (STRATA_DATA_DIR). */
export function main(args: string[] = process.argv.slice(2)): void {
  const { values, positionals } = optionsOf(args);
  const [command, ...names] = positionals;
  const { dataDir } = loadConfig({ STRATA_DATA_DIR: process.env.STRATA_DATA_DIR });
  const path = documentsPath(dataDir);
  if (command === "register" && names.length === 1) register(path, names[0], clientOf(values.client));
  else if (command === "list" && names.length === 0) list(path);
  else if (command === "remove") remove(path, clientOf(values.client), names);
  else {
    console.log(HELP);
    if (command !== undefined && command !== "help") process.exitCode = 2;
  }
}

/** All or none: a build that ships one bad document has failed. */
function register(path: string, from: string, client: string): void {
  const texts = filesIn(from).flatMap(textsOf);
  if (texts.length === 0) throw new StartError(`${from} has no .graphql or .json file with documents.`);
  const schema = buildSchema(readFileSync(supergraphPath, "utf8"), { assumeValidSDL: true });
  const faults = texts.flatMap(({ name, text }) => faultsOf(schema, name, text));
  if (faults.length > 0) throw new StartError(`Nothing was registered:\n${faults.map((fault) => `- ${fault}`).join("\n")}`);
  const all = readDocuments(path);
  const own = { ...all[client] };
  for (const { name, text } of texts) {
    console.log(`${hashOf(text)}  ${Object.hasOwn(own, hashOf(text)) ? "known" : "new  "}  ${name}`);
    own[hashOf(text)] = text;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writePrivately(path, { ...all, [client]: own });
}

function list(path: string): void {
  for (const [client, texts] of Object.entries(readDocuments(path)))
    for (const [hash, text] of Object.entries(texts)) console.log(`${hash}  ${client}  ${operationsIn(text).join(", ")}`);
}

/** Those named, or all of the client's. */
function remove(path: string, client: string, hashes: string[]): void {
  const all = readDocuments(path);
  const unknown = hashes.find((hash) => !Object.hasOwn(all[client] ?? {}, hash));
  if (!all[client] || unknown !== undefined)
    throw new StartError(`${client} has no document ${unknown ?? ""}: npm run documents -- list shows them.`);
  const kept = Object.entries(all[client]).filter(([hash]) => hashes.length > 0 && !hashes.includes(hash));
  writePrivately(path, { ...all, [client]: Object.fromEntries(kept) });
  console.log("Removed.");
}

function filesIn(from: string): string[] {
  try {
    if (!statSync(from).isDirectory()) return [from];
    const names = readdirSync(from, { recursive: true, encoding: "utf8" }).sort();
    return names.filter((name) => [".graphql", ".gql", ".json"].includes(extname(name))).map((name) => join(from, name));
  } catch (error) {
    throw new StartError(`${from} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function textsOf(path: string): { name: string; text: string }[] {
  const text = readFileSync(path, "utf8");
  if (extname(path) !== ".json") return [{ name: path, text }];
  const documents = JSON.parse(text) as Record<string, unknown>;
  return Object.entries(documents).map(([id, document]) => {
    if (typeof document !== "string" || hashOf(document) !== id.replace(/^sha256:/, ""))
      throw new StartError(
        `${path}: ${id} is not the SHA-256 of its document (graphql-codegen: persistedDocuments with hashAlgorithm "sha256").`,
      );
    return { name: `${path}: ${operationsIn(document).join(", ")}`, text: document };
  });
}

function faultsOf(schema: GraphQLSchema, name: string, text: string): string[] {
  try {
    const document = parse(new Source(text, name));
    const limit = brokenLimit(document);
    return [
      ...(limit === undefined ? [] : [`${name}: ${limit}`]),
      ...validate(schema, document).map(({ message }) => `${name}: ${message}`),
    ];
  } catch (error) {
    if (error instanceof GraphQLError) return [`${name}: ${error.message}`];
    throw error;
  }
}

const operationsIn = (text: string): string[] =>
  parse(text).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [definition.name?.value ?? "unnamed"] : [],
  );

function clientOf(name: string | undefined): string {
  if (!name || !NAME.test(name)) throw new StartError("--client names the system whose documents they are.");
  return name;
}

function optionsOf(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { client: { type: "string" } } });
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n\n${HELP}`);
  }
}
