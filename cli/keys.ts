import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { isOver, keysPath, makeKey, readKeys, type KeyRecord } from "../gateway/clients";
import { keyUsePath, readKeyUse, type KeyUse } from "../gateway/key-use";
import { writePrivately } from "../gateway/private-file";
import { loadConfig } from "../shared/config";
import { ROLES, SCOPES, type Role, type Scope } from "../shared/identity/scopes";
import { StartError } from "../shared/mysqld/fault";

const HELP = `npm run keys -- list
npm run keys -- add --client NAME [--role ROLE ...] [--scope SCOPE ...] [--days N] [--merchant CODE]
                       [--budget POINTS-A-MINUTE] [--registered-only]
npm run keys -- rotate ID [--overlap-days N]
npm run keys -- revoke ID

A client is a named system with a namespace of its own. \`rotate\` makes a key like the one named, for the same client; both
work for 7 days, or as many as --overlap-days says (0: the old one ends now). A key with an end gets a successor that lasts
as long as it was made for. A running gateway takes changes up within a second. Its times of last use are a minute old.
Roles: ${Object.keys(ROLES).join(", ")}.
Scopes: ${SCOPES.join(", ")}.`;

const DAY_MS = 86_400_000;
const DAYS = /^(0|[1-9]\d{0,4})$/;
const NAME = /^[\w.-]{1,64}$/;

/** Manages the API keys in the data folder (STRATA_DATA_DIR). */
export function main(args: string[] = process.argv.slice(2)): void {
  const [command, ...rest] = args;
  const { dataDir } = loadConfig({ STRATA_DATA_DIR: process.env.STRATA_DATA_DIR });
  const path = keysPath(dataDir);
  if (command === "list" && rest.length === 0) list(readKeys(path), readKeyUse(keyUsePath(dataDir)));
  else if (command === "add") {
    const made = added(rest);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writePrivately(path, [...readKeys(path), made.record]);
    shown(made);
  } else if (command === "rotate") rotate(path, rest);
  else if (command === "revoke" && rest.length === 1) {
    const keys = readKeys(path);
    const revoked = keyWith(keys, rest[0]);
    writePrivately(
      path,
      keys.filter((key) => key !== revoked),
    );
    console.log("Revoked.");
  } else {
    console.log(HELP);
    if (command !== undefined && command !== "help" && command !== "--help") process.exitCode = 2;
  }
}

function keyWith(keys: KeyRecord[], id: string | undefined): KeyRecord {
  const found = keys.find((key) => key.id === id);
  if (!found) throw new StartError(`There is no key with the id ${id}: npm run keys -- list shows them.`);
  return found;
}

const shown = ({ key, record }: ReturnType<typeof makeKey>): void =>
  console.log(`${key}\n\nShown this once. Client ${record.client}, ${rightsOf(record)}, id ${record.id}.`);

const rightsOf = ({ roles, scopes = [] }: KeyRecord): string => [...roles, ...scopes].join("+");

function added(args: string[]): ReturnType<typeof makeKey> {
  const { client, role = [], scope = [], days, merchant, budget, "registered-only": registeredOnly } = optionsOf(args).values;
  if (!client || !NAME.test(client)) throw new StartError("--client names the system: letters, digits, dots, dashes, at most 64.");
  if (role.length + scope.length === 0) throw new StartError("--role is missing: give one or more roles or scopes.");
  const unknownRole = role.find((name) => !Object.hasOwn(ROLES, name));
  if (unknownRole !== undefined) throw new StartError(`--role ${unknownRole}: use one or more of ${Object.keys(ROLES).join(", ")}.`);
  const unknownScope = scope.find((name) => !(SCOPES as readonly string[]).includes(name));
  if (unknownScope !== undefined) throw new StartError(`--scope ${unknownScope}: use one or more of ${SCOPES.join(", ")}.`);
  if (days !== undefined && (!DAYS.test(days) || days === "0")) throw new StartError("--days is a whole number of days from 1.");
  if (budget !== undefined && !/^[1-9]\d{0,11}$/.test(budget))
    throw new StartError("--budget is a whole number of points a minute from 1.");
  if (merchant === "") throw new StartError("--merchant is empty: give the merchant's code.");
  return makeKey(client, role as Role[], {
    ...(scope.length > 0 && { scopes: scope as Scope[] }),
    ...(days && { expiresAt: later(Number(days) * DAY_MS) }),
    ...(merchant && { merchant }),
    ...(budget && { budget: Number(budget) }),
    ...(registeredOnly && { registeredOnly }),
  });
}

const later = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Two keys of a client work side by side until whoever uses the old one has taken the new one up. */
function rotate(path: string, args: string[]): void {
  const { values, positionals } = optionsOf(args);
  const overlap = values["overlap-days"] ?? "7";
  if (!DAYS.test(overlap)) throw new StartError("--overlap-days is a whole number of days from 0.");
  const keys = readKeys(path);
  const old = keyWith(keys, positionals[0]);
  if (isOver(old)) throw new StartError(`The key ${old.id} ended at ${old.expiresAt}: add another one.`);
  if (keys.some(({ id }) => id === old.replacedBy)) throw new StartError(`The key ${old.id} was replaced by ${old.replacedBy} already.`);
  const { client, roles, scopes, merchant, budget, registeredOnly } = old;
  const lifeMs = old.expiresAt && Date.parse(old.expiresAt) - Date.parse(old.createdAt);
  const made = makeKey(client, roles, {
    ...(scopes && { scopes }),
    ...(lifeMs && { expiresAt: later(lifeMs) }),
    ...(merchant !== undefined && { merchant }),
    ...(budget !== undefined && { budget }),
    ...(registeredOnly && { registeredOnly }),
  });
  const ends = later(Number(overlap) * DAY_MS);
  const ending = { ...old, replacedBy: made.record.id, expiresAt: old.expiresAt && old.expiresAt < ends ? old.expiresAt : ends };
  writePrivately(path, [...keys.map((key) => (key === old ? ending : key)), made.record]);
  shown(made);
  console.log(`The old one, ${old.prefix}…, ends at ${ending.expiresAt}.`);
}

function optionsOf(args: string[]) {
  try {
    const text = { type: "string" } as const;
    const many = { ...text, multiple: true } as const;
    const options = {
      client: text,
      role: many,
      scope: many,
      days: text,
      merchant: text,
      "overlap-days": text,
      budget: text,
      "registered-only": { type: "boolean" } as const,
    };
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function list(keys: KeyRecord[], use: KeyUse): void {
  if (keys.length === 0) console.log("There are no keys; the first start makes some.");
  for (const record of keys) console.log(lineOf(record, use[record.id]));
}

function lineOf(record: KeyRecord, usedAt: string | undefined): string {
  const { id, prefix, client, createdAt, expiresAt, merchant, budget, registeredOnly, replacedBy } = record;
  const parts = [
    id,
    `${prefix}…`,
    client,
    rightsOf(record),
    `made ${createdAt.slice(0, 10)}`,
    expiresAt && `${isOver(record) ? "ended" : "ends"} ${expiresAt.slice(0, 16)}Z`,
    merchant && `merchant ${merchant}`,
    budget && `budget ${budget}`,
    registeredOnly && "registered documents only",
    replacedBy && `replaced by ${replacedBy}`,
    usedAt ? `last used ${usedAt.slice(0, 16)}Z` : "never used",
  ];
  return parts.filter(Boolean).join("  ");
}
