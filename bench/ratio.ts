import { cpus, totalmem } from "node:os";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { SERVER_FACTS } from "./ratio.sql";
import type { LoadResult } from "./load";

export interface Contender {
  name: string;
  run(): Promise<LoadResult>;
  /** Units of work per answer: 500 for a batch of 500. */
  worth?: number;
}

export interface Comparison {
  a: number;
  b: number;
  ratio: number;
  runs: { a: LoadResult; b: LoadResult }[];
}

/** Runs A and B in turn (A B, B A, A B …, so that neither always has the warmer machine) and compares the medians of their rates. */
export async function compare(a: Contender, b: Contender, pairs = 3, print: (line: string) => void = console.log): Promise<Comparison> {
  const runs: Comparison["runs"] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const firstB = pair % 2 === 1 ? await report(b, print) : null;
    const ofA = await report(a, print);
    runs.push({ a: ofA, b: firstB ?? (await report(b, print)) });
  }
  const rate = (side: "a" | "b", contender: Contender) => median(runs.map((run) => run[side].rate * (contender.worth ?? 1)));
  const [rateA, rateB] = [rate("a", a), rate("b", b)];
  const ratio = rateA / rateB;
  print(`${a.name} ${round(rateA)}/s : ${b.name} ${round(rateB)}/s = ${ratio.toFixed(2)} (medians of ${pairs} alternating runs)`);
  return { a: rateA, b: rateB, ratio, runs };
}

async function report(contender: Contender, print: (line: string) => void): Promise<LoadResult> {
  const result = await contender.run();
  const errors = Object.entries(result.errors).map(([kind, count]) => `${count} ${kind}`);
  const rate = round(result.rate * (contender.worth ?? 1)).padStart(8);
  print(
    `  ${contender.name.padEnd(28)} ${rate}/s  p50 ${result.p50Ms.toFixed(1)} ms  p99 ${result.p99Ms.toFixed(1)} ms  ` +
      (errors.length ? `errors: ${errors.join(", ")}` : "no errors"),
  );
  return result;
}

export function median(figures: number[]): number {
  const sorted = [...figures].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What the figures were measured on; a ratio without its machine and its durability settings says nothing. */
export async function describeMachine(databaseUrl: string): Promise<string[]> {
  const connection = await createConnection(databaseUrl);
  try {
    const [[server]] = await connection.query<RowDataPacket[]>(SERVER_FACTS);
    const processors = cpus();
    return [
      `machine:  ${processors.length} x ${processors[0]?.model.trim()}, ${round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
      `database: ${server!.version}, flush at commit ${server!.flushAtCommit}, sync_binlog ${server!.syncBinlog}`,
    ];
  } finally {
    await connection.end();
  }
}

const round = (figure: number): string => Math.round(figure).toString();
