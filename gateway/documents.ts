import { createHash } from "node:crypto";
import { existsSync, readFileSync, unwatchFile, watchFile } from "node:fs";
import { join } from "node:path";
import type { Caller } from "../shared/identity/caller";
import { ROLES, type Role } from "../shared/identity/scopes";
import { described, type Log } from "../shared/log";
import { HttpFault } from "./http";

/** Registered documents: by client, then by the SHA-256 of their text. */
export type Registered = Record<string, Record<string, string>>;

/** Texts that clients sent with their hash, so that later the hash is enough (automatic persisted queries). */
const MOST_TEXTS = 5_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;
const LONGEST_TEXT = 64 * 1024;
const REREAD_MS = 500;
const HASH = /^(sha256:)?([0-9a-f]{64})$/;

export const documentsPath = (dataDir: string): string => join(dataDir, "documents.json");
export const readDocuments = (path: string): Registered => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Registered) : {});
export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What a request says of its document; anything may stand there. */
interface Asked {
  query?: unknown;
  documentId?: unknown;
  extensions?: { persistedQuery?: { version?: unknown; sha256Hash?: unknown } };
}

/** Finds the text of a request that names its document by hash, and keeps who may run registered documents only to them. */
export class Documents {
  private registered = new Map<string, Map<string, string>>();
  private readonly sent = new BoundedTexts();
  private readonly narrow: ReadonlySet<string>;

  constructor(
    private readonly path: string,
    roles: Role[],
    private readonly log: Log,
  ) {
    this.narrow = new Set(roles.flatMap((role) => [...ROLES[role]]));
    this.read();
    watchFile(path, { interval: REREAD_MS, persistent: false }, () => this.read());
  }

  close(): void {
    unwatchFile(this.path);
  }

  /** What is asked as Apollo is to see it: with the document's text, and without the ways to name it. */
  find = (body: unknown, { caller }: { caller: Caller }): unknown => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
    const asked = body as Asked;
    const named = asked.documentId !== undefined || asked.extensions?.persistedQuery !== undefined;
    const bound = this.isBound(caller);
    if (!named && !bound) return body;
    const { documentId: _, extensions, ...rest } = asked;
    const { persistedQuery: __, ...further } = extensions ?? {};
    return { ...rest, ...(extensions && { extensions: further }), query: this.textOf(asked, caller, bound) };
  };

  /** Whether the caller runs registered documents only: by his key, or because he has no scope beyond the roles that do. */
  private isBound({ registeredOnly, scopes }: Caller): boolean {
    return registeredOnly || (this.narrow.size > 0 && [...scopes].every((scope) => this.narrow.has(scope)));
  }

  private textOf(asked: Asked, { client }: Caller, bound: boolean): string | undefined {
    const given = typeof asked.query === "string" && asked.query !== "" ? asked.query : undefined;
    const hash = namedHash(asked);
    if (given !== undefined && hash !== undefined && hashOf(given) !== hash)
      throw new HttpFault(400, "BAD_USER_INPUT", "The document's text is not the one that has this SHA-256");
    const registered = this.registered.get(client)?.get(hash ?? hashOf(given ?? ""));
    if (bound && registered === undefined)
      throw new HttpFault(400, "BAD_USER_INPUT", "This client runs registered documents only, and this is none of them");
    if (registered !== undefined) return registered;
    if (given === undefined) return this.sent.get(hash!) ?? notFound(asked);
    if (asked.extensions?.persistedQuery && given.length <= LONGEST_TEXT) this.sent.set(hash!, given);
    return given;
  }

  private read(): void {
    try {
      const clients = Object.entries(readDocuments(this.path));
      this.registered = new Map(clients.map(([client, texts]) => [client, new Map(Object.entries(texts))]));
    } catch (error) {
      this.log.error({ path: this.path, error: described(error) }, "registered documents cannot be read: those read before stay");
    }
  }
}

/** The hash that a request names; `sha256:` may stand before it. */
function namedHash({ documentId, extensions }: Asked): string | undefined {
  const persisted = extensions?.persistedQuery;
  if (documentId === undefined && !persisted) return undefined;
  if (persisted && persisted.version !== 1) throw new HttpFault(400, "BAD_USER_INPUT", "persistedQuery has the version 1");
  const hash = HASH.exec(String(documentId ?? persisted?.sha256Hash))?.[2];
  if (hash === undefined)
    throw new HttpFault(400, "BAD_USER_INPUT", "A document is named by its SHA-256: 64 hexadecimal digits in small letters");
  return hash;
}

/** The words are the protocol's: who reads them sends the text too. It is no fault of a request, so the status is 200. */
function notFound({ documentId }: Asked): never {
  throw documentId === undefined
    ? new HttpFault(200, "BAD_USER_INPUT", "PersistedQueryNotFound")
    : new HttpFault(400, "BAD_USER_INPUT", "No document is registered with this id for this client");
}

/** The texts used last, bounded in number and in size. */
class BoundedTexts {
  private readonly texts = new Map<string, string>();
  private characters = 0;

  get(hash: string): string | undefined {
    const text = this.texts.get(hash);
    if (text !== undefined) this.set(hash, text);
    return text;
  }

  set(hash: string, text: string): void {
    if (this.texts.delete(hash)) this.characters -= text.length;
    this.texts.set(hash, text);
    this.characters += text.length;
    for (const [oldest, { length }] of this.texts) {
      if (this.texts.size <= MOST_TEXTS && this.characters <= MOST_CHARACTERS) return;
      this.texts.delete(oldest);
      this.characters -= length;
    }
  }
}
