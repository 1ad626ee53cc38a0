import { inTransaction, type Tx } from "../../shared/db/transaction";
import { newId } from "../../shared/ids";
import { finishClosing, reopenPeriod, startClosing } from "../../services/warehouse/journal/close-period";
import { exportJournal } from "../../services/warehouse/journal/export-journal";
import { takeEntries } from "../../services/warehouse/journal/export.sql";
import { periodsFor } from "../../services/warehouse/journal/periods-for";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { CLOSE, EXPORT, OPEN, payload, receive, REOPEN } from "./journal-support";
import { POST, SAVE_ITEM, SAVE_WAREHOUSE, warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld({ poolSize: 24 });
  await world.must(SAVE_ITEM, { sku: "A", name: "A" });
});
afterAll(() => world.close());

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const SKUS = times(10, (i) => `S${i}`);

/** A warehouse of a legal entity of the same name, with a period 2026-01 and items that different postings need not share. */
async function entity(code: string): Promise<void> {
  await world.must(SAVE_WAREHOUSE, { code, name: code, currency: "EUR", legalEntity: code, address: { countryCode: "DE" } });
  for (const sku of SKUS) await world.must(SAVE_ITEM, { sku, name: sku });
  await world.must(POST, posting(code, 0));
}
const posting = (code: string, i: number) => ({
  idempotencyKey: `${code}-${i}-${newId()}`,
  type: "PURCHASE_RECEIPT",
  warehouse: code,
  occurredAt: "2026-01-31T23:59:59Z",
  lines: [{ sku: SKUS[i % SKUS.length], quantity: 1, unitCost: "1.00" }],
});
const booked = async (code: string): Promise<number> => {
  const [{ n }] = await world.db.query<{ n: number }>(
    "SELECT COUNT(*) AS n FROM journal_entry WHERE legal_entity = ? AND period = '2026-01'",
    [code],
  );
  return Number(n);
};

test("twelve who post without end against closing: what was booked is all that was answered, and nothing comes after CLOSED", async () => {
  await entity("C1");
  let posted = 0;
  let enough: () => void;
  const under = new Promise<void>((resolve) => (enough = resolve));
  const poster = async (i: number): Promise<string> => {
    for (;;) {
      const { userErrors } = await payload(world, POST, { input: posting("C1", i) });
      if (userErrors.length > 0) return userErrors[0].code;
      if (++posted === 24) enough();
    }
  };
  const posters = times(12, poster);
  await under;
  const { period } = await payload(world, CLOSE, { code: "2026-01", legalEntity: "C1" });
  expect(period).toMatchObject({ status: "CLOSED", blockers: [] });
  const closedWith = await booked("C1");
  expect(await Promise.all(posters)).toEqual(Array(12).fill("PERIOD_CLOSED"));
  // One was there before.
  expect([closedWith, await booked("C1")]).toEqual([posted + 1, posted + 1]);
  expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
});

test("its wrong twin, which looks at the period and shares nothing, books in a closed period", async () => {
  await entity("C2");
  let go: () => void;
  const closed = new Promise<void>((resolve) => (go = resolve));
  let looked: () => void;
  const hasLooked = new Promise<void>((resolve) => (looked = resolve));
  const late = inTransaction(world.db, async (tx) => {
    const [{ status }] = await tx.query<{ status: string }>("SELECT status FROM accounting_period WHERE legal_entity = 'C2'");
    looked();
    await closed;
    if (status !== "OPEN") return false;
    const id = newId();
    const entry =
      "INSERT INTO journal_entry (id, at, legal_entity, period, currency, movement_id) VALUES (?, '2026-01-31', 'C2', '2026-01', 'EUR', ?)";
    await tx.execute(entry, [id, newId()]);
    return true;
  });
  await hasLooked;
  const { period } = await payload(world, CLOSE, { code: "2026-01", legalEntity: "C2" });
  const before = await booked("C2");
  go!();
  expect([period.status, await late]).toEqual(["CLOSED", true]);
  expect(await booked("C2")).toBe(before + 1);
});

test("the first postings of many months, all at once, open each once and leave no gap, also beside one who opens his own", async () => {
  await world.must(SAVE_WAREHOUSE, { code: "C3", name: "C3", currency: "EUR", legalEntity: "C3", address: { countryCode: "DE" } });
  const own = { code: "OWN", startsOn: "2026-02-20", endsBefore: "2026-03-10", legalEntity: "C3" };
  const moments = times(20, (i) => new Date(`2026-0${1 + ((i * 3) % 5)}-15T00:00:00Z`));
  const [opened, ...periods] = await Promise.all([
    payload(world, OPEN, own),
    ...moments.map((at) => inTransaction(world.db, async (tx) => (await periodsFor(tx, "C3", [at], new Date()))(at).period)),
  ]);
  // March may have been opened before it.
  expect(opened.userErrors.map(({ code }: { code: string }) => code)).toEqual(opened.period ? [] : ["CONFLICT"]);
  expect(periods).toHaveLength(20);
  const days = await world.db.query<{ from: string; until: string }>(
    "SELECT DATE_FORMAT(starts_on, '%Y-%m-%d') AS `from`, DATE_FORMAT(ends_before, '%Y-%m-%d') AS `until` FROM accounting_period WHERE legal_entity = 'C3' ORDER BY starts_on",
  );
  expect([days[0].from, days.at(-1)!.until]).toEqual(["2026-01-01", "2026-06-01"]);
  days.slice(1).forEach(({ from }, i) => expect(from).toBe(days[i].until));
});

