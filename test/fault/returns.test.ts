import { once } from "node:events";
import { join } from "node:path";
import { LAYERS, type LayerName } from "../../shared/db/database";
import { wait } from "../../shared/db/retry";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import type { Failpoint } from "../support/failpoint";
import { killableStrata, type KillableStrata } from "../support/killable";

/**
 * Strata is killed at each step of an exchange, in each layer; started again, its callers ask again with the same keys, and the
 * exchange goes on to its end: everything took place once, and the books of all layers agree.
 */
let strata: KillableStrata;
beforeAll(async () => {
  strata = await killableStrata({ preload: [join(projectRoot, "test/support/failpoint.ts")] });
  await strata.stock(STEPS.map(skuOf), UNITS);
}, 120_000);
afterAll(() => strata.close());

const UNITS = 5;
type Step = [layer: LayerName, name: string, sent: string[], at: Failpoint["at"]];
const CONSUMED = "UPDATE feed_position";
const MOMENTS: [string, Failpoint["at"]][] = [
  ["after its rows", "answered"],
  ["before COMMIT", "committing"],
  ["after COMMIT", "committed"],
];
const at = (layer: LayerName, name: string, sent: string[]): Step[] =>
  MOMENTS.map(([moment, where]) => [layer, `${name}: ${moment}`, where === "answered" ? sent.slice(-1) : sent, where]);
/** Each step takes a restart: by default those before COMMIT; all with STRATA_TEST_WHOLE=1. */
const STEPS = [
  ...at("dispatch", "requested", ["INSERT INTO idempotency", "INSERT INTO return_line"]),
  ...at("warehouse", "expected", [CONSUMED, "INSERT INTO announced_line"]),
  ...at("sales", "replacement noted", [CONSUMED, "INSERT INTO replacement_line"]),
  ...at("sales", "replacement committed", ["UPDATE replacement", "INSERT INTO reservation_line"]),
  ...at("dispatch", "replacement known", [CONSUMED, "INSERT INTO return_line"]),
  ...at("warehouse", "received", ["INSERT INTO idempotency", "INSERT INTO inbound_step_line"]),
].filter(([, name]) => process.env.STRATA_TEST_WHOLE === "1" || name.endsWith("before COMMIT"));
const skuOf = ([layer, name]: Step): string => `${layer} ${name}`.replace(/\W+/g, "-").toUpperCase();

test.each(STEPS)(
  "killed in %s, %s: the exchange goes on to its end, once",
  async (...step) => {
    const [layer, , sent, where] = step;
    const sku = skuOf(step);
    await sell(sku);
    const { killed } = await arm({ schema: `strata_${layer}`, sent, at: where });
    const restarted = killed.then(() => strata.restart());
    await Promise.all([exchange(sku), restarted]);
    const movements = "SALES_ISSUE,EXCHANGE_IN,EXCHANGE_OUT";
    expect(await left(sku)).toEqual({ returns: 1, inbounds: 1, reservations: 2, movements, parked: [0, 0, 0] });
  },
  120_000,
);

test("and then the books of all layers agree", async () => {
  expect(await driftsOf(strata)).toEqual([]);
});

/** Resolves when the step is armed; `killed` when the process has ended at it. */
async function arm(failpoint: Failpoint): Promise<{ killed: Promise<unknown> }> {
  const child = strata.process();
  const answered = once(child, "message");
  child.send(failpoint);
  expect(await answered).toEqual([{ armed: true }, undefined]);
  return { killed: once(child, "exit").then(([, signal]) => expect(signal).toBe("SIGKILL")) };
}

/** Insists with the call's own key until it is answered, whatever happens to Strata meanwhile. */
async function call(key: string, mutation: string, type: string, input: object, fields: string) {
  const { payload } = await strata.insist(mutation, type, fields, { idempotencyKey: `${mutation}-${key}`, ...input });
  expect(payload.userErrors).toEqual([]);
  return payload;
}

