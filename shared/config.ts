import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { LAYERS, type LayerName } from "./db/database";
import { ROLES, type Role } from "./identity/scopes";
import { StartError } from "./mysqld/fault";

export const STRATA_ROLES = ["embedded", "gateway", ...LAYERS] as const;
export type StrataRole = (typeof STRATA_ROLES)[number];

/** Whose feeds a layer reads: facts flow warehouse → dispatch → sales, promises sales → dispatch → warehouse. */
export const READS: Record<LayerName, readonly LayerName[]> = {
  sales: ["dispatch"],
  dispatch: ["sales", "warehouse"],
  warehouse: ["dispatch"],
};

/** Who reads a layer's feed. */
export const readersOf = (layer: LayerName): LayerName[] => LAYERS.filter((name) => READS[name].includes(layer));

export interface Config {
  role: StrataRole;
  host: string;
  /** 0: one that is free. */
  port: number;
  dataDir: string;
  sampleData: "sample" | "none";
  adminKey?: string;
  /** Absent: Strata runs private databases of its own. */
  database?: { primaryUrl: string; migrationUrl: string; replicaUrls: string[] };
  /** Where the other processes are; empty when embedded. */
  urls: Partial<Record<LayerName, string>>;
  /** Absent only when embedded: then one is made and kept in the data folder. */
  identitySecret?: string;
  /** Absent: API keys alone say who calls. */
  tokens?: TokenConfig;
  limits: LimitConfig;
  logLevel: string;
  /** The file of the supergraph of a gateway of its own; absent: the one that Strata was built with. */
  supergraph?: string;
  /** Where traces are sent, by OTLP over HTTP; absent: nothing is traced. */
  tracesUrl?: string;
  /** Whether a browser is shown GraphiQL at the endpoints. */
  graphiql: boolean;
  /** Whether webhooks may be sent to this machine itself, by http: for trying out. */
  webhookLoopback: boolean;
  /** How often layers compare some of their figures, in seconds; 0: never. */
  checkSeconds: number;
  /** How long the rows of an import are kept after anything happened to their batch. */
  importDays: number;
  /** How long feeds, what clients were told and idempotency keys are kept at least, in days. */
  keepDays: number;
}

/** How much the gateway does for whom. */
export interface LimitConfig {
  /** Points a minute of a client whose key names none. */
  budget: number;
  /** Requests a minute from one address whose key or token is none. */
  failedLogins: number;
  /** Where several gateways count together; absent: each counts for itself. */
  redisUrl?: string;
  /** Who has no scope beyond these roles' runs registered documents alone. */
  registeredRoles: Role[];
}

/** JWTs of one issuer are taken besides API keys. */
export interface TokenConfig {
  jwksUrl: string;
  issuer: string;
  audience: string;
  /** Whether a token's client and an API key's of the same name are one; else tokens' clients have a namespace of their own. */
  sharedClients: boolean;
}

/** All that is wrong with the environment, a line each; without any secret. */
export class ConfigFaults extends StartError {
  constructor(readonly lines: string[]) {
    super(lines.join("\n"));
  }
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
export const SHORTEST_SECRET = 32;
const SHORTEST_KEY = 16;
/** Above what one process can do in a minute: it stops what runs away. Who shares an installation gets a budget with the key. */
const DEFAULT_BUDGET = 100_000_000;
/** Idempotency keys are promised to be good for so long. */
const SHORTEST_KEEP_DAYS = 7;

export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const read = new Environment(env);
  const role = read.oneOf("STRATA_ROLE", STRATA_ROLES, "embedded");
  const config: Config = {
    role,
    host: read.text("STRATA_HOST") ?? "127.0.0.1",
    port: read.port("STRATA_PORT", 4000),
    dataDir: resolve(read.text("STRATA_DATA_DIR") ?? ".strata"),
    sampleData: read.oneOf("STRATA_SAMPLE_DATA", ["sample", "none"] as const, "sample"),
    adminKey: read.secret("STRATA_ADMIN_KEY", SHORTEST_KEY),
    database: databaseOf(read),
    urls: urlsOf(read, role),
    identitySecret: read.secret("STRATA_IDENTITY_SECRET", SHORTEST_SECRET),
    tokens: tokensOf(read),
    limits: limitsOf(read),
    logLevel: read.oneOf("STRATA_LOG_LEVEL", LOG_LEVELS, "info"),
    supergraph: supergraphOf(read),
    tracesUrl: tracesUrlOf(read),
    // Who runs a gateway of its own has clients on the internet, and says so if they are to have the page.
    graphiql: read.oneOf("STRATA_GRAPHIQL", ["on", "off"], role === "gateway" ? "off" : "on") === "on",
    webhookLoopback: read.oneOf("STRATA_WEBHOOK_LOOPBACK", ["allow", "refuse"], "refuse") === "allow",
    checkSeconds: read.seconds("STRATA_CHECK_SECONDS", 10),
    importDays: read.days("STRATA_IMPORT_DAYS", 90, 1),
    keepDays: read.days("STRATA_KEEP_DAYS", 30, SHORTEST_KEEP_DAYS),
  };
  if (role !== "embedded" && !read.has("STRATA_IDENTITY_SECRET"))
    read.fault(
      `STRATA_IDENTITY_SECRET is missing: the role ${role} needs one secret of at least ${SHORTEST_SECRET} characters, the same in every process (or STRATA_IDENTITY_SECRET_FILE).`,
    );
  if (isLayer(role) && !read.has("STRATA_PRIMARY_URL"))
    read.fault(`STRATA_PRIMARY_URL is missing: the role ${role} needs its database, such as mysql://user:password@host:3306.`);
  if (read.faults.length > 0) throw new ConfigFaults(read.faults);
  return config;
}