const exporting = (code: string, i: number, level = "SUMMARY") =>
  payload(world, EXPORT, { input: { idempotencyKey: `x-${code}-${i}`, period: "2026-01", legalEntity: code, level } });
/** How often each entry was taken, and by how much the files and the books differ. */
async function handedOver(code: string) {
  const [{ entries, taken, twice }] = await world.db.query<Record<string, number>>(
    `SELECT COUNT(*) AS entries, CAST(SUM(x.n) AS SIGNED) AS taken, CAST(SUM(x.n > 1) AS SIGNED) AS twice FROM journal_entry e
     LEFT JOIN (SELECT entry_id, COUNT(*) AS n FROM journal_export_entry GROUP BY entry_id) x ON x.entry_id = e.id WHERE e.legal_entity = ? AND e.period = '2026-01'`,
    [code],
  );
  const [{ debits }] = await world.db.query<{ debits: string }>(
    "SELECT CAST(SUM(l.debit) AS CHAR) AS debits FROM journal_export_line l JOIN journal_export x ON x.id = l.export_id WHERE x.legal_entity = ?",
    [code],
  );
  return { entries: Number(entries), taken: Number(taken), twice: Number(twice), debits };
}

test("sixty postings against exports at the end of a period: each entry is handed over once, none is lost", async () => {
  await entity("E1");
  const posts = times(60, (i) => payload(world, POST, { input: posting("E1", i) }));
  const exports = times(6, async (i) => {
    await Promise.race(posts.slice(i * 10, i * 10 + 10));
    return exporting("E1", i);
  });
  const answers = await Promise.all(posts);
  const made = await Promise.all(exports);
  expect((await payload(world, CLOSE, { code: "2026-01", legalEntity: "E1" })).period.status).toBe("CLOSED");
  made.push(await exporting("E1", 6));
  const done = answers.filter(({ movement }) => movement).length + 1;
  expect(done).toBe(61);
  expect(made.reduce((sum, { entries }) => sum + entries, 0)).toBe(done);
  expect(await handedOver("E1")).toEqual({ entries: done, taken: done, twice: 0, debits: `${done}.000000` });
  expect((await payload(world, REOPEN, { code: "2026-01", legalEntity: "E1", reason: "late" })).userErrors[0].code).toBe("INVALID_STATE");
});

test("its wrong twin, which goes by the ids it has seen, loses what was posted beside it", async () => {
  await entity("E2");
  let go: () => void;
  let posted: () => void;
  const [exported, under] = [new Promise<void>((resolve) => (go = resolve)), new Promise<void>((resolve) => (posted = resolve))];
  const late = newId();
  const insert =
    "INSERT INTO journal_entry (id, at, legal_entity, period, currency, movement_id) VALUES (?, '2026-01-31', 'E2', '2026-01', 'EUR', ?)";
  const slow = inTransaction(world.db, async (tx) => {
    await tx.execute(insert, [late, newId()]);
    posted();
    await exported;
  });
  await under;
  await world.must(POST, posting("E2", 1));
  const after = async (mark: string) =>
    world.db.query<{ id: string }>("SELECT id FROM journal_entry WHERE legal_entity = 'E2' AND id > ? ORDER BY id", [mark]);
  const first = await after("");
  go!();
  await slow;
  const second = await after(first.at(-1)!.id);
  const seen = [...first, ...second].map(({ id }) => id);
  expect([seen.length, seen.includes(late), await booked("E2")]).toEqual([2, false, 3]);
});

/** A posting that has its period and its entry, and commits when it is told to. */
async function postingUnderWay(code: string): Promise<{ commit: () => Promise<void> }> {
  let go: () => void;
  let posted: () => void;
  const [may, under] = [new Promise<void>((resolve) => (go = resolve)), new Promise<void>((resolve) => (posted = resolve))];
  const insert =
    "INSERT INTO journal_entry (id, at, legal_entity, period, currency, movement_id) VALUES (?, '2026-01-31', ?, '2026-01', 'EUR', ?)";
  const slow = inTransaction(world.db, async (tx) => {
    await periodsFor(tx, code, [new Date("2026-01-31T10:00:00Z")], new Date());
    await tx.execute(insert, [newId(), code, newId()]);
    posted();
    await may;
  });
  await under;
  return {
    commit: () => {
      go();
      return slow;
    },
  };
}
/** Whether it is still waiting when exports of another period have run from beginning to end, three times. */
async function waits(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  void work.finally(() => (done = true));
  for (let i = 0; i < 3; i++) await payload(world, EXPORT, { input: { idempotencyKey: newId(), period: "2026-01", legalEntity: "E1" } });
  return !done;
}

