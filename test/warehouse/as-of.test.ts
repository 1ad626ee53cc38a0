import fc from "fast-check";
import { PeriodSums, shareOut, sumUp } from "../../services/warehouse/as-of/periods";
import { LayerDatabase } from "../../shared/db/database";
import { LeaseLost } from "../../shared/db/lease";
import { byteOrder } from "../../shared/db/lock-order";
import { inTransaction } from "../../shared/db/transaction";
import { newId } from "../../shared/ids";
import { quietLog } from "../../shared/log";
import { seed } from "../model/random";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { POST, SAVE_ITEM, SAVE_MERCHANT, warehouseWorld, type WarehouseWorld } from "./support";

/** Histories are written into the ledger's tables as they are, so that they may be as odd as chance has it. */
interface Line {
  warehouse: string;
  sku: string;
  location: string;
  status: string;
  pledge: string;
  quantity: number;
  value: number;
  at: number;
}

const LOCATIONS = { SHELF: "STORAGE", BENCH: "PACKING", "in-transit": "TRANSIT" } as const;
const [FIRST, LAST] = [Date.UTC(2023, 10, 1), Date.UTC(2026, 6, 1)];
const HOUR_MS = 3_600_000;
const SKUS = ["A", "B", "b", "Ä"];

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  // From here on the sums are made step by step, when the history says so.
  await world.layer.stop();
  for (const sku of SKUS) await world.must(SAVE_ITEM, { sku, name: sku });
});
afterAll(() => world?.close());

const NODE = "item { sku } location { code warehouse { code } } status pledge quantity allocated";
const STOCK = `query ($at: DateTime!, $sku: ID, $warehouse: ID, $first: Int, $after: String) {
  stockAsOf(at: $at, sku: $sku, warehouse: $warehouse, first: $first, after: $after) { nodes { ${NODE} } pageInfo { hasNextPage endCursor } } }`;
const VALUATION = `query ($asOf: DateTime, $warehouse: ID, $first: Int, $after: String) { inventoryValuation(asOf: $asOf, warehouse: $warehouse) {
  total { amount currency } lines(first: $first, after: $after) { nodes { item { sku } inTransit quantity value { amount } } pageInfo { hasNextPage endCursor } } } }`;

/** All pages of a list. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function pages(source: string, variables: object, listOf: (data: any) => any): Promise<any[]> {
  const nodes = [];
  for (let after: string | undefined; ;) {
    const { data, errors } = await world.ask(source, { ...variables, after });
    expect(errors).toBeUndefined();
    const page = listOf(data);
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}

async function makeWarehouse(code: string): Promise<void> {
  await world.db.query(
    "INSERT INTO warehouse (code, name, currency, legal_entity, time_zone, address, version) VALUES (?, ?, 'EUR', 'MAIN', 'UTC', '{}', 1)",
    [code, code],
  );
  for (const [location, kind] of Object.entries(LOCATIONS))
    await world.db.query("INSERT INTO location (warehouse, code, kind, created_at) VALUES (?, ?, ?, NOW(6))", [code, location, kind]);
}

/** A movement of one line, behind the door but with what the door promises: seq without gaps, under the header. */
async function write(seqs: Map<string, number>, line: Line): Promise<void> {
  const key = JSON.stringify([line.warehouse, line.sku]);
  const seq = (seqs.get(key) ?? 0) + 1;
  seqs.set(key, seq);
  const [id, at] = [newId(), new Date(line.at)];
  await inTransaction(world.db, async (tx) => {
    await tx.execute(
      `INSERT INTO movement (id, type, warehouse, client, merchant, occurred_at, posted_at, posted_by, reason_code)
       VALUES (?, 'MISC_RECEIPT', ?, '', 'SELF', ?, NOW(6), 'test', '')`,
      [id, line.warehouse, at],
    );
    await tx.execute(
      `INSERT INTO movement_line (warehouse, sku, seq, movement_id, line_no, location, lot, status, pledge, quantity, unit_cost, value, balance_after, occurred_at)
       VALUES (?, ?, ?, ?, 1, ?, '', ?, ?, ?, NULL, ?, 0, ?)`,
      [line.warehouse, line.sku, seq, id, line.location, line.status, line.pledge, line.quantity, line.value, at],
    );
    await tx.execute("INSERT INTO item_stock (warehouse, sku, version) VALUES (?, ?, 1) ON DUPLICATE KEY UPDATE version = version + 1", [
      line.warehouse,
      line.sku,
    ]);
  });
}

