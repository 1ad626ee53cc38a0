import { reconcileSales } from "../../services/sales/reconcile";
import { newId } from "../../shared/ids";
import { RESERVE, salesWorld, type SalesWorld } from "./support";

/** Units that dispatch asks for to send them elsewhere, against buyers who want the same. */
let world: SalesWorld;
const SKUS = Array.from({ length: 20 }, (_, i) => `T-${i}`);
beforeAll(async () => {
  world = await salesWorld();
  await world.stock(Object.fromEntries(SKUS.map((sku) => [sku, 1])));
});
afterAll(() => world.close());

let version = 0;
const wanted = (transferId: string, sku: string, quantity: number, pool = "EU", warehouse = "W1") =>
  world.dispatch.tell({
    type: "SetAsideWanted",
    transferId,
    pool,
    warehouse,
    lines: [{ sku, quantity, kept: 0 }],
    aggregates: { [`transfer:${transferId}`]: ++version },
  } as Parameters<typeof world.dispatch.tell>[0]);
async function decisions() {
  await world.layer.feed.head({ visited: [], deadlineMs: Date.now() + 5_000 });
  return (await world.layer.feed.read(0, 10_000, 0)).flatMap((event) => (event.type === "SetAsideDecided" ? [event] : []));
}
const frozen = async (sku: string): Promise<number> =>
  (await world.db.query<{ frozen: number }>("SELECT frozen FROM virtual_stock WHERE sku = ?", [sku]))[0].frozen;

test("the last unit goes to the buyer or to the transfer, never to both", async () => {
  const transfers = new Map(SKUS.map((sku) => [newId(), sku]));
  const buyers = SKUS.map((sku, i) => {
    const input = { idempotencyKey: `b-${sku}`, orderRef: `B-${i}`, channel: "web", lines: [{ sku, quantity: 1 }] };
    if (i % 2 === 0) for (const [id, own] of transfers) if (own === sku) wanted(id, sku, 1);
    const bought = world.ask(RESERVE, { input });
    if (i % 2 === 1) for (const [id, own] of transfers) if (own === sku) wanted(id, sku, 1);
    return bought.then(({ data }) => (data.reserveStock.reservation ? sku : null));
  });
  const sold = (await Promise.all(buyers)).filter((sku) => sku !== null);
  await world.ask("{ channels { code } }");
  const accepted = (await decisions()).filter((event) => event.accepted).map((event) => transfers.get(event.transferId)!);
  expect([...sold, ...accepted].sort()).toEqual([...SKUS].sort());
  for (const event of (await decisions()).filter((one) => !one.accepted)) {
    expect(event.missing).toEqual([{ sku: transfers.get(event.transferId), quantity: 1 }]);
  }
  expect(await reconcileSales(world.db)).toEqual([]);
});

test("more is set aside all or not at all, less at once; units leave together with it, and nobody else takes it back", async () => {
  world.dispatch.tell({
    type: "SupplyChanged",
    movementId: newId(),
    movementType: "PURCHASE_RECEIPT",
    warehouse: "W1",
    lines: [{ sku: "T-0", delta: 9 }],
  });
  const id = newId();
  const before = (await decisions()).length;
  wanted(id, "T-0", 4);
  wanted(id, "T-0", 40);
  wanted(id, "T-0", 3);
  await world.ask("{ channels { code } }");
  expect((await decisions()).slice(before).map(({ accepted }) => accepted)).toEqual([true, false]);
  const held = await frozen("T-0");
  const unfreeze = "mutation ($input: AdjustVirtualStockInput!) { unfreezeVirtualStock(input: $input) { userErrors { code } } }";
  const mine = { idempotencyKey: newId(), pool: "EU", sku: "T-0", quantity: held, reason: "mine" };
  expect((await world.ask(unfreeze, { input: mine })).data.unfreezeVirtualStock.userErrors).toEqual([{ code: "INVALID_INPUT" }]);
  world.dispatch.tell({
    type: "SupplyChanged",
    movementId: newId(),
    movementType: "TRANSFER_OUT",
    warehouse: "W1",
    transferId: id,
    lines: [{ sku: "T-0", delta: -3 }],
  });
  await world.ask("{ channels { code } }");
  expect(held - (await frozen("T-0"))).toBe(3);
  expect(await reconcileSales(world.db)).toEqual([]);
});

test("nothing is set aside in a pool that the warehouse does not feed", async () => {
  const before = (await decisions()).length;
  wanted(newId(), "T-0", 1, "US");
  await world.ask("{ channels { code } }");
  expect((await decisions()).slice(before)).toMatchObject([{ accepted: false, because: "W1 does not feed pool US" }]);
});
