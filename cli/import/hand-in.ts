import { createHash } from "node:crypto";
import { backoffMs, callOrThrow, wait, type Caller, type Operation } from "../demo/call";
import type { Data } from "../demo/client";
import type { ErrorsFile } from "./errors-file";
import { columnOf, faultOf, keyOf, KNOWN, movementOf, NEEDED } from "./movement-columns";
import { readCsv, type CsvRow } from "./read-csv";

const ROWS_A_BATCH = 5_000;
/** Below the gateway's limit of 4 MB, with room for the rest of the request. */
const BYTES_A_BATCH = 3_500_000;
const ERRORS_A_PAGE = 200;

const BATCH = `id status total posted failed errors(first: ${ERRORS_A_PAGE}, after: $after) { nodes { row code field message } pageInfo { hasNextPage endCursor } }`;
const IMPORT: Operation = {
  name: "importMovements",
  query: `mutation Import($input: ImportMovementsInput!, $after: String) { importMovements(input: $input) { batch { ${BATCH} } userErrors { code message field retryAfterMs } } }`,
};
const IMPORT_BATCH: Operation = {
  name: "importBatch",
  query: `query Batch($id: ID!, $after: String) { importBatch(id: $id) { ${BATCH} } }`,
};

export interface Tally {
  posted: number;
  failed: number;
}

interface Sent {
  row: CsvRow;
  text: string;
}

export interface HandIn {
  caller: Caller;
  source: string;
  path: string;
  validateOnly: boolean;
  errors: ErrorsFile;
  /** Called as rows are done. */
  done(rows: number): void;
}

/** How many rows a file has. Read to its end before anything is posted, so that a broken file posts nothing. */
export async function countRows(path: string): Promise<number> {
  let rows = 0;
  for await (const { number } of readCsv(path, NEEDED, KNOWN)) rows = number - 1;
  return rows;
}

/** Hands a file in, batch by batch. A batch is named by what is in it, so the same rows again are the same batch. */
export async function handInFile(job: HandIn): Promise<Tally> {
  const tally: Tally = { posted: 0, failed: 0 };
  let batch: Sent[] = [];
  let bytes = 0;
  const send = async () => {
    if (batch.length > 0) await handIn(job, batch, tally);
    batch = [];
    bytes = 0;
  };
  for await (const row of readCsv(job.path, NEEDED, KNOWN)) {
    const fault = faultOf(row);
    if (fault) {
      tally.failed++;
      job.errors.add(row.number, fault, { ...row.cells, idempotencyKey: keyOf(job.source, row) });
      job.done(1);
      continue;
    }
    const text = JSON.stringify(movementOf(job.source, row));
    if (batch.length === ROWS_A_BATCH || bytes + text.length * 2 > BYTES_A_BATCH) await send();
    batch.push({ row, text });
    bytes += Buffer.byteLength(text) + 1;
  }
  await send();
  return tally;
}

async function handIn(job: HandIn, sent: Sent[], tally: Tally): Promise<void> {
  const { caller, source, validateOnly } = job;
  const hash = createHash("sha256");
  for (const { text } of sent) hash.update(text).update("\n");
  const rows = sent.map(({ text }) => JSON.parse(text) as unknown);
  const input = { source, batchRef: hash.digest("hex").slice(0, 40), rows, validateOnly };
  let batch = (await callOrThrow(caller, IMPORT, { input })).importMovements.batch as Data;
  // A batch that takes long goes on without its caller.
  for (let attempt = 0; batch.status !== "COMPLETED"; attempt++) {
    await wait(backoffMs(attempt));
    batch = (await caller.call(IMPORT_BATCH, { id: batch.id })).importBatch as Data;
  }
  tally.posted += batch.posted;
  tally.failed += batch.failed;
  await keepErrors(job, sent, batch);
  job.done(sent.length);
}

async function keepErrors({ caller, source, errors }: HandIn, sent: Sent[], batch: Data): Promise<void> {
  for (let page = batch.errors; ;) {
    for (const { row: place, code, field, message } of page.nodes) {
      const { row } = sent[place - 1];
      errors.add(row.number, { code, field: columnOf(field), message }, { ...row.cells, idempotencyKey: keyOf(source, row) });
    }
    if (!page.pageInfo.hasNextPage) return;
    page = (await caller.call(IMPORT_BATCH, { id: batch.id, after: page.pageInfo.endCursor })).importBatch.errors;
  }
}