/** The same by adding up every line there is. */
function replay(lines: Line[], at: number) {
  const places = new Map<string, number>();
  const values = new Map<string, { quantity: number; value: number }>();
  for (const line of lines.filter((one) => one.at <= at)) {
    const place = JSON.stringify([line.warehouse, line.sku, line.location, "", line.status, line.pledge]);
    places.set(place, (places.get(place) ?? 0) + line.quantity);
    const key = JSON.stringify([line.sku, line.location === "in-transit"]);
    const { quantity, value } = values.get(key) ?? { quantity: 0, value: 0 };
    values.set(key, { quantity: quantity + line.quantity, value: value + line.value });
  }
  const stock = [...places]
    .filter(([, quantity]) => quantity !== 0)
    .map(([place, quantity]) => [...(JSON.parse(place) as string[]), quantity] as const)
    .sort((a, b) => a.slice(0, 6).reduce<number>((order, part, i) => order || byteOrder(part as string, b[i] as string), 0))
    .map(([warehouse, sku, code, , status, pledge, quantity]) => ({
      item: { sku },
      location: { code, warehouse: { code: warehouse } },
      status,
      pledge: pledge || null,
      quantity,
      allocated: code === "BENCH" ? quantity : 0,
    }));
  const valued = [...values]
    .filter(([, { quantity, value }]) => quantity !== 0 || value !== 0)
    .map(([key, { quantity, value }]) => {
      const [sku, inTransit] = JSON.parse(key) as [string, boolean];
      return { item: { sku }, inTransit, quantity, value: { amount: value.toFixed(6) } };
    })
    .sort((a, b) => byteOrder(a.item.sku, b.item.sku) || Number(a.inTransit) - Number(b.inTransit));
  return { stock, valued, total: valued.reduce((sum, { value }) => sum + Number(value.amount), 0) };
}

/** Moments that like the edges of weeks and hours, as the sums have them, and of months; some are old, or before all weeks. */
const moment = fc.oneof(
  fc.integer({ min: FIRST, max: LAST }),
  fc.integer({ min: Date.UTC(1969, 0, 1), max: FIRST }),
  fc.tuple(fc.integer({ min: 0, max: 31 }), fc.constantFrom(-1, 0, 1)).map(([months, ms]) => Date.UTC(2023, 11 + months, 1) + ms),
  fc.tuple(fc.integer({ min: 0, max: 130 }), fc.constantFrom(-1, 0, 1)).map(([weeks, ms]) => (2_810 + weeks) * 168 * HOUR_MS + ms),
  fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(-1, 0, 1)).map(([hours, ms]) => Date.UTC(2024, 1, 29, 16 + hours) + ms),
);
const lineOf = fc.record({
  sku: fc.constantFrom(...SKUS),
  location: fc.constantFrom(...Object.keys(LOCATIONS)),
  status: fc.constantFrom("AVAILABLE", "DAMAGED"),
  pledge: fc.constantFrom("", "", "P1"),
  quantity: fc.integer({ min: -9, max: 9 }),
  value: fc.integer({ min: -9, max: 9 }),
  at: moment,
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ post: lineOf }) },
  { weight: 2, arbitrary: fc.record({ sumUp: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ askAt: moment, first: fc.integer({ min: 1, max: 5 }) }) },
);

test(`as of a moment is what all lines up to it add up to, whenever they were posted and summed (seed ${seed()})`, async () => {
  let run = 0;
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), moment, async (steps, lastly) => {
      const warehouse = `R${++run}`;
      await makeWarehouse(warehouse);
      const lines: Line[] = [];
      const seqs = new Map<string, number>();
      for (const one of [...steps, { askAt: lastly, first: 3 }, { askAt: LAST, first: 50 }]) {
        if ("post" in one) {
          lines.push({ ...one.post, warehouse });
          await write(seqs, lines[lines.length - 1]);
        } else if ("sumUp" in one) {
          await inTransaction(world.db, (tx) => sumUp(tx, [warehouse, ""], one.sumUp));
        } else {
          const at = new Date(one.askAt).toISOString();
          const expected = replay(lines, one.askAt);
          const { first } = one;
          expect(await pages(STOCK, { at, warehouse, first }, (data) => data.stockAsOf)).toEqual(expected.stock);
          expect(await pages(VALUATION, { asOf: at, warehouse, first }, (data) => data.inventoryValuation.lines)).toEqual(expected.valued);
          const { data } = await world.ask(VALUATION, { asOf: at, warehouse });
          expect(Number(data.inventoryValuation.total[0]?.amount ?? 0)).toBe(expected.total);
          asked++;
        }
      }
    }),
    { seed: seed(), numRuns: 25, endOnFailure: true },
  );
  expect(asked).toBeGreaterThan(50);
  const [{ n }] = await world.db.query<{ n: number }>("SELECT COUNT(*) AS n FROM stock_span");
  expect(Number(n)).toBeGreaterThan(100);
}, 240_000);

