import { coveredAt } from "../../services/dispatch/order/expected";
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

const on = (day: number): Date => new Date(Date.UTC(2030, 0, day));
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