/** Asks until there is something to see, over restarts. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function until<T>(query: string, look: (data: any) => T | undefined | false): Promise<T> {
  for (const end = Date.now() + 60_000; ; await wait(50)) {
    const answer = await strata.ask(query).catch((error: Error) => ({ data: undefined, error: error.message }));
    const found = answer.data && look(answer.data);
    if (found) return found;
    if (Date.now() > end) throw new Error(`${query} does not get there: ${JSON.stringify(answer)}`);
  }
}

interface Shipment {
  id: string;
  status: string;
}
async function shipNext(orderRef: string, sku: string): Promise<void> {
  const query = `{ order(orderRef: "${orderRef}") { shipments { id status } } }`;
  const id = await until(query, ({ order }) => order.shipments?.find(({ status }: Shipment) => status === "RELEASED")?.id as string);
  const step = (mutation: string, more: object = {}, type = "ShipmentActionInput") =>
    call(id, mutation, type, { id, ...more }, "outbound { id }");
  await step("startPicking");
  await step("recordPick", { picks: [{ sku, quantity: 1 }] }, "RecordPickInput");
  await step("packShipment");
  await step("shipShipment", {}, "ShipShipmentInput");
}

async function sell(sku: string): Promise<void> {
  const lines = [{ sku, quantity: 1 }];
  const { reservation } = await call(
    sku,
    "reserveStock",
    "ReserveStockInput",
    { orderRef: sku, channel: "web", lines },
    "reservation { id }",
  );
  const paid = { reservationId: reservation.id, shipTo: { countryCode: "DE" } };
  await call(sku, "confirmReservation", "ConfirmReservationInput", paid, "reservation { id }");
  await shipNext(sku, sku);
  await until(`{ order(orderRef: "${sku}") { fulfillments { status } } }`, ({ order }) => order.fulfillments?.[0].status === "SHIPPED");
}

async function exchange(sku: string): Promise<void> {
  const lines = [{ sku, quantity: 1, reason: "too small" }];
  const asked = { orderRef: sku, kind: "EXCHANGE", replacementShips: "AT_ONCE", lines };
  const made = await call(sku, "requestReturn", "RequestReturnInput", asked, "return { id }");
  const { id } = made.return;
  const look = `{ returnOrder(id: "${id}") { status inbound { status } replacement { status } } }`;
  await until(look, ({ returnOrder }) => returnOrder?.inbound?.status === "EXPECTED");
  const came = [{ sku, quantity: 1, status: "AVAILABLE" }];
  await call(sku, "receiveInbound", "ReceiveInboundInput", { id, lines: came }, "inbound { status }");
  await shipNext(sku, sku);
  await until(look, ({ returnOrder }) => returnOrder?.status === "COMPLETED" && returnOrder.replacement?.status === "SHIPPED");
  await until(
    `{ inventoryItem(sku: "${sku}") { virtualStock { onHand committed } } }`,
    ({ inventoryItem: { virtualStock } }) => virtualStock[0].onHand === UNITS - 1 && virtualStock[0].committed === 0,
  );
}

/** What an order has left behind in each layer. */
async function left(orderRef: string): Promise<object> {
  const admin = await strata.db.primary.admin();
  const one = async (sql: string) => Object.values(((await admin.query(sql, [orderRef]))[0] as object[])[0] as object)[0] as unknown;
  try {
    return {
      returns: Number(await one("SELECT COUNT(*) FROM strata_dispatch.return_order WHERE order_ref = ?")),
      inbounds: Number(await one("SELECT COUNT(*) FROM strata_warehouse.inbound_shipment WHERE order_ref = ?")),
      reservations: Number(await one("SELECT COUNT(*) FROM strata_sales.reservation WHERE order_ref = ?")),
      movements: await one(
        "SELECT GROUP_CONCAT(type ORDER BY id) FROM strata_warehouse.movement WHERE order_ref = ? AND type <> 'BIN_MOVE'",
      ),
      parked: await Promise.all(LAYERS.map((layer) => one(`SELECT COUNT(*) FROM strata_${layer}.parked_event WHERE ? <> ''`))).then(
        (found) => found.map(Number),
      ),
    };
  } finally {
    await admin.end();
  }
}
