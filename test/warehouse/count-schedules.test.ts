import { inTransaction } from "../../shared/db/transaction";
import { newId } from "../../shared/ids";
import { exact } from "../../shared/units/decimal";
import { classify } from "../../services/warehouse/count/abc";
import { isWithin, type Compared } from "../../services/warehouse/count/compare";
import { openDueCounts } from "../../services/warehouse/count/count-worker";
import { act, allIsWell, countTables, MANAGER, OPERATOR, READ, refused } from "./count-support";
import { POST, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
});
afterAll(async () => {
  await allIsWell(world);
  await world.close();
});

const SAVE = `mutation ($input: SaveCountScheduleInput!) { saveCountSchedule(input: $input) {
  schedule { id everyDays abcClass locations blind tolerancePercent active nextAt warehouse { code } lastCount { id } } userErrors { code message field } } }`;
const LIST = `{ countSchedules(warehouse: "W1") { nodes { id nextAt lastCount { id status blind lines { nodes { item { sku } } } } } } }`;
const fence = () => Promise.resolve();
const save = (input: object) => world.must(SAVE, { idempotencyKey: newId(), warehouse: "W1", everyDays: 30, ...input }, MANAGER);

test("classes: A begins within 80 % of the value, B within the next 15 %, C is the rest and what was not issued", () => {
  const of = (...values: number[]) =>
    [...classify(values.map((value, i) => ({ sku: `S${i}`, value: exact(value) }))).entries()].sort().map(([, c]) => c);
  expect(of(80, 15, 5, 0).join("")).toBe("ABCC");
  expect(of(5, 79, 1, 15).join("")).toBe("BACA");
  expect(of(100).join("")).toBe("A");
  expect(of(0, 0).join("")).toBe("CC");
});

test("a tolerance is what is set of it, all of it, and serial numbers do not make up for each other", () => {
  const units = (expected: number, counted: number): Compared => ({ expected, counted, missing: null, found: null });
  const worth = (lost: number, found = 0) => ({ lost: exact(lost), found: exact(found) });
  const limits = (tolerancePercent: number, toleranceValue: string | null) => ({ tolerancePercent, toleranceValue });
  expect(isWithin(limits(0, null), units(5, 5), null)).toBe(true);
  expect(isWithin(limits(0, null), units(5, 4), worth(1))).toBe(false);
  expect(isWithin(limits(20, null), units(5, 4), worth(1))).toBe(true);
  expect(isWithin(limits(19.9, null), units(5, 4), worth(1))).toBe(false);
  expect(isWithin(limits(100, null), units(0, 1), worth(0, 1))).toBe(false);
  expect(isWithin(limits(0, "1"), units(5, 4), worth(1))).toBe(true);
  expect(isWithin(limits(0, "0.99"), units(5, 4), worth(1))).toBe(false);
  expect(isWithin(limits(20, "0.99"), units(5, 4), worth(1))).toBe(false);
  expect(isWithin(limits(100, null), units(5, 6), null)).toBe(false);
  expect(isWithin(limits(50, "1"), { expected: 2, counted: 2, missing: ["1"], found: ["2"] }, worth(1, 1))).toBe(false);
});

test.each<[string, object, string, string]>([
  ["no such warehouse", { warehouse: "NONE" }, "NOT_FOUND", "warehouse"],
  ["neither class nor locations", { abcClass: null }, "INVALID_INPUT", "abcClass"],
  ["no such location", { locations: ["NONE"] }, "NOT_FOUND", "locations.0"],
  ["TRANSIT", { locations: ["TRANSIT"] }, "INVALID_INPUT", "locations.0"],
  ["every zero days", { everyDays: 0 }, "INVALID_INPUT", "everyDays"],
  ["every eleven years", { everyDays: 4_000 }, "INVALID_INPUT", "everyDays"],
  ["a tolerance above all", { tolerancePercent: 100.5 }, "INVALID_INPUT", "tolerancePercent"],
  ["a schedule that is not there", { id: newId() }, "NOT_FOUND", "id"],
])("saveCountSchedule refuses %s", async (_, more, code, field) => {
  const input = { warehouse: "W1", everyDays: 30, abcClass: "A", ...more };
  expect(await refused(world, SAVE, input, MANAGER)).toEqual([code, field]);
});