export const isLayer = (role: StrataRole): role is LayerName => (LAYERS as readonly string[]).includes(role);

function databaseOf(read: Environment): Config["database"] {
  const primaryUrl = read.url("STRATA_PRIMARY_URL", "mysql:");
  const migrationUrl = read.url("STRATA_MIGRATION_URL", "mysql:");
  const replicaUrls = read.urls("STRATA_REPLICA_URLS", "mysql:");
  if (primaryUrl) return { primaryUrl, migrationUrl: migrationUrl ?? primaryUrl, replicaUrls };
  for (const name of ["STRATA_MIGRATION_URL", "STRATA_REPLICA_URLS"])
    if (read.has(name) && !read.has("STRATA_PRIMARY_URL"))
      read.fault(`${name} is set without STRATA_PRIMARY_URL: set that too, or neither.`);
  return undefined;
}

function tokensOf(read: Environment): TokenConfig | undefined {
  const names = ["STRATA_JWKS_URL", "STRATA_JWT_ISSUER", "STRATA_JWT_AUDIENCE"];
  const jwksUrl = read.url("STRATA_JWKS_URL", "https:", "http:");
  const [issuer, audience] = [read.text("STRATA_JWT_ISSUER"), read.text("STRATA_JWT_AUDIENCE")];
  const sharedClients = read.oneOf("STRATA_JWT_CLIENTS", ["apart", "shared"], "apart") === "shared";
  const missing = names.filter((name) => !read.has(name));
  if (missing.length > 0 && missing.length < names.length)
    read.fault(`${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing: set ${names.join(", ")}, or none of them.`);
  if (jwksUrl?.startsWith("http:") && !isLoopback(new URL(jwksUrl).hostname))
    read.fault("STRATA_JWKS_URL is http: keys are taken by https alone, except from this machine itself.");
  return jwksUrl && issuer && audience ? { jwksUrl, issuer, audience, sharedClients } : undefined;
}

function limitsOf(read: Environment): LimitConfig {
  const roles = (read.text("STRATA_REGISTERED_ROLES") ?? "").split(/[\s,]+/).filter(Boolean);
  const unknown = roles.find((role) => !Object.hasOwn(ROLES, role));
  if (unknown)
    read.fault(`STRATA_REGISTERED_ROLES names "${unknown}": use roles of ${Object.keys(ROLES).join(", ")}, separated by commas.`);
  return {
    budget: read.count("STRATA_BUDGET", DEFAULT_BUDGET),
    failedLogins: read.count("STRATA_FAILED_LOGINS", 300),
    redisUrl: read.url("STRATA_REDIS_URL", "redis:", "rediss:"),
    registeredRoles: roles as Role[],
  };
}

/** OpenTelemetry's own variables, as its specification has them. */
function supergraphOf(read: Environment): string | undefined {
  const path = read.text("STRATA_SUPERGRAPH");
  if (path === undefined) return undefined;
  if (!existsSync(path)) read.fault("STRATA_SUPERGRAPH names a file that is not there.");
  return resolve(path);
}

