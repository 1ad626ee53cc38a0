import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { reconcileWarehouse } from "../../services/warehouse/reconcile";
import { groupBy } from "../../shared/group";
import { newId } from "../../shared/ids";
import { projectRoot } from "../../shared/root";
import { exact, sixPlaces } from "../../shared/units/decimal";
import { SAVE_ITEM, warehouseWorld, type WarehouseWorld } from "./support";

/**
 * The purchase orders of a bicycle maker as inbounds: what came is received, what was rejected never comes in, the rest is closed
 * short. All of them with STRATA_TEST_WHOLE=1, a slice otherwise.
 */
const FOLDER = join(projectRoot, "..", "shared", "data", "adventureworks");
const whereData = existsSync(FOLDER) ? test : test.skip;
const SLICE = process.env.STRATA_TEST_WHOLE ? Infinity : 120;

type Row = Record<string, string>;
const table = (name: string): Row[] => parse(readFileSync(join(FOLDER, `${name}.csv`)), { columns: true, bom: true });

const CREATE = `mutation ($input: CreateInboundInput!) { createInbound(input: $input) { inbound { id status } userErrors { code message field } } }`;
const RECEIVE = `mutation ($input: ReceiveInboundInput!) { receiveInbound(input: $input) { inbound { id status } userErrors { code message field } } }`;
const CANCEL = `mutation ($input: ShipmentActionInput!) { cancelInbound(input: $input) { inbound { id status } userErrors { code message field } } }`;

interface Line {
  sku: string;
  ordered: number;
  stocked: number;
  rejected: number;
  price: string;
}

/** Lines of one product at one price are one line. */
function linesOf(details: Row[]): Line[] {
  const groups = groupBy(details, ({ ProductID, UnitPrice }) => `${ProductID} ${UnitPrice}`);
  return [...groups.values()].map((rows) => {
    const sum = (name: string) => rows.reduce((all, row) => all + Number(row[name]), 0);
    return {
      sku: rows[0].ProductID,
      ordered: sum("OrderQty"),
      stocked: sum("StockedQty"),
      rejected: sum("RejectedQty"),
      price: rows[0].UnitPrice,
    };
  });
}

whereData(
  "purchase orders with receipts and rejections: the books tie to the supplier's prices",
  async () => {
    const world = await warehouseWorld();
    const details = groupBy(table("purchase_order_detail"), ({ PurchaseOrderID }) => PurchaseOrderID);
    const orders = table("purchase_order_header").slice(0, SLICE);
    const lines = new Map(orders.map(({ PurchaseOrderID }) => [PurchaseOrderID, linesOf(details.get(PurchaseOrderID)!)]));
    const bought = new Set([...lines.values()].flat().map(({ sku }) => sku));
    for (const { ProductID, Name } of table("product").filter(({ ProductID }) => bought.has(ProductID)))
      await world.must(SAVE_ITEM, { sku: ProductID, name: Name });
    let [units, value] = [0, exact(0)];
    for (const order of orders) {
      const own = lines.get(order.PurchaseOrderID)!;
      const id = await create(world, order, own);
      if (order.Status === "3") await world.must(CANCEL, { idempotencyKey: newId(), id });
      if (order.Status !== "4") continue;
      await receive(world, id, own);
      units += own.reduce((all, { stocked }) => all + stocked, 0);
      for (const { stocked, price } of own) value = value.plus(exact(price).times(stocked));
    }
    const [stock] = await world.db.query<{ units: string; value: string }>(
      "SELECT CAST(SUM(on_hand) AS CHAR) AS units, CAST(SUM(value) AS CHAR) AS value FROM item_stock",
    );
    const booked = await world.db.query<{ account: string; amount: string }>(
      "SELECT account, CAST(SUM(debit - credit) AS CHAR) AS amount FROM journal_line GROUP BY account ORDER BY account",
    );
    expect(stock).toEqual({ units: String(units), value: sixPlaces(value) });
    expect(booked).toEqual([
      { account: "1400", amount: sixPlaces(value) },
      { account: "2100", amount: sixPlaces(value.negated()) },
    ]);
    expect(await reconcileWarehouse(world.db, { full: true })).toEqual([]);
    if (SLICE === Infinity) console.log(`${orders.length} purchase orders, ${units} units received, worth ${sixPlaces(value)}`);
    await world.close();
  },
  3_600_000,
);

async function create(world: WarehouseWorld, { PurchaseOrderID, VendorID }: Row, lines: Line[]): Promise<string> {
  const { inbound } = await world.must(CREATE, {
    idempotencyKey: `create-${PurchaseOrderID}`,
    kind: "PURCHASE",
    document: { type: "PURCHASE_ORDER", number: PurchaseOrderID },
    supplier: VendorID,
    warehouse: "W1",
    lines: lines.map(({ sku, ordered, price }) => ({ sku, quantity: ordered, unitCost: price })),
  });
  return inbound.id;
}

async function receive(world: WarehouseWorld, id: string, lines: Line[]): Promise<void> {
  const { inbound } = await world.must(RECEIVE, {
    idempotencyKey: `receive-${id}`,
    id,
    final: true,
    lines: lines
      .filter(({ stocked, rejected }) => stocked + rejected > 0)
      .map(({ sku, stocked, rejected }) => ({ sku, quantity: stocked, rejected, ...(rejected > 0 && { rejectReason: "inspection" }) })),
  });
  expect(inbound.status).toBe("RECEIVED");
}
