type Attributes = Record<string, string | number | undefined>;

/** One piece of traced work while it goes on. Never a value that a caller sent, and never an error's text. */
export interface Span {
  name(name: string): void;
  set(attributes: Attributes): void;
  /** By a code of ours. */
  failed(code: string): void;
}

export interface SpanOptions {
  name: string;
  /** "server": answers another process or a client; "client": asks one. */
  kind?: "server" | "client";
  attributes?: Attributes;
  /** The W3C traceparent that it goes on from; absent: what is traced here already. */
  parent?: string;
  /** Those that it serves: it begins a trace of its own then, and is not traced at all when none of them is recorded. */
  links?: string[];
}

/** What gateway/tracing.ts brings when an OpenTelemetry endpoint is set. */
export interface Tracing {
  span<T>(options: SpanOptions, work: (span?: Span) => Promise<T>): Promise<T>;
  /** The W3C traceparent of what goes on now; undefined when that is not traced. */
  here(): string | undefined;
}

/** Undefined: nothing of OpenTelemetry is loaded, and traced work is called as if it were not. */
export let tracing: Tracing | undefined;
export const setTracing = (given: Tracing | undefined): void => void (tracing = given);

/**
 * Work in a span of its own; `about` is only asked when there is tracing. A trace begins with a request that is served or a batch
 * that serves some: what happens in the background is in none.
 */
export const spanned = <T>(about: () => SpanOptions, work: (span?: Span) => Promise<T>): Promise<T> =>
  tracing ? tracing.span(about(), work) : work();

const MOST_TEXT = 2_000;

/** A question to a database: the text of its statements, with a ? for each value. */
export const spannedSql = <T>(layer: string, server: "primary" | "replica", sql: string, work: () => Promise<T>): Promise<T> =>
  spanned(
    () => ({
      name: `sql ${server}`,
      kind: "client",
      attributes: { "db.system.name": "mysql", "db.namespace": `strata_${layer}`, "db.query.text": sql.slice(0, MOST_TEXT) },
    }),
    work,
  );
