import { hash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, unwatchFile, watchFile } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { dirname, join } from "node:path";
import { asPartner, type Caller } from "../shared/identity/caller";
import { ROLES, SCOPES, type Role, type Scope } from "../shared/identity/scopes";
import { sameText } from "../shared/identity/signed";
import { newId } from "../shared/ids";
import { described, type Log } from "../shared/log";
import { KeyUseNotes, keyUsePath } from "./key-use";
import { writePrivately } from "./private-file";
import { Tokens } from "./tokens";

/** One API key as it is kept: never the key itself. */
export interface KeyRecord {
  id: string;
  /** The namespace of its orders and idempotency keys; several keys may share it, so that a key can be replaced. */
  client: string;
  roles: Role[];
  /** What it may do beyond its roles. */
  scopes?: Scope[];
  /** SHA-256, hex. A slow hash guards guessable passwords; a key is 256 random bits, and every request pays for the hash. */
  hash: string;
  /** How the key begins, for people to recognise it. */
  prefix: string;
  createdAt: string;
  expiresAt?: string;
  /** The key made in its place by a rotation; both work until this one expires. */
  replacedBy?: string;
  /** When set, the key sees and touches only this merchant's items. */
  merchant?: string;
  /** Points a minute that its client may spend by this key, instead of the installation's budget. */
  budget?: number;
  /** When set, it runs the documents registered for its client, and no others. */
  registeredOnly?: boolean;
}

const PREFIX_LENGTH = 12;
/** Half of the second within which a revoked key has ended. */
const REREAD_MS = 500;
const sha256 = (text: string): string => hash("sha256", text);

export const keysPath = (dataDir: string): string => join(dataDir, "keys.json");

export const readKeys = (path: string): KeyRecord[] => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as KeyRecord[]) : []);

/** A new key, shown once, and what is kept of it. */
export function makeKey(
  client: string,
  roles: Role[],
  more: Pick<KeyRecord, "expiresAt" | "merchant" | "scopes" | "budget" | "registeredOnly"> = {},
): { key: string; record: KeyRecord } {
  const key = `strata_${randomBytes(32).toString("base64url")}`;
  const record = {
    id: newId(),
    client,
    roles,
    hash: sha256(key),
    prefix: key.slice(0, PREFIX_LENGTH),
    createdAt: new Date().toISOString(),
    ...more,
  };
  return { key, record };
}

/** The clients of a first start: role by role, who they are. */
export const FIRST_CLIENTS: readonly [Role, string][] = [
  ["admin", "admin"],
  ["storefront", "web-shop"],
  ["order-system", "order-system"],
  ["warehouse-operator", "warehouse"],
];

/**
 * On the first start: a key for each of the first clients. Readable they are kept for the sample shop alone (`npm run demo`
 * plays its orders with them); who goes to production makes new ones with `npm run keys` and removes both files.
 */
export function makeFirstKeys(dataDir: string, forDemo: boolean): Partial<Record<Role, string>> | undefined {
  if (existsSync(keysPath(dataDir))) return undefined;
  const made = FIRST_CLIENTS.map(([role, client]) => ({ role, ...makeKey(client, [role]) }));
  const keys = Object.fromEntries(made.map(({ role, key }) => [role, key]));
  if (forDemo) writePrivately(join(dataDir, "demo-keys.json"), keys);
  writePrivately(
    keysPath(dataDir),
    made.map(({ record }) => record),
  );
  return keys;
}

export const ADMIN: Caller = { client: "admin", scopes: new Set(SCOPES) };

/** Knows who calls, by API key or token. The keys file is read again when it changes: a revoked key ends within a second. */
export class Clients {
  private byHash = new Map<string, KeyRecord & { caller: Caller }>();
  private readonly admin?: string;
  private readonly use?: KeyUseNotes;

  constructor(
    /** Absent: only STRATA_ADMIN_KEY is known. */
    private readonly path: string | undefined,
    adminKey: string | undefined,
    private readonly log: Log,
    /** Absent: no tokens are taken. */
    private readonly tokens?: Tokens,
  ) {
    this.admin = adminKey ? sha256(adminKey) : undefined;
    if (!path) return;
    this.use = new KeyUseNotes(keyUsePath(dirname(path)), log);
    this.read(path);
    watchFile(path, { interval: REREAD_MS, persistent: false }, () => this.read(path));
  }

  /** The caller behind an API key, at once, or behind a JWT; undefined: nobody. */
  identify(headers: IncomingHttpHeaders): Caller | undefined | Promise<Caller | undefined> {
    const token = this.tokens && Tokens.of(headers);
    return token === undefined ? this.callerOf(headers) : this.tokens!.callerOf(token);
  }

  /** The caller behind `Authorization: Bearer KEY` or `x-api-key`, or undefined. */
  callerOf(headers: IncomingHttpHeaders): Caller | undefined {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    const key = bearer ?? headers["x-api-key"];
    if (typeof key !== "string" || key === "" || key.length > 512) return undefined;
    const hash = sha256(key);
    if (this.admin && sameText(this.admin, hash)) return ADMIN;
    // Looked up by hash: how long that takes says nothing of any key, and the comparison takes the same time for all.
    const record = this.byHash.get(hash);
    if (!record || !sameText(record.hash, hash)) return undefined;
    if (isOver(record)) return undefined;
    this.use?.note(record.id);
    return record.caller;
  }

  close(): void {
    if (this.path) unwatchFile(this.path);
    this.use?.close();
  }

  private read(path: string): void {
    try {
      this.byHash = new Map(readKeys(path).map((record) => [record.hash, { ...record, caller: callerWith(record) }]));
    } catch (error) {
      this.log.error({ path, error: described(error) }, "the keys file cannot be read: the keys read before stay");
    }
  }
}

/** Whether its time is over. */
export const isOver = ({ expiresAt }: KeyRecord): boolean => expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();

function callerWith({ client, roles, scopes: further = [], merchant, budget, registeredOnly }: KeyRecord): Caller {
  const scopes = new Set([...roles.flatMap((role) => [...(ROLES[role] ?? [])]), ...further]);
  return {
    client,
    scopes,
    ...(merchant !== undefined && { merchant }),
    ...(budget !== undefined && { budget }),
    ...asPartner(roles, scopes),
    ...(registeredOnly && { registeredOnly }),
  };
}
