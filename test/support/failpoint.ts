import { Connection } from "mysql2";

/**
 * Loaded into a Strata of its own (`-r`) before anything else, never into a normal one: nothing in the product knows of it. Its parent
 * names a step by what the database is asked there; the process ends itself at that step, with no way to clean up.
 */
export interface Failpoint {
  /** The schema that the transaction writes. */
  schema: string;
  /** What the transaction has sent, each a part of one statement's text, before it stands at the step. */
  sent: string[];
  /** Right after the last of these was answered; with all of them sent, instead of its COMMIT; or with its COMMIT answered. */
  at: "answered" | "committing" | "committed";
}

/** The step is held for so long before the end: whoever is answered too early is answered now. */
const HELD_MS = 100;

type Query = (this: Session, sql: string | { sql: string }, ...rest: unknown[]) => unknown;
type Session = Connection & { config: { database?: string } };
type Done = (...answer: unknown[]) => void;

let armed: Failpoint | undefined;
const sentBy = new WeakMap<object, string[]>();

process.on("message", (failpoint: Failpoint) => {
  armed = failpoint;
  process.send!({ armed: true });
});

function end(): void {
  armed = undefined;
  process.send!({ reached: true });
  setTimeout(() => process.kill(process.pid, "SIGKILL"), HELD_MS);
}

const base = Object.getPrototypeOf(Connection.prototype) as { query: Query };
const { query } = base;
base.query = function (sql, ...rest) {
  const text = typeof sql === "string" ? sql : sql.sql;
  if (text.startsWith("START TRANSACTION")) sentBy.set(this, []);
  const sent = sentBy.get(this);
  if (!armed || !sent || this.config.database !== armed.schema || typeof rest.at(-1) !== "function") return query.call(this, sql, ...rest);
  sent.push(text);
  const { at, sent: wanted } = armed;
  if (!wanted.every((part) => sent.some((one) => one.includes(part)))) return query.call(this, sql, ...rest);
  const here = text === "COMMIT" ? at !== "answered" : at === "answered" && text.includes(wanted.at(-1)!);
  if (!here) return query.call(this, sql, ...rest);
  if (at === "committing") return end();
  // Its answer is never passed on: the process ends with it.
  const done: Done = (fault) => (fault ? (rest.at(-1) as Done)(fault) : end());
  return query.call(this, sql, ...rest.slice(0, -1), done);
};
