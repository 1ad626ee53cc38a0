import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { keysPath, makeKey, readKeys, writePrivately, type KeyRecord } from "../gateway/clients";
import { loadConfig } from "../shared/config";
import { ROLES, type Role } from "../shared/identity/scopes";
import { StartError } from "../shared/mysqld/fault";

const HELP = `npm run keys -- list
npm run keys -- add --client NAME --role ROLE [--role ROLE ...] [--days N] [--merchant CODE]
npm run keys -- revoke ID

A client is a named system with a namespace of its own; several keys may share a client, so that a key can be replaced
without a gap. A running gateway takes changes up within a second. Roles: ${Object.keys(ROLES).join(", ")}.`;

const NAME = /^[\w.-]{1,64}$/;

/** Manages the API keys in the data folder (STRATA_DATA_DIR). */
export function main(args: string[] = process.argv.slice(2)): void {
  const [command, ...rest] = args;
  const { dataDir } = loadConfig({ STRATA_DATA_DIR: process.env.STRATA_DATA_DIR });
  const path = keysPath(dataDir);
  if (command === "list" && rest.length === 0) return list(readKeys(path));
  if (command === "add") {
    const { key, record } = added(rest);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writePrivately(path, [...readKeys(path), record]);
    console.log(`${key}\n\nShown this once. Client ${record.client}, ${record.roles.join(", ")}, id ${record.id}.`);
  } else if (command === "revoke" && rest.length === 1) {
    const keys = readKeys(path);
    if (!keys.some(({ id }) => id === rest[0]))
      throw new StartError(`There is no key with the id ${rest[0]}: npm run keys -- list shows them.`);
    writePrivately(
      path,
      keys.filter(({ id }) => id !== rest[0]),
    );
    console.log("Revoked.");
  } else {
    console.log(HELP);
    if (command !== undefined && command !== "help" && command !== "--help") process.exitCode = 2;
  }
}

function added(args: string[]): ReturnType<typeof makeKey> {
  const { client, role, days, merchant } = optionsOf(args);
  if (!client || !NAME.test(client)) throw new StartError("--client names the system: letters, digits, dots, dashes, at most 64.");
  const unknown = (role ?? []).find((name) => !Object.hasOwn(ROLES, name));
  if (!role || unknown !== undefined)
    throw new StartError(`--role ${unknown ?? "is missing"}: use one or more of ${Object.keys(ROLES).join(", ")}.`);
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days)) throw new StartError("--days is a whole number of days from 1.");
  const expiresAt = days && new Date(Date.now() + Number(days) * 86_400_000).toISOString();
  return makeKey(client, role as Role[], { ...(expiresAt && { expiresAt }), ...(merchant && { merchant }) });
}

function optionsOf(args: string[]) {
  try {
    const text = { type: "string" } as const;
    return parseArgs({ args, options: { client: text, role: { ...text, multiple: true }, days: text, merchant: text } }).values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function list(keys: KeyRecord[]): void {
  if (keys.length === 0) console.log("There are no keys; the first start makes some.");
  for (const { id, prefix, client, roles, createdAt, expiresAt, merchant } of keys)
    console.log(
      [
        id,
        `${prefix}…`,
        client,
        roles.join("+"),
        `made ${createdAt.slice(0, 10)}`,
        expiresAt ? `ends ${expiresAt.slice(0, 10)}` : "",
        merchant ? `merchant ${merchant}` : "",
      ]
        .join("  ")
        .trimEnd(),
    );
}
