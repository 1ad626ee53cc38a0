import { leastSince } from "../../services/warehouse/ledger/back-dated";
import { newId } from "../../shared/ids";
import { everything, POST, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => (world = await warehouseWorld()));
afterAll(() => world?.close());

test.each([
  { now: 5, changes: [], least: 5 },
  { now: 5, changes: [5], least: 0 },
  { now: 9, changes: [6, -4], least: 3 },
  { now: 3, changes: [-4, 6], least: 1 },
])("$now now, changed by $changes before: never less than $least", ({ now, changes, least }) => {
  expect(leastSince(now, changes)).toBe(least);
});

test("goods leave in the past only as far as they were there then and ever since", async () => {
  await world.stock({ PAST: 10 });
  const between = new Date();
  const issue = (quantity: number, occurredAt: Date) => ({
    idempotencyKey: newId(),
    type: "MISC_ISSUE",
    warehouse: "W1",
    lines: [{ sku: "PAST", quantity }],
    occurredAt: occurredAt.toISOString(),
  });
  await world.must(POST, issue(6, new Date()));
  await world.stock({ PAST: 20 });
  const before = await everything(world);
  for (const [quantity, at] of [
    [5, between],
    [1, new Date(Date.now() - 3_600_000)],
  ] as const) {
    const { data } = await world.ask(POST, { input: issue(quantity, at) });
    expect(data.postMovement.userErrors).toMatchObject([{ code: "INVALID_STATE", field: ["input", "lines", "0"] }]);
  }
  expect(await everything(world)).toEqual(before);
  await world.must(POST, issue(4, between));
});
