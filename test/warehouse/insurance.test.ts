import { watchCovers } from "../../services/warehouse/insure/watch";
import { newId } from "../../shared/ids";
import { POST, SAVE_ITEM, SAVE_MERCHANT, warehouseWorld, type WarehouseWorld } from "./support";

const SAVE = `mutation ($input: SaveInsurancePolicyInput!) { saveInsurancePolicy(input: $input) {
  policy { id policyNumber insuredSum { amount currency } startsOn endsBefore warehouse { code } } userErrors { code message field } } }`;
const POLICIES = "{ insurancePolicies { policyNumber insuredSum { amount } } }";
const STATEMENT = `query ($pledge: ID!, $asOf: DateTime, $after: String) { pledgeStatement(pledge: $pledge, asOf: $asOf) {
  total { amount currency } lines(first: 1, after: $after) { nodes { item { sku } quantity value { amount } } pageInfo { hasNextPage endCursor } } } }`;

let world: WarehouseWorld;
beforeEach(async () => {
  world = await warehouseWorld();
});
afterEach(() => world.close());

const policy = (more: object = {}) => ({
  warehouse: "W1",
  policyNumber: "P-1",
  insuredSum: "100",
  startsOn: "2026-01-01",
  endsBefore: "2999-01-01",
  ...more,
});
const covers = async () =>
  (await world.told("CoverChanged")).map((event) => "covered" in event && [event.covered, event.value, event.insured]);
const movement = (type: string, line: object) => ({ idempotencyKey: newId(), type, warehouse: "W1", lines: [line] });

test("stock that is worth more than is insured is told once, and once when it is covered again", async () => {
  await world.stock({ A: 150 });
  await watchCovers(world.db);
  expect(await covers()).toEqual([]);
  await world.must(SAVE, policy());
  await Promise.all([watchCovers(world.db), watchCovers(world.db)]);
  await watchCovers(world.db);
  expect(await covers()).toEqual([[false, "150.000000", "100.000000"]]);
  await world.must(SAVE, policy({ policyNumber: "P-2", insuredSum: "50" }));
  await watchCovers(world.db);
  await world.must(SAVE, policy({ policyNumber: "P-2", insuredSum: "50", endsBefore: "2026-02-01" }));
  await watchCovers(world.db);
  expect(await covers()).toEqual([
    [false, "150.000000", "100.000000"],
    [true, "150.000000", "150.000000"],
    [false, "150.000000", "100.000000"],
  ]);
  const { data } = await world.ask(POLICIES);
  expect(data.insurancePolicies.map((one: { policyNumber: string }) => one.policyNumber)).toEqual(["P-1", "P-2"]);
});

test.each<[string, object, string, string]>([
  ["an unknown warehouse", { warehouse: "W9" }, "NOT_FOUND", "warehouse"],
  ["no number", { policyNumber: "" }, "INVALID_INPUT", "policyNumber"],
  ["nothing insured", { insuredSum: "0" }, "INVALID_INPUT", "insuredSum"],
  ["less than nothing", { insuredSum: "-1" }, "INVALID_INPUT", "insuredSum"],
  ["an end before its begin", { endsBefore: "2026-01-01" }, "INVALID_INPUT", "endsBefore"],
])("a policy with %s is refused", async (_name, more, code, field) => {
  const { data } = await world.ask(SAVE, { input: policy(more) });
  expect(data.saveInsurancePolicy).toEqual({ policy: null, userErrors: [{ code, field: ["input", field], message: expect.any(String) }] });
  expect((await world.ask(POLICIES)).data.insurancePolicies).toEqual([]);
});

test("insurance is finance's, and the house's", async () => {
  for (const as of [{ role: "warehouse-operator" as const }, { merchant: "GUEST" }]) {
    const { errors } = await world.ask(SAVE, { input: policy() }, as);
    expect(errors[0].extensions.code).toBe("FORBIDDEN");
  }
});

test("a pledge statement says units and value of then, page by page, and only to whom they belong", async () => {
  await world.must(SAVE_MERCHANT, { code: "OTHER", name: "Other" });
  await world.must(SAVE_ITEM, { sku: "F", name: "By layers", costingMethod: "FIFO", merchant: "OTHER" });
  await world.stock({ A: 10 }, "2.00");
  await world.must(POST, movement("PURCHASE_RECEIPT", { sku: "F", quantity: 3, unitCost: "1" }));
  await world.must(POST, movement("PURCHASE_RECEIPT", { sku: "F", quantity: 3, unitCost: "2" }));
  const pledge = (sku: string, quantity: number) => movement("STATUS_CHANGE", { sku, quantity, toStatus: "PLEDGED", pledge: "LOAN" });
  await world.must(POST, pledge("A", 4));
  await world.must(POST, pledge("F", 2));
  const [{ now }] = await world.db.query<{ now: Date }>("SELECT NOW(3) AS now");
  await world.must(POST, movement("STATUS_CHANGE", { sku: "A", quantity: 4, status: "PLEDGED", toStatus: "AVAILABLE", pledge: "LOAN" }));
  const statement = async (variables: object, as = {}) =>
    (await world.ask(STATEMENT, { pledge: "LOAN", ...variables }, as)).data.pledgeStatement;
  const then = await statement({ asOf: now.toISOString() });
  expect(then.total).toEqual([{ amount: "11.000000", currency: "EUR" }]);
  expect(then.lines.nodes).toEqual([{ item: { sku: "A" }, quantity: 4, value: { amount: "8.000000" } }]);
  const next = await statement({ asOf: now.toISOString(), after: then.lines.pageInfo.endCursor });
  expect(next.lines).toMatchObject({
    nodes: [{ item: { sku: "F" }, quantity: 2, value: { amount: "3.000000" } }],
    pageInfo: { hasNextPage: false },
  });
  expect((await statement({})).total).toEqual([{ amount: "3.000000", currency: "EUR" }]);
  expect((await statement({ asOf: now.toISOString() }, { merchant: "OTHER" })).total).toEqual([{ amount: "3.000000", currency: "EUR" }]);
  expect((await statement({ pledge: "NONE" })).total).toEqual([]);
});
