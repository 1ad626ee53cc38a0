import { everything, type As, type WarehouseWorld } from "./support";

const BATCH =
  "batch { id status total posted failed errors(first: 200) { nodes { row code message field } pageInfo { hasNextPage endCursor } } } userErrors { code message field }";
export const IMPORT = `mutation ($input: ImportMovementsInput!) { importMovements(input: $input) { ${BATCH} } }`;
export const RESUBMIT = `mutation ($batchId: ID!, $rows: [ImportRowInput!]!) { resubmitImportRows(batchId: $batchId, rows: $rows) { ${BATCH} } }`;
export const BATCH_BY_ID = `query ($id: ID!, $first: Int, $after: String) { importBatch(id: $id) { id status total posted failed
  errors(first: $first, after: $after) { nodes { row code field } pageInfo { hasNextPage endCursor } } } }`;

export const receipt = (key: string, sku: string, quantity: number, more: object = {}) => ({
  idempotencyKey: key,
  type: "MISC_RECEIPT",
  warehouse: "W1",
  lines: [{ sku, quantity, unitCost: "1.00" }],
  ...more,
});

export const issue = (key: string, sku: string, quantity: number, more: object = {}) => ({
  idempotencyKey: key,
  type: "MISC_ISSUE",
  warehouse: "W1",
  lines: [{ sku, quantity }],
  ...more,
});

export interface Batch {
  id: string;
  status: string;
  total: number;
  posted: number;
  failed: number;
  errors: { nodes: { row: number; code: string; message: string; field: string | null }[] };
}

/** Hands a batch in that must be taken. */
export async function handIn(world: WarehouseWorld, batchRef: string, rows: object[], more: object = {}, as?: As): Promise<Batch> {
  const { batch } = await world.must(IMPORT, { source: "test", batchRef, rows, ...more }, as);
  return batch as Batch;
}

export async function resubmit(world: WarehouseWorld, batchId: string, rows: object[], as?: As) {
  const { data, errors } = await world.ask(RESUBMIT, { batchId, rows }, as);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.resubmitImportRows as { batch: Batch; userErrors: { code: string; field: string[] }[] };
}

/** Everything that an import might change, but the batches themselves. */
export const everythingPosted = async (world: WarehouseWorld) => ({
  ...(await everything(world)),
  layers: await world.db.query("SELECT * FROM cost_layer ORDER BY warehouse, sku, seq"),
  lots: await world.db.query("SELECT * FROM lot ORDER BY sku, code"),
  serials: await world.db.query("SELECT * FROM serial ORDER BY sku, serial"),
});

export const onHand = async ({ db }: WarehouseWorld, sku: string): Promise<number> => {
  const rows = await db.query<{ n: number }>("SELECT on_hand AS n FROM item_stock WHERE warehouse = 'W1' AND sku = ?", [sku]);
  return rows[0]?.n ?? 0;
};
