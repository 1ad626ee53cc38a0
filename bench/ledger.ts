import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";
import { sumUp } from "../services/warehouse/as-of/periods";
import { LayerDatabase } from "../shared/db/database";
import { inTransaction } from "../shared/db/transaction";
import { quietLog } from "../shared/log";
import {
  DAYS,
  HEADERS,
  ITEMS,
  lineChunks,
  LINES_A_MOVEMENT,
  movementChunks,
  PREPARE,
  ROWS_READ,
  SESSION,
  SIZES,
  SOME_MOVEMENTS,
  WAREHOUSES,
} from "./ledger.sql";
import { openPlace, type Place } from "./place";
import { measure, type Contender } from "./ratio";
import { BY_KEY, contender, type Row, type RowOptions } from "./rows";

const FEW = 10_000;
const MANY = 10_000_000;
const MANY_QUICKLY = 500_000;
const PICKS = 500;
const DAY_MS = 86_400_000;
/** In larger steps than the worker's, as nobody posts meanwhile. */
const LINES_SUMMED_AT_ONCE = 100_000;
const ITEMS_SUMMED_AT_ONCE = 500;
const ASKED_FOR_ROWS = 20;

/** A ledger of ten million lines beside one of ten thousand: the same items, warehouses and questions, one caller at a time. */
export async function ledgerRows(place: Place, options: RowOptions): Promise<Row[]> {
  const say = options.print ?? console.log;
  const many = options.lines ?? (options.quick ? MANY_QUICKLY : MANY);
  const beside = await openPlace(say);
  try {
    const picksOfFew = await fill(beside, FEW, say);
    const picksOfMany = await fill(place, many, say);
    const [few, large] = [await beside.embedded(), await place.embedded()];
    const paced = {
      ...options,
      ...(options.quick ? {} : { seconds: 2, warmupSeconds: 0.5, rounds: 2 }),
      until: Infinity,
      connections: 1,
    };
    const rows: Row[] = [];
    for (const name of Object.keys(picksOfFew)) {
      const of = (label: string, url: string, { query, picks }: Question): Contender =>
        contender(`${name}, ${label}`, url, { query, variables: "{pick}" }, paced, { ...BY_KEY, picks });
      const [theirs, ours] = await measure([of("few", few.url, picksOfFew[name]!), of("many", large.url, picksOfMany[name]!)], paced);
      const read = [await rowsRead(place, large.url, picksOfMany[name]!), await rowsRead(beside, few.url, picksOfFew[name]!)];
      rows.push({ what: `${name} (${read.join(" : ")} rows)`, ours: ours!, theirs: theirs!, goal: 0.8 });
    }
    for (const served of [large, few]) await served.stop();
    return rows;
  } finally {
    await beside.close();
  }
}

interface Question {
  query: string;
  /** Variables as JSON texts. */
  picks: string[];
}

/** Fills a ledger and sums it as the background work would, in larger steps; gives back what to ask of it. */
async function fill(place: Place, lines: number, say: (line: string) => void): Promise<Record<string, Question>> {
  // Its first start makes the tables.
  await (await place.embedded()).stop();
  const connection = await createConnection({ uri: place.db.adminUrl, timezone: "Z" });
  try {
    const from = Date.now();
    for (const statement of [...SESSION, ...PREPARE]) await connection.query(statement);
    await Promise.all([carryOut(place, movementChunks(lines)), carryOut(place, lineChunks(lines))]);
    for (const statement of HEADERS) await connection.query(statement);
    say(`  ${lines} lines written in ${seconds(from)} s`);
    const summing = Date.now();
    await sumLedger(place);
    const [sizes] = await connection.query<RowDataPacket[]>(SIZES);
    say(`  summed in ${seconds(summing)} s; ${sizes.map((size) => `${size.name} ${size.mb} + ${size.indexes} MiB`).join(", ")}`);
    return await questions(connection, lines);
  } finally {
    await connection.end();
  }
}

async function carryOut(place: Place, statements: string[]): Promise<void> {
  const connection = await createConnection({ uri: place.db.adminUrl, timezone: "Z" });
  try {
    for (const statement of [...SESSION, ...statements]) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/** What the server reads for an answer, on average: a measure that the machine's other work does not disturb. */
async function rowsRead(place: Place, url: string, { query, picks }: Question): Promise<number> {
  const connection = await createConnection({ uri: place.db.adminUrl });
  try {
    const count = async () =>
      (await connection.query<RowDataPacket[]>(ROWS_READ))[0].reduce((sum, { Value: value }) => sum + Number(value), 0);
    const before = await count();
    for (const pick of picks.slice(0, ASKED_FOR_ROWS)) {
      const body = JSON.stringify({ query, variables: JSON.parse(pick) as object });
      const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...BY_KEY.headers } });
      await answer.text();
    }
    return Math.round(((await count()) - before) / ASKED_FOR_ROWS);
  } finally {
    await connection.end();
  }
}

async function sumLedger(place: Place): Promise<void> {
  const db = await LayerDatabase.open({ layer: "warehouse", primaryUrl: place.db.primaryUrl, replicaUrls: [], log: quietLog });
  try {
    for (let after: [string, string] | undefined = ["", ""]; after;) {
      const key: [string, string] = after;
      after = await inTransaction(db, (tx) => sumUp(tx, key, LINES_SUMMED_AT_ONCE, ITEMS_SUMMED_AT_ONCE));
    }
  } finally {
    await db.close();
  }
}

const seconds = (since: number): string => ((Date.now() - since) / 1_000).toFixed(0);

const NODES = "nodes { item { sku } location { kind } status quantity }";
/** Two of a list: an item of the small ledger has no more, and pages of one size are compared. */
const MOVEMENTS = "nodes { id type occurredAt document { number } }";
const VALUES = "nodes { item { sku } inTransit quantity value { amount } }";

