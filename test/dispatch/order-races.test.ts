import type { Connection } from "mysql2/promise";
import { Positions } from "../../services/dispatch/position/position";
import type { Reader } from "../../shared/db/database";
import { wait } from "../../shared/db/retry";
import { inTransaction } from "../../shared/db/transaction";
import { newId } from "../../shared/ids";
import type { CancelDecided, EventLine, OrderConfirmed, ShipmentCancelRequested } from "../../shared/flow/messages";
import { reconcileDispatch } from "../../services/dispatch/reconcile";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

/** Races about orders, each forced from both sides or run by real rivals beside its wrong twin. */
let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
});
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.parked()).toEqual([]);
  expect(await reconcileDispatch(world.db, { full: true })).toEqual([]);
});

let n = 0;
async function act(mutation: string, type: string, input: object): Promise<string | undefined> {
  const { data, errors } = await world.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`, {
    input: { idempotencyKey: `race-${++n}`, ...input },
  });
  if (errors) throw errors[0];
  return data[mutation].userErrors[0]?.code;
}
const toldOf = async <T>(type: string, ref: string): Promise<T[]> =>
  (await world.told()).filter((event) => event.type === type && "orderRef" in event && event.orderRef === ref) as T[];
async function decide(ref: string, status: string, stopped: EventLine[], tooLate: EventLine[]): Promise<void> {
  const {
    allocationId: shipmentId,
    cancellationId,
    warehouse,
  } = (await toldOf<ShipmentCancelRequested>("ShipmentCancelRequested", ref)).at(-1)!;
  world.warehouse.tell({ type: "ShipmentCancelDecided", shipmentId, cancellationId, orderRef: ref, warehouse, status, stopped, tooLate });
  await world.settle();
}
const of = (sku: string, quantity: number): EventLine[] => [{ sku, quantity }];
async function cancel({ reservationId, orderRef }: OrderConfirmed, lines: EventLine[]): Promise<void> {
  world.sales.tell({ type: "CancelRequested", reservationId, cancellationId: newId(), orderRef, reason: "r", actor: "shop", lines });
  await world.settle();
}
async function short(ref: string, sku: string, quantity: number, status: "PICKING" | "CANCELLED" = "PICKING"): Promise<void> {
  const [{ id, warehouse }] = (await world.order(ref)).allocations;
  world.stock(warehouse.code, { [sku]: -quantity });
  world.warehouse.tell({
    type: "ShipmentShort",
    shipmentId: id,
    orderRef: ref,
    warehouse: warehouse.code,
    status,
    actor: "floor",
    lines: of(sku, quantity),
  });
  await world.settle();
}
async function allocated(ref: string, sku: string, units: number, more = {}): Promise<OrderConfirmed> {
  world.stock("BER", { [sku]: units });
  await world.settle();
  const order = world.confirm("EU", ref, { [sku]: units }, more);
  await world.settle();
  return order;
}

describe("short pick against cancel", () => {
  const endOf = async (ref: string) => {
    await world.settle();
    const [line] = await world.db.query(
      "SELECT CAST(SUM(l.cancelled) AS SIGNED) AS cancelled, CAST(SUM(l.allocated) AS SIGNED) AS allocated FROM fulfillment_line l JOIN fulfillment_order o ON o.id = l.fulfillment_id WHERE o.order_ref = ?",
      [ref],
    );
    const told = (await toldOf<CancelDecided>("CancelDecided", ref)).flatMap(({ stopped }) => stopped);
    return [
      (await world.order(ref)).status,
      Number(line.cancelled),
      Number(line.allocated),
      told.reduce((sum, { quantity }) => sum + quantity, 0),
    ];
  };

  test("the cancel is asked, then the pick is short: what is missing is given up, not looked for elsewhere", async () => {
    const order = await allocated("SC-1", "A", 3);
    world.stock("MUC", { A: 3 });
    await cancel(order, of("A", 3));
    await short("SC-1", "A", 1);
    await decide("SC-1", "CANCELLING", of("A", 2), of("A", 1));
    expect(await endOf("SC-1")).toEqual(["CANCELLED", 3, 0, 3]);
  });

  test("the pick is short, then the cancel is asked: what was found elsewhere meanwhile is given up too", async () => {
    const order = await allocated("SC-2", "B", 3);
    world.stock("MUC", { B: 1 });
    await short("SC-2", "B", 1);
    const { allocations } = await world.order("SC-2");
    expect(allocations.map((one: { warehouse: { code: string } }) => one.warehouse.code)).toEqual(["BER", "MUC"]);
    await cancel(order, of("B", 3));
    const asked = await toldOf<ShipmentCancelRequested>("ShipmentCancelRequested", "SC-2");
    expect(asked.map(({ warehouse, lines }) => [warehouse, lines])).toEqual([
      ["MUC", of("B", 1)],
      ["BER", of("B", 2)],
    ]);
    for (const { allocationId: shipmentId, cancellationId, warehouse, lines } of asked)
      world.warehouse.tell({
        type: "ShipmentCancelDecided",
        shipmentId,
        cancellationId,
        orderRef: "SC-2",
        warehouse,
        status: "CANCELLED",
        stopped: lines,
        tooLate: [],
      });
    expect(await endOf("SC-2")).toEqual(["CANCELLED", 3, 0, 3]);
  });

  test("part is cancelled: units that go on are not given up for those that are missing", async () => {
    const order = await allocated("SC-3", "C", 3);
    await cancel(order, of("C", 1));
    await short("SC-3", "C", 2);
    // One of the two that are missing was given up; the warehouse has one left, and was too late for it.
    await decide("SC-3", "PICKING", [], of("C", 1));
    expect(await endOf("SC-3")).toEqual(["PARTIALLY_ALLOCATED", 0, 1, 0]);
  });
});

describe("hold against the floor", () => {
  test("the hold comes first: nothing is picked, and a cancellation of what is on its way back needs no second question", async () => {
    const order = await allocated("HR-1", "D", 2);
    await act("holdFulfillment", "FulfillmentActionInput", { id: (await world.order("HR-1")).id });
    await cancel(order, of("D", 1));
    expect(await toldOf("ShipmentCancelRequested", "HR-1")).toMatchObject([{ beforePicking: true }]);
    await decide("HR-1", "CANCELLED", of("D", 2), []);
    expect((await world.order("HR-1")).status).toBe("ON_HOLD");
    expect(await toldOf<CancelDecided>("CancelDecided", "HR-1")).toMatchObject([{ stopped: of("D", 1), tooLate: [] }]);
  });

  test("the picker comes first: the hold is too late, and the cancellation is asked again, for that may still stop it", async () => {
    const order = await allocated("HR-2", "E", 2);
    const { id, allocations } = await world.order("HR-2");
    await act("holdFulfillment", "FulfillmentActionInput", { id });
    await cancel(order, of("E", 2));
    world.progress(allocations[0].id, "BER", "HR-2", "PICKING");
    await decide("HR-2", "PICKING", [], of("E", 2));
    const [, again] = await toldOf<ShipmentCancelRequested>("ShipmentCancelRequested", "HR-2");
    expect([again.lines, again.beforePicking]).toEqual([of("E", 2), undefined]);
    expect(await toldOf("CancelDecided", "HR-2")).toEqual([]);
    await decide("HR-2", "CANCELLING", of("E", 2), []);
    expect((await world.order("HR-2")).status).toBe("CANCELLED");
  });

  test("an update against the start of a pick: refused where dispatch knows, told where it does not", async () => {
    await allocated("UR-1", "F", 1);
    const { id, allocations } = await world.order("UR-1");
    expect(await act("updateFulfillment", "UpdateFulfillmentInput", { id, priority: 3 })).toBeUndefined();
    world.progress(allocations[0].id, "BER", "UR-1", "PICKING");
    expect(await act("updateFulfillment", "UpdateFulfillmentInput", { id, priority: 4 })).toBe("INVALID_STATE");
    expect(await toldOf("AllocationChanged", "UR-1")).toMatchObject([{ priority: 3 }]);
  });
});

test("units that come to a new place while a rule is saved are kept back by that rule", async () => {
  world.pool("NORTH", { OSL: BERLIN });
  await world.settle();
  const isDue = async (reader: Reader) => (await reader.query("SELECT 1 FROM due_work")).length > 0;
  for (const end = Date.now() + 10_000; (await isDue(world.db)) && Date.now() < end;) await wait(20);
  const keptThere = async (): Promise<number | undefined> =>
    (await world.db.query<{ kept: number }>("SELECT kept FROM stock_position WHERE warehouse_code = 'OSL' AND sku = 'NEW'"))[0]?.kept;
  await inTransaction(world.db, async (tx) => {
    const positions = await Positions.lock(tx, { positions: [{ place: "OSL", sku: "NEW" }] });
    await world.ask(`mutation { saveSourcingRule(input: {channel: "NORTH", strategy: NEAREST, allowSplit: true, warehouses: [
      {warehouse: "OSL", priority: 1, enabled: false}]}) { userErrors { message } } }`);
    // As long as it takes to reckon by the new rule, had nobody to be waited for.
    for (const end = Date.now() + 1_000; (await isDue(world.db)) && Date.now() < end;) await tx.query("DO SLEEP(0.05)");
    positions.post("OSL", "NEW", "MOVEMENT", newId(), { onHand: 5 });
    await positions.save();
  });
  for (const end = Date.now() + 10_000; (await keptThere()) !== 5 && Date.now() < end;) await wait(20);
  expect(await keptThere()).toBe(5);
  expect(await world.told()).toContainEqual(
    expect.objectContaining({ type: "SafetyChanged", warehouse: "OSL", lines: [{ sku: "NEW", units: 5 }] }),
  );
});

describe("rivals", () => {
  const RIVALS = 16;
  const times = <T>(make: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: RIVALS }, (_, i) => make(i)));
  let admin: Connection;
  beforeAll(async () => {
    admin = await world.database.primary.admin();
    await admin.query("CREATE TABLE strata_dispatch.twin (name VARCHAR(20) PRIMARY KEY, units INT NOT NULL) ENGINE=InnoDB");
    await world.ask(`mutation { saveSourcingRule(input: {channel: "EU", strategy: NEAREST, allowSplit: true, warehouses: [
      {warehouse: "BER", priority: 1, safetyStock: 99}, {warehouse: "MUC", priority: 1, enabled: false}]}) { userErrors { message } } }`);
  });
  afterAll(async () => {
    await admin.query("DROP TABLE strata_dispatch.twin");
    await admin.end();
  });
  const onHold = (sku: string[], ref: string) => {
    for (let i = 0; i < RIVALS; i++) world.confirm("EU", `${ref}-${i}`, Object.fromEntries(sku.map((one) => [one, 1])));
  };
  const idsOf = (ref: string) => times(async (i) => (await world.order(`${ref}-${i}`)).id as string);

  test("seven units, sixteen dispatchers: seven have one, no more; who reads before he writes gives more", async () => {
    world.stock("BER", { G: 7 });
    await world.settle();
    onHold(["G"], "G");
    const ids = await idsOf("G");
    const answers = await times((i) =>
      act("sourceManually", "SourceManuallyInput", { id: ids[i], reason: "r", allocations: [{ warehouse: "BER", lines: of("G", 1) }] }),
    );
    expect(answers.filter((code) => code === undefined)).toHaveLength(7);
    expect(new Set(answers)).toEqual(new Set([undefined, "INSUFFICIENT_STOCK"]));
    expect(await world.position("BER", "G")).toMatchObject({ onHand: 7, allocated: 7, free: 0 });

    await admin.query("INSERT INTO strata_dispatch.twin VALUES ('G', 7)");
    const others = await times(() => world.database.primary.admin());
    const got = await times(async (i) => {
      const [[{ units }]] = (await others[i].query("SELECT units FROM strata_dispatch.twin WHERE name = 'G'")) as unknown as [
        [{ units: number }],
      ];
      if (units === 0) return false;
      await others[i].query("UPDATE strata_dispatch.twin SET units = ? WHERE name = 'G'", [units - 1]);
      return true;
    });
    await Promise.all(others.map((connection) => connection.end()));
    expect(got.filter(Boolean).length).toBeGreaterThan(7);
  });

  test("orders of the same items in opposite order do not meet in a deadlock; who locks as he reads does", async () => {
    world.stock("BER", { H1: RIVALS, H2: RIVALS });
    await world.settle();
    onHold(["H1", "H2"], "H");
    const ids = await idsOf("H");
    const deadlocks = async () => {
      const sql = "SELECT COUNT AS deadlocks FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'";
      const [[row]] = (await admin.query(sql)) as unknown as [[{ deadlocks: number | string }]];
      return Number(row.deadlocks);
    };
    const before = await deadlocks();
    const answers = await times((i) => {
      const lines = i % 2 === 0 ? [...of("H1", 1), ...of("H2", 1)] : [...of("H2", 1), ...of("H1", 1)];
      return act("sourceManually", "SourceManuallyInput", { id: ids[i], reason: "r", allocations: [{ warehouse: "BER", lines }] });
    });
    expect(answers).toEqual(answers.map(() => undefined));
    expect(await world.position("BER", "H1")).toMatchObject({ allocated: RIVALS, free: 0 });
    expect(await deadlocks()).toBe(before);

    // The twin: two take the same two rows, each the other's second first, and wait for each other.
    await admin.query("INSERT INTO strata_dispatch.twin VALUES ('H1', 9), ('H2', 9)");
    const [a, b] = await Promise.all([world.database.primary.admin(), world.database.primary.admin()]);
    const lock = (connection: Connection, name: string) =>
      connection.query("SELECT units FROM strata_dispatch.twin WHERE name = ? FOR UPDATE", [name]);
    await Promise.all([a.query("START TRANSACTION"), b.query("START TRANSACTION")]);
    await Promise.all([lock(a, "H1"), lock(b, "H2")]);
    const ends = await Promise.allSettled([lock(a, "H2"), lock(b, "H1").finally(() => b.query("ROLLBACK"))]);
    expect(ends.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(await deadlocks()).toBe(before + 1);
    await Promise.all([a.end(), b.end()]);
  });
});
