import { newId } from "../../shared/ids";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { everything, type As, type WarehouseWorld } from "./support";

const COUNT = `count { id status blind planned openLines pendingLines createdBy warehouse { code }
  lines { nodes { item { sku } location { code } lot { code } status serials countedBy expected counted variance varianceValue { amount } movedSince withinTolerance } }
  movements { type lines { item { sku } quantity value { amount } } } steps { action status affected actor } } userErrors { code message field }`;
const OPERATOR_COUNT = COUNT.replace("varianceValue { amount }", "").replace("value { amount }", "");
const doing = (name: string, input: string) => (fields: string) => `mutation ($input: ${input}!) { ${name}(input: $input) { ${fields} } }`;
const actions = {
  create: doing("createCount", "CreateCountInput"),
  record: doing("recordCount", "RecordCountInput"),
  recount: doing("requestRecount", "CountActionInput"),
  approve: doing("approveCount", "CountActionInput"),
  cancel: doing("cancelCount", "CountActionInput"),
};
export type Action = keyof typeof actions;
export const source = (action: Action, as: As = {}) => actions[action](as.role === "warehouse-operator" ? OPERATOR_COUNT : COUNT);
export const READ = `query ($id: ID!) { stockCount(id: $id) { ${COUNT.split("} userErrors")[0].replace("count {", "")} } }`;

export const OPERATOR: As = { client: "counter", role: "warehouse-operator" };
export const OTHER: As = { client: "second", role: "warehouse-operator" };
/** Approves, and sees values. */
export const MANAGER: As = { client: "manager", role: "admin" };

/** Does something with a count that must not be refused; gives back the count. */
export async function act(world: WarehouseWorld, action: Action, input: object, as: As = OPERATOR) {
  return (await world.must(source(action, as), { idempotencyKey: newId(), ...input }, as)).count;
}

export const countTables = async ({ db }: WarehouseWorld) => ({
  counts: await db.query("SELECT * FROM stock_count ORDER BY id"),
  lines: await db.query("SELECT * FROM count_line ORDER BY count_id, sku, location, lot, status"),
  steps: await db.query("SELECT COUNT(*) AS n FROM count_step"),
  records: await db.query("SELECT COUNT(*) AS n FROM count_record"),
  schedules: await db.query("SELECT * FROM count_schedule ORDER BY id"),
});

/** Asks for what must be refused: its code and field; nothing may have changed. */
export async function refused(world: WarehouseWorld, text: string, input: object, as: As = OPERATOR) {
  const before = [await everything(world), await countTables(world)];
  const { data, errors } = await world.ask(text, { input: { idempotencyKey: newId(), ...input } }, as);
  expect([await everything(world), await countTables(world)]).toEqual(before);
  if (errors) return [errors[0].extensions.code];
  const [{ userErrors }] = Object.values<{ userErrors: { code: string; field: string[]; message: string }[] }>(data);
  return [userErrors[0]?.code, userErrors[0]?.field.slice(1).join(".")];
}

/** Headers are the sum of their lines, and a count's counters those of its own. */
export async function allIsWell(world: WarehouseWorld): Promise<void> {
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
  const wrong = await world.db.query(
    `SELECT c.id FROM stock_count c LEFT JOIN count_line l ON l.count_id = c.id GROUP BY c.id, c.open_lines, c.pending_lines
     HAVING c.open_lines <> COALESCE(SUM(l.count_id IS NOT NULL AND l.counted IS NULL), 0)
     OR c.pending_lines <> COALESCE(SUM(l.counted IS NOT NULL AND l.approved = 0), 0)`,
  );
  expect(wrong).toEqual([]);
}

export const onHand = async ({ db }: WarehouseWorld, sku: string): Promise<[units: number, value: string]> => {
  const [{ units, value }] = await db.query<{ units: number; value: string }>(
    "SELECT on_hand AS units, value FROM item_stock WHERE sku = ? AND warehouse = 'W1'",
    [sku],
  );
  return [units, value];
};
