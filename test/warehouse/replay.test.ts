import { newId } from "../../shared/ids";
import { DELIVER, everything, PACK, PICK, POST, SHIP, START, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
});
afterAll(() => world.close());

test("every call that is repeated with its key changes nothing and answers the present state", async () => {
  await world.stock({ A: 10 });
  const post = { idempotencyKey: "post", type: "MISC_RECEIPT", warehouse: "W1", lines: [{ sku: "A", quantity: 2 }] };
  const { movement } = await world.must(POST, post);
  const id = await world.allocate({ A: 3 });
  const steps: [string, object][] = [
    [START, { idempotencyKey: "k", id }],
    [PICK, { idempotencyKey: "k", id, picks: [{ sku: "A", quantity: 3 }] }],
    [PACK, { idempotencyKey: "k", id }],
    [SHIP, { idempotencyKey: "k", id }],
    [DELIVER, { idempotencyKey: "k", id, outcome: "DELIVERED" }],
  ];
  for (const [source, input] of steps) await world.must(source, input);
  const before = await everything(world);
  const told = (await world.told("StockMoved", "ShipmentProgressed", "ShipmentShipped")).length;
  expect((await world.must(POST, post)).movement).toEqual(movement);
  for (const [source, input] of steps) expect((await world.must(source, input)).outbound).toMatchObject({ id, status: "DELIVERED" });
  expect(await everything(world)).toEqual(before);
  expect(await world.told("StockMoved", "ShipmentProgressed", "ShipmentShipped")).toHaveLength(told);
});

test("keys belong to their client and their mutation, and differ by case", async () => {
  await world.stock({ B: 10 });
  const input = { idempotencyKey: "key", type: "MISC_ISSUE", warehouse: "W1", lines: [{ sku: "B", quantity: 1 }] };
  const made = [
    await world.must(POST, input),
    await world.must(POST, input, { client: "other" }),
    await world.must(POST, { ...input, idempotencyKey: "KEY" }),
  ];
  expect(new Set(made.map(({ movement }) => movement.id)).size).toBe(3);
});

test("a reused key with another input is refused at every step", async () => {
  await world.stock({ C: 10 });
  const [one, two] = [await world.allocate({ C: 1 }), await world.allocate({ C: 1 })];
  await world.must(START, { idempotencyKey: "reused", id: one });
  const { data } = await world.ask(START, { input: { idempotencyKey: "reused", id: two } });
  expect(data.startPicking).toMatchObject({ outbound: null, userErrors: [{ code: "IDEMPOTENCY_KEY_REUSED" }] });
  await world.must(START, { idempotencyKey: newId(), id: two });
});