test("an export does not wait for a posting under way: the next one takes it", async () => {
  await entity("E3");
  const under = await postingUnderWay("E3");
  expect((await exporting("E3", 0)).entries).toBe(1);
  await under.commit();
  expect([(await exporting("E3", 1)).entries, (await exporting("E3", 2)).entries]).toEqual([1, 0]);
});

test("nobody waits to post for an export under way, and it does not take what is posted meanwhile", async () => {
  await entity("E6");
  const caller = { client: "floor", scopes: new Set<never>() };
  const id = await inTransaction(
    world.db,
    async (tx) => {
      const made = await exportJournal(tx, caller, { idempotencyKey: "six", period: "2026-01", legalEntity: "E6" });
      await world.must(POST, posting("E6", 7));
      return made;
    },
    { attempts: 1 },
  );
  expect(await world.db.query("SELECT entries FROM journal_export WHERE id = ?", [id])).toEqual([{ entries: 1 }]);
  expect((await exporting("E6", 1)).entries).toBe(1);
});

test("closing waits for a posting under way", async () => {
  await entity("C4");
  const posting = await postingUnderWay("C4");
  const closed = payload(world, CLOSE, { code: "2026-01", legalEntity: "C4" });
  expect(await waits(closed)).toBe(true);
  await posting.commit();
  expect((await closed).period.status).toBe("CLOSED");
  expect(await booked("C4")).toBe(2);
});

test("who looked for blockers before a period was reopened and closed anew does not close it", async () => {
  await entity("C5");
  const run = <T>(work: (tx: Tx) => Promise<T>) => inTransaction(world.db, work);
  const first = await run((tx) => startClosing(tx, "C5", "2026-01", "one"));
  await run((tx) => reopenPeriod(tx, "two", "C5", "2026-01", "not yet"));
  const second = await run((tx) => startClosing(tx, "C5", "2026-01", "two"));
  await run((tx) => finishClosing(tx, first, "one"));
  const status = async () => (await world.db.query("SELECT status FROM accounting_period WHERE legal_entity = 'C5'"))[0];
  expect(await status()).toEqual({ status: "CLOSING" });
  await run((tx) => finishClosing(tx, second, "two"));
  expect(await status()).toEqual({ status: "CLOSED" });
});

test("the same key at once exports once; more than one export takes are taken by the next", async () => {
  await entity("E4");
  for (let i = 1; i < 5; i++) await world.must(POST, posting("E4", i));
  const caller = { client: "floor", scopes: new Set<never>() };
  const part = (key: string, most: number) =>
    inTransaction(world.db, (tx) => exportJournal(tx, caller, { idempotencyKey: key, period: "2026-01", legalEntity: "E4" }, most));
  const ids = await Promise.all(times(8, () => part("part", 2)));
  expect(new Set(ids).size).toBe(1);
  const [first] = await world.db.query("SELECT entries, complete FROM journal_export WHERE id = ?", [ids[0]]);
  expect(first).toEqual({ entries: 2, complete: 0 });
  const rest = await Promise.all(times(8, (i) => exporting("E4", i)));
  expect(rest.reduce((sum, { entries }) => sum + entries, 0)).toBe(3);
});

test("what an export takes is taken under the legal entity's lock only: two without it fail on the entry's key", async () => {
  await entity("E5");
  let go: () => void;
  const may = new Promise<void>((resolve) => (go = resolve));
  const take = (wait: Promise<void>) =>
    inTransaction(
      world.db,
      async (tx) => {
        await wait;
        const taken = await takeEntries(tx, newId(), "E5", "2026-01", 100);
        await new Promise((resolve) => setImmediate(resolve));
        return taken;
      },
      { attempts: 1 },
    ).catch((error: { errno?: number }) => error.errno);
  const both = Promise.all([take(may), take(may)]);
  go!();
  const results = await both;
  expect(results.filter((one) => one === 1)).toHaveLength(1);
  const [{ n }] = await world.db.query<{ n: number }>(
    "SELECT COUNT(*) AS n FROM journal_export_entry x JOIN journal_entry e ON e.id = x.entry_id WHERE e.legal_entity = 'E5'",
  );
  expect(Number(n)).toBe(1);
  await receive(world, "2026-02-01T00:00:00Z");
});