function tracesUrlOf(read: Environment): string | undefined {
  const forAll = read.url("OTEL_EXPORTER_OTLP_ENDPOINT", "http:", "https:");
  const forTraces = read.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http:", "https:");
  const isOff = /^true$/i.test(read.text("OTEL_SDK_DISABLED") ?? "") || read.text("OTEL_TRACES_EXPORTER") === "none";
  return isOff ? undefined : (forTraces ?? (forAll && `${forAll.replace(/\/$/, "")}/v1/traces`));
}

const isLoopback = (hostname: string): boolean => hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);

function urlsOf(read: Environment, role: StrataRole): Config["urls"] {
  const needed: readonly LayerName[] = role === "gateway" ? LAYERS : isLayer(role) ? READS[role] : [];
  const urls: Config["urls"] = {};
  for (const layer of LAYERS) {
    const name = `STRATA_${layer.toUpperCase()}_URL`;
    const url = read.url(name, "http:", "https:");
    if (needed.includes(layer) && !read.has(name))
      read.fault(`${name} is missing: the role ${role} talks to ${layer}, such as http://${layer}:4000.`);
    if (url && needed.includes(layer)) urls[layer] = url.replace(/\/(graphql\/?)?$/, "");
  }
  return urls;
}

/** Reads variables and collects what is wrong with them. An empty one counts as not set. */
class Environment {
  readonly faults: string[] = [];
  constructor(private readonly env: NodeJS.ProcessEnv) {}

  fault(line: string): void {
    this.faults.push(line);
  }

  text(name: string): string | undefined {
    return this.env[name]?.trim() || undefined;
  }

  has(name: string): boolean {
    return this.text(name) !== undefined || this.text(`${name}_FILE`) !== undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[], otherwise: T): T {
    const value = this.text(name);
    if (value === undefined || values.includes(value as T)) return (value as T) ?? otherwise;
    this.fault(`${name} is "${value}": use one of ${values.join(", ")}.`);
    return otherwise;
  }

  port(name: string, otherwise: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
    this.fault(`${name} is "${value}": use a port number from 0 (any free one) to 65535.`);
    return otherwise;
  }

  seconds(name: string, otherwise: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    if (/^\d{1,4}$/.test(value)) return Number(value);
    this.fault(`${name} is "${value}": use whole seconds from 0 (never) to 9999.`);
    return otherwise;
  }

  count(name: string, otherwise: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    if (/^[1-9]\d{0,11}$/.test(value)) return Number(value);
    this.fault(`${name} is "${value}": use a whole number from 1, at most twelve digits.`);
    return otherwise;
  }

  days(name: string, otherwise: number, least: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    if (/^\d{1,4}$/.test(value) && Number(value) >= least) return Number(value);
    this.fault(`${name} is "${value}": use whole days from ${least} to 9999.`);
    return otherwise;
  }

  /** A URL may carry a password: a fault never shows it. */
  url(name: string, ...protocols: string[]): string | undefined {
    const value = this.text(name);
    if (value === undefined || this.isUrl(value, protocols)) return value;
    this.fault(
      `${name} is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")} and names a host: correct it.`,
    );
    return undefined;
  }

  urls(name: string, ...protocols: string[]): string[] {
    const values = (this.text(name) ?? "")
      .split(",")
      .map((value) => value.trim())
      .filter(Boolean);
    const wrong = values.findIndex((value) => !this.isUrl(value, protocols));
    if (wrong >= 0)
      this.fault(
        `${name}: entry ${wrong + 1} is not a URL that starts with ${protocols[0]}// and names a host: correct it (entries are separated by commas).`,
      );
    return values;
  }

  secret(name: string, shortest: number): string | undefined {
    const value = this.text(name) ?? this.fromFile(`${name}_FILE`);
    if (value !== undefined && value.length < shortest)
      this.fault(`${name} is too short: use at least ${shortest} characters, such as the output of: openssl rand -base64 32`);
    return value;
  }

  private fromFile(name: string): string | undefined {
    const path = this.text(name);
    if (!path) return undefined;
    try {
      return readFileSync(path, "utf8").trim();
    } catch (error) {
      this.fault(`${name} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}): correct the path or its rights.`);
      return undefined;
    }
  }

  private isUrl(value: string, protocols: string[]): boolean {
    return URL.canParse(value) && protocols.includes(new URL(value).protocol) && new URL(value).hostname !== "";
  }
}
