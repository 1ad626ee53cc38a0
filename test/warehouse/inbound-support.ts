import { newId } from "../../shared/ids";
import { everything, type As, type WarehouseWorld } from "./support";

const ERRORS = "userErrors { code message field }";
const INBOUND = `inbound { id kind status supplier expectedAt document { type number line } order { orderRef } warehouse { code }
  lines { item { sku } expected received rejected } }`;
export const CREATE = `mutation ($input: CreateInboundInput!) { createInbound(input: $input) { ${INBOUND} ${ERRORS} } }`;
export const UPDATE = `mutation ($input: UpdateInboundInput!) { updateInbound(input: $input) { ${INBOUND} ${ERRORS} } }`;
export const RECEIVE = `mutation ($input: ReceiveInboundInput!) { receiveInbound(input: $input) { ${INBOUND} ${ERRORS} } }`;
export const CANCEL = `mutation ($input: ShipmentActionInput!) { cancelInbound(input: $input) { ${INBOUND} ${ERRORS} } }`;
const MOVEMENT = `id type reason document { number } lines { item { sku } quantity value { amount } }
  journal { lines { account { code } debit { amount } credit { amount } item { sku } } }`;
export const MATCH = `mutation ($input: MatchInvoiceInput!) { matchInvoice(input: $input) { movements { ${MOVEMENT} } ${ERRORS} } }`;
export const CREDIT = `mutation ($input: CreditInvoiceInput!) { creditInvoice(input: $input) { movements { ${MOVEMENT} } ${ERRORS} } }`;
export const CLOSE = `mutation ($document: ID!) { closeWorkOrder(document: $document) { movement { ${MOVEMENT} } ${ERRORS} } }`;

export const keyed = <T extends object>(input: T) => ({ idempotencyKey: newId(), ...input });

/** Expects goods in W1; gives back the inbound. */
export async function expectGoods({ must }: WarehouseWorld, kind: string, number: string, lines: object[], more: object = {}) {
  const input = keyed({ kind, document: { type: kind, number }, warehouse: "W1", lines, ...more });
  return (await must(CREATE, input)).inbound;
}

export async function receive({ must }: WarehouseWorld, id: string, lines: object[], more: object = {}) {
  return (await must(RECEIVE, keyed({ id, lines, ...more }))).inbound;
}

/** Everything that a refused step of an inbound might have changed. */
export const allOf = async (world: WarehouseWorld) => ({
  ...(await everything(world)),
  inbounds: await world.db.query("SELECT * FROM inbound_shipment ORDER BY id"),
  lines: await world.db.query("SELECT * FROM inbound_line ORDER BY inbound_id, sku"),
  steps: await world.db.query("SELECT COUNT(*) AS n FROM inbound_step"),
  stepLines: await world.db.query("SELECT COUNT(*) AS n FROM inbound_step_line"),
  invoices: await world.db.query("SELECT COUNT(*) AS n FROM invoice_line"),
  told: await world.db.query("SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM feed) AS n"),
});

/** The one refusal of a mutation, as `CODE field`. */
export async function refusal({ ask }: WarehouseWorld, mutation: string, variables: object, as?: As): Promise<string> {
  const { data, errors } = await ask(mutation, variables, as);
  if (errors) return JSON.stringify(errors);
  const { userErrors } = Object.values<{ userErrors: { code: string; field: string[] }[] }>(data)[0];
  return userErrors.map(({ code, field }) => `${code} ${field.join(".")}`).join(", ");
}

/** What a document's movements booked: `account side amount`, in their order. */
export async function bookedBy({ db }: WarehouseWorld, number: string): Promise<string[]> {
  const rows = await db.query<{ type: string; account: string; debit: string; credit: string }>(
    `SELECT m.type, l.account, l.debit, l.credit FROM movement m JOIN journal_entry e ON e.movement_id = m.id JOIN journal_line l ON l.entry_id = e.id
     WHERE m.document_number = ? ORDER BY m.id, l.line_no`,
    [number],
  );
  return rows.map(({ type, account, debit, credit }) => `${type} ${account} ${Number(debit) > 0 ? `Dr ${debit}` : `Cr ${credit}`}`);
}

/** What is left of a document on an account. */
export async function openOn({ db }: WarehouseWorld, account: string, number: string): Promise<number> {
  const [{ rest }] = await db.query<{ rest: string }>(
    "SELECT COALESCE(SUM(debit - credit), 0) AS rest FROM journal_line WHERE account = ? AND document_number = ?",
    [account, number],
  );
  return Number(rest);
}
