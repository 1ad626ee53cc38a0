import { coveredAt } from "../../services/dispatch/order/expected";
import { decidePromise } from "../../services/dispatch/order/promise";
import { watchPromises } from "../../services/dispatch/order/promise-watch";
import { newId } from "../../shared/ids";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

/** When what waits is expected: by what is to come, and by whose turn it is. */
let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
  await world.settle();
});
afterAll(() => world?.close());

const on = (day: number): Date => new Date(Date.UTC(2030, 0, 1) + (day - 1) * 86_400_000);
const coming = (inboundId: string, warehouse: string, quantity: number, day: number | null) =>
  world.warehouse.tell(
    {
      type: "InboundChanged",
      inboundId,
      kind: "PURCHASE",
      document: { type: "PURCHASE_ORDER", number: inboundId },
      warehouse,
      lines: [{ sku: "A", quantity, expectedAt: day === null ? null : on(day).toISOString() }],
    },
    { client: "", aggregates: {} },
  );
const expected = async (orderRef: string): Promise<(string | null)[]> => {
  const { data } = await world.ask(`{ fulfillmentOrders(orderRef: "${orderRef}") { nodes { lines { expectedAt } } } }`);
  return data.fulfillmentOrders.nodes[0].lines.map(
    (line: { expectedAt: Date | null }) => line.expectedAt && new Date(line.expectedAt).toISOString(),
  );
};

test.each([
  [1, [], null],
  [3, [[3, 1]], 1],
  [4, [[3, 1]], null],
  [
    4,
    [
      [3, 1],
      [1, 5],
    ],
    5,
  ],
] as [number, [number, number][], number | null][])("%i units of %j are covered on day %s", (units, due, day) => {
  const found = coveredAt(
    units,
    due.map(([n, at]) => ({ units: n, expected_at: on(at) })),
  );
  expect(found).toEqual(day === null ? null : on(day));
});

test("the most urgent first, as far as what is to come reaches; another date or another turn moves it at once", async () => {
  world.confirm("EU", "E-1", { A: 3 });
  await world.settle();
  world.confirm("EU", "E-2", { A: 2, B: 1 });
  expect([await expected("E-1"), await expected("E-2")]).toEqual([[null], [null, null]]);
  const [first, second] = [newId(), newId()];
  coming(first, "BER", 4, 10);
  coming(newId(), "MUC", 50, null);
  expect([await expected("E-1"), await expected("E-2")]).toEqual([[on(10).toISOString()], [null, null]]);
  coming(second, "MUC", 1, 20);
  expect(await expected("E-2")).toEqual([on(20).toISOString(), null]);
  world.confirm("EU", "E-3", { A: 3 }, { priority: 5 });
  expect([await expected("E-3"), await expected("E-1"), await expected("E-2")]).toEqual([[on(10).toISOString()], [null], [null, null]]);
  coming(second, "MUC", 5, 12);
  expect([await expected("E-1"), await expected("E-2")]).toEqual([[on(12).toISOString()], [on(12).toISOString(), null]]);
});

const at = (day: number | null): Date | null => (day === null ? null : on(day));
test.each<
  [told: number | null, seen: number | null, expected: number | null, tells: boolean, toldThen: number | null, seenThen: number | null]
>([
  [null, null, null, false, null, null],
  [null, null, 10, false, null, 10],
  [null, 10, 10, true, 10, 10],
  [null, 10, 12, false, null, 12],
  [null, 10, null, false, null, null],
  [10, 10, 10.9, false, 10, 10],
  [10, 10, 11, false, 10, 11],
  [10, 11, 11.5, true, 11.5, 11.5],
  [10, 10, 9, false, 10, 9],
  [10, 9, 9, true, 9, 9],
  [10, 11, 10.5, false, 10, 10],
  [10, 10, null, false, 10, null],
  [10, null, null, true, null, null],
])("told %s, seen %s, expected %s: tells %s", (told, seen, expects, tells, toldThen, seenThen) => {
  const decided = decidePromise({ told_at: at(told), seen_at: at(seen) }, at(expects));
  expect(decided).toMatchObject({ tells, told_at: at(toldThen), seen_at: at(seenThen) });
});

test("an order system is told once of each move of what it waits for, however often it is looked at and by how many", async () => {
  // The layer's own watch looks too, under its lease: what is told, is told once all the same.
  const look = async () => {
    for (let i = 0; i < 3; i++) await Promise.all([1, 2].map(() => watchPromises(world.db, () => Promise.resolve())));
  };
  const told = async (orderRef: string): Promise<string[]> => {
    const query = `{ orderEvents(orderRef: "${orderRef}") { nodes { kind detail lines { quantity } } } }`;
    const { nodes } = (await world.ask(query, {}, { settle: true })).data.orderEvents;
    return nodes
      .filter(({ kind }: { kind: string }) => kind === "PROMISE_CHANGED")
      .map(({ detail, lines }: { detail: string; lines: { quantity: number }[] }) => `${lines[0].quantity} ${detail}`);
  };
  const expects = (units: number, day: number): string => `${units} expected ${on(day).toISOString()}`;
  const item = (inboundId: string, quantity: number, day: number | null) =>
    world.warehouse.tell(
      {
        type: "InboundChanged",
        inboundId,
        kind: "PURCHASE",
        document: { type: "PURCHASE_ORDER", number: inboundId },
        warehouse: "BER",
        lines: [{ sku: "P", quantity, expectedAt: day === null ? null : on(day).toISOString() }],
      },
      { client: "", aggregates: {} },
    );
  world.confirm("EU", "W-1", { P: 3 });
  await world.settle();
  world.confirm("EU", "W-2", { P: 2 });
  await world.settle();
  await look();
  expect([await told("W-1"), await told("W-2")]).toEqual([[], []]);

  const inbound = newId();
  item(inbound, 5, 10);
  await world.settle();
  await look();
  const first = [[expects(3, 10)], [expects(2, 10)]];
  expect([await told("W-1"), await told("W-2")]).toEqual(first);
  item(inbound, 5, 10.5);
  await world.settle();
  await look();
  expect([await told("W-1"), await told("W-2")]).toEqual(first);
  item(inbound, 3, 12);
  await world.settle();
  await look();
  expect([await told("W-1"), await told("W-2")]).toEqual([
    [expects(3, 10), expects(3, 12)],
    [expects(2, 10), "2 not expected any more"],
  ]);
  item(inbound, 0, null);
  world.stock("BER", { P: 3 });
  await world.settle();
  await look();
  expect((await told("W-1")).length).toBe(2);
  const rows = await world.db.query(
    "SELECT p.sku FROM promise_told p JOIN fulfillment_order o ON o.id = p.fulfillment_id WHERE o.order_ref = 'W-1'",
  );
  expect(rows).toEqual([]);
});
