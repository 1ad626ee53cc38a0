import { createConnection, type Connection } from "mysql2/promise";
import { events } from "../../cli/events";
import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

const SETTLED = { headers: { "x-strata-settle": "true" } };

/** What makes an event of each layer fail: a row that its table does not take any more. */
const CAUSES = [
  ["strata_dispatch", "fulfillment_line", "sku <> 'P1'"],
  ["strata_warehouse", "outbound_line", "sku <> 'P2'"],
  ["strata_sales", "warehouse_stock", "sku <> 'P3' OR on_hand <= 10"],
] as const;

/**
 * One event of each layer's feed cannot be applied: it is set aside with what follows on its keys, others go on, an alert says so;
 * replayed in vain it stays with the new error; replayed after the cause is gone everything is as if nothing had been.
 */
describe.each(["embedded", "distributed"] as const)("parked events, %s", (topology) => {
  let world: World;
  let admin: Connection;
  let n = 0;
  const ask = async (query: string, variables: object = {}) => {
    const { body } = await world.gql(query, variables as Record<string, unknown>, SETTLED);
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
  };
  const call = async (mutation: string, type: string, input: object, fields: string) => {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message retryAfterMs } } }`;
    for (const end = Date.now() + 10_000; ;) {
      const payload = (await ask(query, { input }))[mutation];
      const [refused] = payload.userErrors;
      if (!refused) return payload;
      if (!refused.retryAfterMs || Date.now() > end) throw new Error(JSON.stringify(refused));
      await new Promise((resolve) => setTimeout(resolve, refused.retryAfterMs as number));
    }
  };
  const keyed = (input: object) => ({ idempotencyKey: `${topology}-${++n}`, ...input });
  const receive = (sku: string, quantity: number) =>
    call(
      "postMovement",
      "PostMovementInput",
      keyed({ type: "PURCHASE_RECEIPT", warehouse: "HAM", lines: [{ sku, quantity, unitCost: "2" }] }),
      "movement { id }",
    );
  const order = async (orderRef: string, sku: string): Promise<string> => {
    const lines = [{ sku, quantity: 2 }];
    const { reservation } = await call(
      "reserveStock",
      "ReserveStockInput",
      keyed({ orderRef, channel: "web", lines }),
      "reservation { id }",
    );
    const confirm = keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE" } });
    await call("confirmReservation", "ConfirmReservationInput", confirm, "reservation { status }");
    return reservation.id;
  };
  const stateOf = async (orderRef: string) =>
    (await ask("query ($orderRef: ID!) { order(orderRef: $orderRef) { fulfillments { status } shipments { status } } }", { orderRef }))
      .order;
  const alerts = async (): Promise<{ subject: string; status: string; message: string }[]> =>
    (await ask("{ alerts(kind: EVENT_FAILED) { nodes { subject status message } } }")).alerts.nodes;
  const open = async () => (await alerts()).filter(({ status }) => status !== "RESOLVED");
  const until = async <T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> => {
    for (const end = Date.now() + 20_000; ;) {
      const found = await look();
      if (holds(found)) return found;
      if (Date.now() > end) throw new Error(`in 20 s only: ${JSON.stringify(found)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** As an operator does it, in a process beside those that serve. */
  const operate = async (...args: string[]): Promise<{ left: number; said: string[] }> => {
    const said: string[] = [];
    const { db } = world;
    const env = { STRATA_PRIMARY_URL: db.primaryUrl, STRATA_MIGRATION_URL: db.migrationUrl, STRATA_REPLICA_URLS: db.replicaUrls.join(",") };
    return { left: await events(args, env, (line) => said.push(line)), said };
  };

  beforeAll(async () => {
    world = await startWorld({ topology });
    admin = await createConnection(world.db.migrationUrl);
    const place = { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } };
    await call("saveWarehouse", "SaveWarehouseInput", place, "warehouse { code }");
    for (const sku of ["P1", "P2", "P3", "OK"])
      await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
    await ask("{ stockPools { code } channels { code } }");
    await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM"] }, "pool { code }");
    await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "DE" }, "channel { code }");
    for (const sku of ["P1", "P2", "P3", "OK"]) {
      await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
      await receive(sku, 10);
    }
    await ask("{ stockPools { code } }");
  }, 60_000);
  afterAll(async () => {
    await admin?.end();
    await world?.close();
  });

  test("set aside, alerted, replayed in vain, mended, replayed, over, and the layers agree", async () => {
    for (const [schema, table, check] of CAUSES) await admin.query(`ALTER TABLE ${schema}.${table} ADD CONSTRAINT poison CHECK (${check})`);
    const first = await order("A-1", "P1");
    await call(
      "releaseReservation",
      "ReleaseReservationInput",
      keyed({ reservationId: first, reason: "changed my mind" }),
      "reservation { id }",
    );
    await order("A-2", "P2");
    for (const units of [5, 1]) await receive("P3", units);
    await order("A-3", "OK");

    const raised = await until(open, (found) => found.length >= 3);
    expect(raised.map(({ subject }) => subject.replace(/\d+/, "N")).sort()).toEqual([
      "dispatch:sales:N",
      "sales:dispatch:N",
      "warehouse:dispatch:N",
    ]);
    for (const { message } of raised) expect(message).toMatch(/could not be applied .*poison/);
    await until(
      () => stateOf("A-3"),
      (found) => found.fulfillments[0]?.status === "ALLOCATED" && found.shipments.length === 1,
    );
    expect(await stateOf("A-1")).toEqual({ fulfillments: [], shipments: [] });
    expect((await stateOf("A-2")).shipments).toEqual([]);

    const name = raised.find(({ subject }) => subject.startsWith("dispatch"))!.subject;
    await admin.query("ALTER TABLE strata_dispatch.fulfillment_line DROP CONSTRAINT poison, ADD CONSTRAINT again CHECK (sku <> 'P1')");
    expect((await operate("replay", name)).said).toContainEqual(expect.stringMatching(`${name}: failed again: .*again`));
    const [renewed] = (await open()).filter(({ subject }) => subject === name);
    expect(renewed.message).toMatch(/again/);

    for (const [schema, table] of CAUSES)
      await admin.query(`ALTER TABLE ${schema}.${table} DROP CONSTRAINT ${schema === "strata_dispatch" ? "again" : "poison"}`);
    const done = await operate("replay");
    expect(done.left).toBe(0);
    expect(await operate("replay")).toEqual({ left: 0, said: ["no event is set aside"] });
    await until(open, (found) => found.length === 0);
    expect((await alerts()).map(({ status }) => status)).toEqual(["RESOLVED", "RESOLVED", "RESOLVED"]);
    await until(
      () => stateOf("A-1"),
      (found) => found.fulfillments[0]?.status === "CANCELLED",
    );
    await until(
      () => stateOf("A-2"),
      (found) => found.shipments.length === 1,
    );
    const { inventoryItem } = await ask('{ inventoryItem(sku: "P3") { onHand virtualStock { onHand } positions { onHand } } }');
    expect(inventoryItem).toEqual({ onHand: 16, virtualStock: [{ onHand: 16 }], positions: [{ onHand: 16 }] });
    expect(await driftsOf(world)).toEqual([]);
  }, 120_000);
});