test("all pages over several warehouses, by item and for everything", async () => {
  const lines: Line[] = [];
  const seqs = new Map<string, number>();
  for (let i = 0; i < 3; i++) {
    await makeWarehouse(`Z${i}`);
    for (const sku of SKUS) {
      const at = Date.UTC(1967, i, 15);
      lines.push({ warehouse: `Z${i}`, sku, location: "SHELF", status: "AVAILABLE", pledge: "", quantity: i + 1, value: 2, at });
      await write(seqs, lines[lines.length - 1]);
    }
  }
  const at = new Date(Date.UTC(1968, 0, 1)).toISOString();
  const { stock } = replay(lines, Date.parse(at));
  for (const first of [1, 5, 200]) {
    expect(await pages(STOCK, { at, first }, (data) => data.stockAsOf)).toEqual(stock);
    expect(await pages(STOCK, { at, first, sku: "b" }, (data) => data.stockAsOf)).toEqual(stock.filter(({ item }) => item.sku === "b"));
  }
});

test("a summing that dies before its commit leaves nothing, and the next one counts each line once", async () => {
  await world.stock({ CRASH: 5 });
  const rows = () => world.db.query("SELECT * FROM stock_span WHERE sku = 'CRASH'");
  const marks = () => world.db.query("SELECT * FROM stock_span_mark WHERE sku = 'CRASH'");
  const dying = await LayerDatabase.open({ layer: "warehouse", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  const runner = dying.primary.createQueryRunner();
  const connection = (await runner.connect()) as { destroy(): void };
  await runner.query("START TRANSACTION");
  const tx = {
    query: (sql: string, params?: unknown[]) => runner.query(sql, params),
    execute: (sql: string, params?: unknown[]) => runner.query(sql, params),
  };
  await sumUp(tx as never, ["W1", ""], 1_000);
  connection.destroy();
  await runner.release().catch(() => undefined);
  await dying.close();
  expect([await rows(), await marks()]).toEqual([[], []]);
  await sumEverything();
  await sumEverything();
  expect(await marks()).toHaveLength(1);
  expect(await reconcileOfPeriods()).toEqual([]);
});

test("a posting does not wait for a summing that is under way, nor the other way round", async () => {
  await world.stock({ BOTH: 5 });
  const issue = () =>
    world.must(POST, { idempotencyKey: newId(), type: "MISC_ISSUE", warehouse: "W1", lines: [{ sku: "BOTH", quantity: 1 }] });
  const from = Date.now();
  await inTransaction(world.db, async (tx) => {
    await sumUp(tx, ["", ""], 100_000);
    await issue();
  });
  await inTransaction(world.db, async (tx) => {
    await tx.query("SELECT version FROM item_stock WHERE sku = 'BOTH' ORDER BY warehouse FOR UPDATE");
    await tx.execute("UPDATE item_stock SET version = version + 1 WHERE sku = 'BOTH'");
    await tx.execute(
      `INSERT INTO movement_line (warehouse, sku, seq, movement_id, line_no, location, lot, status, pledge, quantity, unit_cost, value, balance_after, occurred_at)
       SELECT warehouse, sku, seq + 1, ?, 1, location, lot, status, pledge, -1, NULL, 0, 0, NOW(6)
       FROM movement_line WHERE sku = 'BOTH' ORDER BY seq DESC LIMIT 1`,
      [newId()],
    );
    await sumEverything();
    await tx.query("SELECT 1");
  });
  // Lock waits end after 2 s each and are tried again up to eight times: none was waited for.
  expect(Date.now() - from).toBeLessThan(6_000);
  await sumEverything();
  expect(await reconcileOfPeriods()).toEqual([]);
});

test("two layers sum at once under one lease, one takes over from one that died, and every line is counted once", async () => {
  await dropSums();
  await world.db.query(
    "REPLACE INTO lease (name, owner, epoch, expires_at) VALUES ('stock-periods', 'dead', 7, NOW(6) + INTERVAL 1 SECOND)",
  );
  const workers = [new PeriodSums(world.db), new PeriodSums(world.db)];
  for (const worker of workers) worker.start();
  for (const end = Date.now() + 20_000; (await behind()) > 0;) if (Date.now() > end) throw new Error("nobody sums up");
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(await reconcileOfPeriods()).toEqual([]);
});

test("who has lost the lease, or never had it, sums nothing", async () => {
  await world.stock({ FENCED: 1 });
  await expect(new PeriodSums(world.db)["step"](["", ""])).rejects.toThrow(LeaseLost);
  expect(await world.db.query("SELECT * FROM stock_span_mark WHERE sku = 'FENCED'")).toEqual([]);
});

test("full reconciliation finds sums that are not those of their lines", async () => {
  await world.db.query("UPDATE stock_span SET value = value + 1 WHERE sku = 'BOTH' ORDER BY node LIMIT 1");
  expect(await reconcileOfPeriods()).toMatchObject([{ invariant: 1, subject: expect.stringContaining("stock_span W1 BOTH") }]);
  await world.db.query("UPDATE value_span SET value = value + 1 WHERE warehouse = 'W1' ORDER BY node LIMIT 1");
  expect(await reconcileOfPeriods()).toHaveLength(2);
  await world.db.query("DELETE FROM stock_span WHERE sku = 'BOTH'");
  expect((await reconcileOfPeriods()).length).toBeGreaterThan(2);
  await dropSums();
  expect(await reconcileOfPeriods()).toEqual([]);
  await sumEverything();
  expect(await reconcileOfPeriods()).toEqual([]);
});

test("a moment to come is BAD_USER_INPUT, no cursor of ours too; a merchant sees its own goods, and nobody without the scope", async () => {
  const at = new Date(Date.now() + 60_000).toISOString();
  const code = async (source: string, variables: object, as = {}) => (await world.ask(source, variables, as)).errors?.[0].extensions.code;
  expect(await code(STOCK, { at })).toBe("BAD_USER_INPUT");
  expect(await code(VALUATION, { asOf: at })).toBe("BAD_USER_INPUT");
  expect(await code(STOCK, { at: "2026-01-01T00:00:00Z", after: "x" })).toBe("BAD_USER_INPUT");
  expect(await code(STOCK, { at: "2026-01-01T00:00:00Z", first: 0 })).toBe("BAD_USER_INPUT");
  expect(await code(STOCK, { at: "2026-01-01T00:00:00Z" }, { role: "storefront" })).toBe("FORBIDDEN");
  await world.must(SAVE_MERCHANT, { code: "M1", name: "M1", ownership: "OWNED" });
  await world.must(SAVE_ITEM, { sku: "OF-M1", name: "of M1", merchant: "M1" });
  await world.must(POST, {
    idempotencyKey: newId(),
    type: "PURCHASE_RECEIPT",
    warehouse: "W1",
    lines: [{ sku: "OF-M1", quantity: 3, unitCost: "2" }],
  });
  const now = new Date().toISOString();
  const of = async (merchant?: string) =>
    (await world.ask(STOCK, { at: now, warehouse: "W1" }, { merchant })).data.stockAsOf.nodes.map(
      (node: { item: { sku: string } }) => node.item.sku,
    );
  expect(await of("M1")).toEqual(["OF-M1"]);
  expect(await of()).toEqual(expect.arrayContaining(["OF-M1", "BOTH"]));
  const { data } = await world.ask(VALUATION, { asOf: now }, { merchant: "M1" });
  expect(data.inventoryValuation).toMatchObject({ total: [{ amount: "6.000000" }], lines: { nodes: [{ item: { sku: "OF-M1" } }] } });
});

test("what is posted for the past counts from then on, in every month that has been summed", async () => {
  await world.must(SAVE_ITEM, { sku: "LATE", name: "late" });
  const receive = (quantity: number, occurredAt: string) =>
    world.must(POST, {
      idempotencyKey: newId(),
      type: "PURCHASE_RECEIPT",
      warehouse: "W1",
      lines: [{ sku: "LATE", quantity, unitCost: "1" }],
      occurredAt,
    });
  const at = async (moment: string) => (await world.ask(STOCK, { at: moment, sku: "LATE" })).data.stockAsOf.nodes[0]?.quantity ?? 0;
  await receive(5, "2026-02-10T00:00:00Z");
  await sumEverything();
  await receive(3, "2024-01-31T23:59:59.999Z");
  const figures = async () =>
    Promise.all(["2024-01-31T23:59:59.998Z", "2024-01-31T23:59:59.999Z", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"].map(at));
  expect(await figures()).toEqual([0, 3, 3, 8]);
  await sumEverything();
  expect(await figures()).toEqual([0, 3, 3, 8]);
});

test("statements do not grow with rows", async () => {
  const skus = Array.from({ length: 60 }, (_, i) => `N${String(i).padStart(2, "0")}`);
  await world.stock(Object.fromEntries(skus.map((sku) => [sku, 1])));
  const at = new Date().toISOString();
  const statements = async (source: string, variables: object) => {
    const before = world.db.statements;
    expect((await world.ask(source, variables)).errors).toBeUndefined();
    return world.db.statements - before;
  };
  for (const variables of [
    { at, asOf: at, warehouse: "W1" },
    { at, asOf: at },
  ])
    for (const source of [STOCK, VALUATION]) {
      const few = await statements(source, { ...variables, first: 2 });
      expect(await statements(source, { ...variables, first: 50 })).toBe(few);
    }
});

test("a page reads a week's lines of its items and a dozen sums, however much lies before", async () => {
  await makeWarehouse("LONG");
  const [items, days, linesADay] = [10, 700, 4];
  const digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)";
  const numbers = `(SELECT a.d + 5 * b.d + 25 * c.d + 125 * e.d + 625 * f.d AS n FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f) numbers`;
  for (let i = 0; i < items; i++) {
    const key = ["LONG", `LONG-${i}`];
    await world.must(SAVE_ITEM, { sku: key[1], name: "long" });
    await world.db.query(
      `INSERT INTO movement_line (warehouse, sku, seq, movement_id, line_no, location, lot, status, pledge, quantity, unit_cost, value, balance_after, occurred_at)
       SELECT ?, ?, n + 1, UUID(), 1, 'SHELF', '', 'AVAILABLE', '', 1, 1, 1, n + 1, '2024-01-01' + INTERVAL n * ${24 / linesADay} HOUR FROM ${numbers} WHERE n < ?`,
      [...key, days * linesADay],
    );
    await world.db.query("INSERT INTO item_stock (warehouse, sku, version) VALUES (?, ?, ?)", [...key, days * linesADay]);
  }
  await inTransaction(world.db, (tx) => sumUp(tx, ["LONG", ""], 100_000));
  // Rows of tables; those that are put aside meanwhile are read as _rnd.
  const rowsRead = async () => {
    const rows = await world.db.query<{ Variable_name: string; Value: string }>("SHOW GLOBAL STATUS LIKE 'Handler\\_read\\_%'");
    return rows.filter(({ Variable_name }) => !Variable_name.includes("_rnd")).reduce((sum, { Value }) => sum + Number(Value), 0);
  };
  // The last hour of a week, where most of its lines are read, and of a number with many ones. Reads that find nothing count too.
  const at = new Date((2_863 * 168 + 167) * HOUR_MS).toISOString();
  const stockOf = (data: { stockAsOf: object }) => data.stockAsOf;
  const valuesOf = (data: { inventoryValuation: { lines: object } }) => data.inventoryValuation.lines;
  for (const [source, listOf] of [
    [STOCK, stockOf],
    [VALUATION, valuesOf],
  ] as const) {
    const before = await rowsRead();
    expect(await pages(source, { at, asOf: at, warehouse: "LONG", first: 50 }, listOf)).toHaveLength(items);
    expect((await rowsRead()) - before).toBeLessThan(items * (7 * linesADay + 80));
  }
});

test("shares: as many lines as may go, item by item", () => {
  const of = (sku: string, from: number, to: number) => ({ warehouse: "W", sku, from, to });
  expect(shareOut([of("A", 0, 4), of("B", 2, 9), of("C", 0, 1)], 6)).toEqual([of("A", 0, 4), of("B", 2, 4)]);
});

async function sumEverything(): Promise<void> {
  for (let after: [string, string] | undefined = ["", ""]; after;) {
    const key: [string, string] = after;
    after = await inTransaction(world.db, (tx) => sumUp(tx, key, 7));
  }
}

const dropSums = () =>
  inTransaction(world.db, async (tx) => {
    for (const table of ["stock_span_mark", "stock_span", "value_span"]) await tx.execute(`DELETE FROM ${table}`);
  });

async function behind(): Promise<number> {
  const [{ n }] = await world.db.query<{ n: number }>(
    "SELECT COUNT(*) AS n FROM item_stock s LEFT JOIN stock_span_mark m USING (warehouse, sku) WHERE s.version > COALESCE(m.seq, 0)",
  );
  return Number(n);
}

/** Of the random histories headers have no more than their version, so only what is said of the sums counts here. */
const reconcileOfPeriods = async () =>
  (await reconcileWarehouse(world.db, { full: true })).filter(({ subject }) => subject.includes("_span "));
