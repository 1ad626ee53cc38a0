import { newId } from "../../shared/ids";
import { POST, everything, type As, type WarehouseWorld } from "./support";

const ERRORS = "userErrors { code message field }";
const PERIOD = "code legalEntity startsOn endsBefore status blockers steps { status by reason }";
export const OPEN = `mutation ($code: ID!, $startsOn: Date!, $endsBefore: Date!, $legalEntity: ID) {
  openPeriod(code: $code, startsOn: $startsOn, endsBefore: $endsBefore, legalEntity: $legalEntity) { period { ${PERIOD} } ${ERRORS} } }`;
export const CLOSE = `mutation ($code: ID!, $legalEntity: ID) { closePeriod(code: $code, legalEntity: $legalEntity) { period { ${PERIOD} } ${ERRORS} } }`;
export const REOPEN = `mutation ($code: ID!, $reason: String!, $legalEntity: ID) {
  reopenPeriod(code: $code, reason: $reason, legalEntity: $legalEntity) { period { ${PERIOD} } ${ERRORS} } }`;
export const PERIODS = `{ accountingPeriods { ${PERIOD} } }`;
export const EXPORT = `mutation ($input: ExportJournalInput!) {
  exportJournal(input: $input) { exportId entries lines export { id level final complete } ${ERRORS} } }`;
export const SAVE_ACCOUNT = `mutation ($input: SaveAccountInput!) { saveAccount(input: $input) { account { code name kind } ${ERRORS} } }`;
export const SAVE_RULE = `mutation ($input: SavePostingRuleInput!) {
  savePostingRule(input: $input) { rule { type reasonCode debit { code } credit { code } validFrom } ${ERRORS} } }`;

/** Runs a mutation and gives back its payload, refused or not. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function payload(world: WarehouseWorld, source: string, variables: object, as?: As): Promise<any> {
  const { data, errors } = await world.ask(source, variables, as);
  if (errors) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0];
}

export const receive = (world: WarehouseWorld, occurredAt: string | undefined, more: object = {}) =>
  world.must(POST, {
    idempotencyKey: newId(),
    type: "PURCHASE_RECEIPT",
    warehouse: "W1",
    lines: [{ sku: "A", quantity: 1, unitCost: "1.00" }],
    ...(occurredAt ? { occurredAt } : {}),
    ...more,
  });

/** Everything that a refused call of the journal might have changed. */
export const books = async (world: WarehouseWorld) => ({
  ...(await everything(world)),
  accounts: await world.db.query("SELECT * FROM account ORDER BY code"),
  rules: await world.db.query("SELECT * FROM posting_rule ORDER BY type, reason_code, valid_from"),
  entities: await world.db.query("SELECT * FROM legal_entity ORDER BY code"),
  periods: await world.db.query("SELECT * FROM accounting_period ORDER BY legal_entity, starts_on"),
  steps: await world.db.query("SELECT COUNT(*) AS n FROM period_step"),
  exports: await world.db.query("SELECT COUNT(*) AS n FROM journal_export"),
  exported: await world.db.query("SELECT COUNT(*) AS n FROM journal_export_entry"),
});

export const dayFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