test("a schedule opens a count of the class as the ledger has it now, once, and no other while it is open", async () => {
  expect(await refused(world, SAVE, { warehouse: "W1", everyDays: 1, abcClass: "A" }, OPERATOR)).toEqual(["FORBIDDEN"]);
  await world.stock({ FAST: 200, SLOW: 200, IDLE: 200 });
  const lines = [
    { sku: "FAST", quantity: 90 },
    { sku: "SLOW", quantity: 10 },
  ];
  await world.must(POST, { idempotencyKey: newId(), type: "MISC_ISSUE", warehouse: "W1", lines });
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const input = { idempotencyKey: "s", abcClass: "A", nextAt: later };
  const { schedule } = await save(input);
  expect(schedule).toMatchObject({ abcClass: "A", blind: true, active: true, lastCount: null, warehouse: { code: "W1" } });
  expect(await openDueCounts(world.db, fence)).toBe(0);
  const saved = await countTables(world);
  expect((await save(input)).schedule).toEqual(schedule);
  expect(await countTables(world)).toEqual(saved);
  await save({ id: schedule.id, abcClass: "A", nextAt: new Date(Date.now() - 60_000).toISOString() });
  // The layer's own worker may be there first: whoever it is, there is one count.
  await Promise.allSettled([openDueCounts(world.db, fence), openDueCounts(world.db, fence)]);
  const [found] = (await world.ask(LIST, {}, MANAGER)).data.countSchedules.nodes;
  expect(found.lastCount.id).not.toBe(schedule.id);
  expect(found.lastCount).toMatchObject({ status: "OPEN", blind: true, lines: { nodes: [{ item: { sku: "FAST" } }] } });
  expect(Math.round((Date.parse(found.nextAt) - Date.now()) / 86_400_000)).toBe(30);
  expect(await world.db.query("SELECT id FROM stock_count")).toHaveLength(1);
  expect(await world.db.query("SELECT sku, class FROM abc_class ORDER BY sku")).toEqual([
    { sku: "FAST", class: "A" },
    { sku: "IDLE", class: "C" },
    { sku: "SLOW", class: "B" },
  ]);
  await save({ id: schedule.id, abcClass: "A", nextAt: new Date(Date.now() - 60_000).toISOString() });
  expect(await openDueCounts(world.db, fence)).toBe(0);
  await act(world, "cancel", { id: found.lastCount.id }, MANAGER);
  await openDueCounts(world.db, fence);
  expect(await world.db.query("SELECT id FROM stock_count")).toHaveLength(2);
});

test("a large warehouse is planned in the background, a thousand places at a time; a place that was recorded first is not asked for again", async () => {
  const locations = Array.from({ length: 2_300 }, (_, i) => `BIN-${String(i).padStart(4, "0")}`);
  await inTransaction(world.db, async (tx) => {
    await tx.execute("INSERT INTO location (warehouse, code, kind, created_at) VALUES ?", [
      locations.map((code) => ["W1", code, "STORAGE", new Date()]),
    ]);
  });
  // Without a location it goes to the first by code, which is the first bin.
  await world.stock({ WIDE: 1 });
  for (let at = 0; at < locations.length; at += 1_000) {
    const lines = locations.slice(at, at + 1_000).map((location) => ({ sku: "WIDE", location, quantity: 1 }));
    await world.must(POST, { idempotencyKey: newId(), type: "MISC_RECEIPT", warehouse: "W1", lines });
  }
  const count = await act(world, "create", { warehouse: "W1", skus: ["WIDE"] });
  expect([1_000, 2_000, 2_300]).toContain(count.openLines);
  await act(world, "record", { id: count.id, lines: [{ sku: "WIDE", location: "BIN-2299", counted: 1 }] });
  let seen = count;
  while (!seen.planned) seen = (await world.ask(READ, { id: count.id }, MANAGER)).data.stockCount;
  expect(seen).toMatchObject({ status: "OPEN", openLines: 2_299 });
  const PAGE = `query ($id: ID!, $after: String) { stockCount(id: $id) { lines(first: 200, after: $after) { nodes { location { code } } pageInfo { hasNextPage endCursor } } } }`;
  const all: string[] = [];
  for (let after: string | undefined; ;) {
    const page = (await world.ask(PAGE, { id: count.id, after }, MANAGER)).data.stockCount.lines;
    all.push(...page.nodes.map((node: { location: { code: string } }) => node.location.code));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  expect(all).toEqual(locations);
});
