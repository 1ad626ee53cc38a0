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

export interface Measured {
  name: string;
  /** Units of work per second, the median of the runs. */
  rate: number;
  p50Ms: number;
  p99Ms: number;
  runs: LoadResult[];
}

export interface MeasureOptions {
  rounds: number;
  /** No further round begins after this time (milliseconds since 1970); the first always does. */
  until?: number;
  print?: (line: string) => void;
}

/** Runs all in turn, forwards and backwards (A B, B A, A B …), so that none always has the warmer machine. */
export async function measure(
  contenders: Contender[],
  { rounds, until = Infinity, print = console.log }: MeasureOptions,
): Promise<Measured[]> {
  const runs = new Map<Contender, LoadResult[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds && (round === 0 || Date.now() < until); round++) {
    for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse())
      runs.get(contender)!.push(await report(contender, print));
  }
  return contenders.map((contender) => {
    const own = runs.get(contender)!;
    const of = (figure: (result: LoadResult) => number) => median(own.map(figure));
    const rate = of((result) => result.rate) * (contender.worth ?? 1);
    return { name: contender.name, rate, p50Ms: of((result) => result.p50Ms), p99Ms: of((result) => result.p99Ms), runs: own };
  });
}

async function report(contender: Contender, print: (line: string) => void): Promise<LoadResult> {
  const result = await contender.run();
  const errors = Object.entries(result.errors).map(([kind, count]) => `${count} ${kind}`);
  const rate = round(result.rate * (contender.worth ?? 1)).padStart(8);
  print(
    `  ${contender.name.padEnd(34)} ${rate}/s  p50 ${result.p50Ms.toFixed(1).padStart(6)} ms  p99 ${result.p99Ms.toFixed(1).padStart(6)} ms  ` +
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
