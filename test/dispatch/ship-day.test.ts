import { shipDayOf } from "../../services/dispatch/source/ship-day";
import type { AllocationMade } from "../../shared/flow/messages";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld } from "./support";

const BERLIN_TIME = "Europe/Berlin";
const CASES: [
  name: string,
  at: string,
  more: Partial<Parameters<typeof shipDayOf>[0]>,
  day: string,
  releaseAt: string | null,
  shipBy: string | null,
][] = [
  ["no cut-off", "2026-03-02T22:00:00Z", {}, "2026-03-02", null, null],
  ["before the cut-off", "2026-03-02T12:59:59Z", { cutoff: "14:00" }, "2026-03-02", null, "2026-03-02T13:00:00Z"],
  ["at the cut-off", "2026-03-02T13:00:00Z", { cutoff: "14:00" }, "2026-03-02", null, "2026-03-02T13:00:00Z"],
  ["after it, tomorrow's", "2026-03-02T13:00:01Z", { cutoff: "14:00" }, "2026-03-03", null, "2026-03-03T13:00:00Z"],
  ["tomorrow is already there", "2026-03-02T23:30:00Z", { cutoff: "14:00" }, "2026-03-03", null, "2026-03-03T13:00:00Z"],
  ["clocks are put forward in between", "2026-03-28T20:00:00Z", { cutoff: "14:00" }, "2026-03-29", null, "2026-03-29T12:00:00Z"],
  [
    "the other side of the date line",
    "2026-03-02T12:00:00Z",
    { timeZone: "Pacific/Auckland", cutoff: "08:00" },
    "2026-03-03",
    null,
    "2026-03-02T19:00:00Z",
  ],
  [
    "not before",
    "2026-03-02T08:00:00Z",
    { cutoff: "14:00", notBefore: new Date("2026-03-05T15:00:00Z") },
    "2026-03-06",
    "2026-03-05T15:00:00Z",
    "2026-03-06T13:00:00Z",
  ],
  ["not before a time that is past", "2026-03-02T08:00:00Z", { notBefore: new Date("2026-03-01T15:00:00Z") }, "2026-03-02", null, null],
  ["room left", "2026-03-02T08:00:00Z", { capacity: 3, booked: () => 2 }, "2026-03-02", null, null],
  [
    "full until the fifth",
    "2026-03-02T08:00:00Z",
    { capacity: 3, booked: (day) => (day < "2026-03-05" ? 3 : 0) },
    "2026-03-05",
    "2026-03-04T23:00:00Z",
    null,
  ],
  [
    "full, and not before either",
    "2026-03-02T08:00:00Z",
    { capacity: 1, booked: (day) => (day < "2026-03-05" ? 1 : 0), notBefore: new Date("2026-03-04T09:00:00Z") },
    "2026-03-05",
    "2026-03-04T23:00:00Z",
    null,
  ],
];

test.each(CASES)("%s", (_name, at, more, day, releaseAt, shipBy) => {
  const request = { at: new Date(at), notBefore: null, timeZone: BERLIN_TIME, cutoff: null, capacity: null, booked: () => 0, ...more };
  const date = (text: string | null) => text && new Date(text);
  expect(shipDayOf(request)).toEqual({ day, releaseAt: date(releaseAt), shipBy: date(shipBy) });
});

describe("daily capacity", () => {
  let world: DispatchWorld;
  beforeAll(async () => {
    world = await DispatchWorld.open();
    world.pool("EU", { BER: BERLIN });
    world.stock("BER", { A: 100 });
    await world.ask(
      `mutation { saveSourcingRule(input: {channel: "EU", strategy: NEAREST, allowSplit: true, warehouses: [{warehouse: "BER", priority: 1, dailyCapacity: 2}]}) { userErrors { message } } }`,
    );
  });
  afterAll(() => world?.close());
  const told = async () =>
    ((await world.told()).filter(({ type }) => type === "AllocationMade") as unknown as AllocationMade[]).map(({ orderRef }) => orderRef);
  const days = () =>
    world.db
      .query("SELECT shipments FROM daily_load WHERE warehouse_code = 'BER' AND day > '0000-00-00' ORDER BY day")
      .then((rows) => rows.map((row) => row.shipments));

  test("what is beyond a day's is allocated, waits for no stock, and is told when its day begins; what is stopped makes room", async () => {
    for (const n of [1, 2, 3, 4, 5]) world.confirm("EU", `O-${n}`, { A: 1 });
    for (const n of [1, 2, 3, 4, 5]) expect((await world.order(`O-${n}`)).status).toBe("ALLOCATED");
    expect(await told()).toEqual(["O-1", "O-2"]);
    expect(await days()).toEqual([2, 2, 1]);
    const { id } = await world.order("O-3");
    await world.ask("mutation ($input: FulfillmentActionInput!) { holdFulfillment(input: $input) { userErrors { message } } }", {
      input: { idempotencyKey: "hold", id },
    });
    expect(await days()).toEqual([2, 1, 1]);
    world.confirm("EU", "O-6", { A: 1 });
    expect((await world.order("O-6")).status).toBe("ALLOCATED");
    expect(await days()).toEqual([2, 2, 1]);
    // The day has come.
    await world.db.query("UPDATE allocation SET release_at = NOW(6) - INTERVAL 1 SECOND WHERE release_at IS NOT NULL");
    for (const end = Date.now() + 10_000; (await told()).length < 5;) expect(Date.now()).toBeLessThan(end);
    expect((await told()).sort()).toEqual(["O-1", "O-2", "O-4", "O-5", "O-6"]);
    expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
    expect(await world.parked()).toEqual([]);
  });
});
