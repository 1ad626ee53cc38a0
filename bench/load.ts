import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Pool } from "undici";
import { percentile } from "../cli/demo/measure";
import { wait } from "../shared/db/retry";
import { SCOPES } from "../shared/identity/scopes";
import { IDENTITY_HEADER, secretFor, signFacts } from "../shared/identity/signed";

/**
 * One run of the load generator: `connections` callers, each asking again as soon as it has its answer; or, with
 * `perSecond`, so many requests a second on up to so many connections, however long the answers take.
 */
export interface LoadJob {
  /** Of one server, or of several that are asked in turn, as a balancer would. */
  urls: string[];
  headers?: Record<string, string>;
  /** Signs each body as the gateway does, for a subgraph that is called directly. */
  sign?: { secret: string; to: string; mutation: boolean };
  /** The request body; every `{n}` in it becomes a text that never comes twice, for idempotency keys and order numbers. */
  body: string;
  /** JSON texts, one of which, by chance, stands in for each `"{pick}"` in the body. */
  picks?: string[];
  /** Every `{uuid}` in it becomes a random UUID; every `{sku}` and `{demanded}` one of so many listed ones, `S0000000` and on. */
  skus?: number;
  connections: number;
  perSecond?: number;
  seconds: number;
  warmupSeconds: number;
}

export interface LoadResult {
  /** Answers without an error, per second. */
  rate: number;
  p50Ms: number;
  p99Ms: number;
  /** Failed answers by HTTP status, by the first GraphQL `code` in the answer, or by network error. */
  errors: Record<string, number>;
}

/** Runs the load in a process of its own, so that the generator and the server do not share a thread. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const child = fork(__filename, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(job);
  const [answer] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [LoadResult | number | null];
  if (typeof answer !== "object" || answer === null)
    throw new Error(`the load generator ended (exit code ${answer}) before it had a result`);
  child.kill();
  return answer;
}

const TICK_MS = 5;

export async function generateLoad(job: LoadJob): Promise<LoadResult> {
  const urls = job.urls.map((url) => new URL(url));
  const connections = Math.ceil(job.connections / urls.length);
  const servers = urls.map(({ origin, pathname }) => ({ pool: new Pool(origin, { connections, pipelining: 1 }), pathname }));
  const run = `${process.pid.toString(36)}-${Date.now().toString(36)}`;
  const startsAt = performance.now() + job.warmupSeconds * 1000;
  const endsAt = startsAt + job.seconds * 1000;
  const latencies: number[] = [];
  const errors: Record<string, number> = {};
  const headersOf = signer(job);
  let asked = 0;

  async function askOnce(): Promise<void> {
    const { pool, pathname } = servers[asked % servers.length]!;
    const body = filledIn(job, `${run}-${asked++}`);
    const from = performance.now();
    const fault = await ask(pool, pathname, headersOf(body), body);
    const to = performance.now();
    if (to < startsAt || to > endsAt) return;
    if (fault) errors[fault] = (errors[fault] ?? 0) + 1;
    else latencies.push(to - from);
  }

  async function caller(): Promise<void> {
    while (performance.now() < endsAt) await askOnce();
  }

  async function arrivals(perSecond: number): Promise<void> {
    const since = performance.now();
    for (; performance.now() < endsAt; await wait(TICK_MS))
      for (const due = ((performance.now() - since) / 1000) * perSecond; asked < due;) void askOnce();
  }

  await (job.perSecond ? arrivals(job.perSecond) : Promise.all(Array.from({ length: job.connections }, caller)));
  // What is still under way came too late to count.
  await Promise.all(servers.map(({ pool }) => pool.destroy()));
  const sorted = Float64Array.from(latencies).sort();
  return { rate: sorted.length / job.seconds, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99), errors };
}

function filledIn({ body, picks, skus }: LoadJob, n: string): string {
  const anyPick = () => picks![Math.floor(Math.random() * picks!.length)]!;
  const numbered = body.replaceAll('"{pick}"', anyPick).replaceAll("{n}", n);
  if (skus === undefined) return numbered;
  const anySku = () => skuAt(Math.floor(Math.random() * skus));
  return numbered
    .replaceAll("{uuid}", () => randomUUID())
    .replaceAll("{sku}", anySku)
    .replaceAll("{demanded}", () => demanded(skus));
}

const skuAt = (n: number): string => `S${String(n).padStart(7, "0")}`;

/** Sales fall with an item's rank r as r^-0.87: Brynjolfsson, Hu and Smith, Management Science 49 (2003), of a shop of 2.3 million titles. */
const SALES_BY_RANK = 0.87;
/** Ranks are scattered over the codes, so that what sells well does not lie on neighbouring pages; prime to every count used. */
const SCATTER = 7_368_787;

function demanded(skus: number): string {
  const tail = 1 - SALES_BY_RANK;
  const rank = Math.floor((1 + Math.random() * (skus ** tail - 1)) ** (1 / tail)) - 1;
  return skuAt((Math.min(rank, skus - 1) * SCATTER) % skus);
}

/** The fixed headers, and the signature where one is wanted. */
function signer({ headers = {}, sign }: LoadJob): (body: string) => Record<string, string> {
  const fixed = { "content-type": "application/json", ...headers };
  if (!sign) return () => fixed;
  const key = secretFor("identity", sign.secret);
  const caller = { client: "admin", scopes: new Set(SCOPES) };
  const facts = { caller, requestId: "bench-request", primary: sign.mutation, after: {}, settle: false };
  return (body) => ({ ...fixed, [IDENTITY_HEADER]: signFacts(key, sign.to, facts, body) });
}

async function ask(pool: Pool, path: string, headers: Record<string, string>, body: string): Promise<string | null> {
  try {
    const answer = await pool.request({ method: "POST", path, headers, body });
    const text = await answer.body.text();
    const code = /"code":\s*"([A-Z_]+)"/.exec(text);
    if (code) return code[1]!;
    return answer.statusCode === 200 ? null : `HTTP ${answer.statusCode}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "network";
  }
}

if (require.main === module) {
  process.once("message", async (job: LoadJob) => process.send!(await generateLoad(job)));
}