async function questions(connection: Connection, lines: number): Promise<Record<string, Question>> {
  const numbers = Array.from({ length: PICKS }, () => `D${below(lines / LINES_A_MOVEMENT)}`);
  const [movements] = await connection.query<RowDataPacket[]>(SOME_MOVEMENTS, [numbers]);
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const daysAgo = (least: number, most: number) => new Date(today - least * DAY_MS - below((most - least) * DAY_MS)).toISOString();
  const [recent, old] = [() => daysAgo(2, 25), () => daysAgo(DAYS - 365, DAYS - 5)];
  const period = () => ({ from: daysAgo(DAYS + 1, DAYS + 2), to: daysAgo(2, DAYS - 5) });
  const page = () => {
    const code = warehouse();
    return { warehouse: code, after: encodeCursor([code, sku(), "", "", "", ""]) };
  };
  const valuePage = () => {
    const code = warehouse();
    return { warehouse: code, after: encodeCursor([code, sku(), 0]) };
  };
  const ask = (query: string, variables: () => object): Question => ({
    query,
    picks: Array.from({ length: PICKS }, () => JSON.stringify(variables())),
  });
  let nth = 0;
  const anyMovement = () => movements[nth++ % movements.length]!;
  const list = (declared: string, args: string, variables: () => object) =>
    ask(`query (${declared}) { movements(first: 2, ${args}) { ${MOVEMENTS} } }`, variables);
  const asOf = (moment: () => string, declared: string, args: string, variables: () => object) =>
    ask(`query ($at: DateTime!, ${declared}) { stockAsOf(at: $at, ${args}) { ${NODES} } }`, () => ({ at: moment(), ...variables() }));
  const value = (moment: () => string, declared: string, args: string, fields: string, variables: () => object) =>
    ask(`query ($at: DateTime!${declared}) { inventoryValuation(asOf: $at${args}) { ${fields} } }`, () => ({
      at: moment(),
      ...variables(),
    }));
  const valuePages = (moment: () => string) =>
    value(moment, ", $warehouse: ID, $after: String", ", warehouse: $warehouse", `lines(after: $after) { ${VALUES} }`, valuePage);
  return {
    "balances of an item": ask(`query ($sku: String!) { itemByBarcode(gtin: $sku) { sku stock { ${NODES} } } }`, () => ({ sku: sku() })),
    "units on hand of an item": ask("query ($sku: String!) { itemByBarcode(gtin: $sku) { sku onHand } }", () => ({ sku: sku() })),
    "a page of a warehouse": ask(
      `query ($warehouse: ID!, $after: String) { warehouse(code: $warehouse) { stock(after: $after) { ${NODES} } } }`,
      page,
    ),
    "movements, newest": ask(`{ movements(first: 2) { ${MOVEMENTS} } }`, () => ({})),
    "movements of an item": list("$sku: ID", "sku: $sku", () => ({ sku: sku() })),
    "movements of a warehouse": list("$warehouse: ID", "warehouse: $warehouse", () => ({ warehouse: warehouse() })),
    "movements of a document": list("$number: String", "document: $number", () => ({ number: anyMovement().document as string })),
    "movements of a frequent type": list("$type: MovementType", "type: $type", () => ({ type: "SALES_ISSUE" })),
    "movements of a rare type": list("$type: MovementType", "type: $type", () => ({ type: "COUNT_LOSS" })),
    "movements of a period": list("$from: DateTime, $to: DateTime", "from: $from, to: $to", period),
    "movements of a warehouse in a period": list(
      "$warehouse: ID, $from: DateTime, $to: DateTime",
      "warehouse: $warehouse, from: $from, to: $to",
      () => ({ warehouse: warehouse(), ...period() }),
    ),
    "movements of a rare type in a period": list(
      "$type: MovementType, $from: DateTime, $to: DateTime",
      "type: $type, from: $from, to: $to",
      () => ({ type: "COUNT_LOSS", ...period() }),
    ),
    "movements of an item in a period": list("$sku: ID, $from: DateTime, $to: DateTime", "sku: $sku, from: $from, to: $to", () => ({
      sku: sku(),
      ...period(),
    })),
    "a movement with its lines": ask(
      "query ($id: ID!) { movement(id: $id) { type lines { item { sku } quantity value { amount } balanceAfter } } }",
      () => ({ id: anyMovement().id as string }),
    ),
    "stock of an item, this month": asOf(recent, "$sku: ID", "sku: $sku", () => ({ sku: sku() })),
    "stock of an item, years ago": asOf(old, "$sku: ID", "sku: $sku", () => ({ sku: sku() })),
    "a page of a warehouse, this month": asOf(recent, "$warehouse: ID, $after: String", "warehouse: $warehouse, after: $after", page),
    "a page of a warehouse, years ago": asOf(old, "$warehouse: ID, $after: String", "warehouse: $warehouse, after: $after", page),
    "a page of the valuation, this month": valuePages(recent),
    "a page of the valuation, years ago": valuePages(old),
    "the valuation's total, this month": value(recent, "", "", "total { amount }", () => ({})),
    "the valuation's total, years ago": value(old, "", "", "total { amount }", () => ({})),
  };
}

/** As the API gives them; its own module would load the whole of it here. */
const encodeCursor = (key: (string | number)[]): string => Buffer.from(JSON.stringify(key)).toString("base64url");
const below = (n: number): number => Math.floor(Math.random() * n);
const sku = (): string => `LEDGER-${String(below(ITEMS)).padStart(5, "0")}`;
const warehouse = (): string => WAREHOUSES[below(WAREHOUSES.length)]!;
