import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { shareItems } from "../item/item.sql";
import type { NumberedPosting } from "../ledger/ledger.sql";
import { lockStock } from "../ledger/lock-stock";
import { post } from "../ledger/post";
import { firstLocation, lotKey, serialKey, type Stock } from "../ledger/stock";
import { NOTHING, tellOpen } from "../receive/inbound";
import { insertInbound, insertStep, saveInboundLines, type InboundRow } from "../receive/inbound.sql";
import { readLines, readShipments, type ShipmentRow } from "./ship.sql";
import type { Step } from "./shipment";

/** What a transfer's movements are posted under, in both warehouses. */
export const documentOf = ({ id }: Pick<ShipmentRow, "id">) => ({ type: "TRANSFER", number: id });

/** Its destination may have the first of an item on its way by it. Before the shipment is locked: a shipment keeps its kind and its items. */
export async function shareItemsOfTransfer(tx: Tx, id: string): Promise<void> {
  const [shipment] = isId(id) ? await readShipments(tx, [id]) : [];
  if (shipment?.kind === "TRANSFER") await shareItems(tx, inLockOrder((await readLines(tx, [id])).map(({ sku }) => sku)));
}

/** The stock that a shipment leaves, and for a transfer the one that it goes to, locked by code. */
export async function lockBothEnds(tx: Tx, shipment: ShipmentRow, skus: string[]): Promise<{ stock: Stock; destination: Stock | null }> {
  const stocks = new Map<string, Stock>();
  for (const code of inLockOrder([shipment.warehouseCode, ...(shipment.toWarehouseCode === null ? [] : [shipment.toWarehouseCode])]))
    stocks.set(code, await lockStock(tx, code, skus));
  const stock = stocks.get(shipment.warehouseCode)!;
  const destination = shipment.toWarehouseCode === null ? null : stocks.get(shipment.toWarehouseCode)!;
  if (destination) checkSameBooks(stock, destination);
  return { stock, destination };
}

function checkSameBooks({ warehouse: from }: Stock, { warehouse: to }: Stock): void {
  if (from.legalEntity !== to.legalEntity || from.currency !== to.currency)
    throw new Refusal(
      "INVALID_STATE",
      `${to.code} has other books than ${from.code}: goods do not move between legal entities or currencies.`,
      {
        field: ["input", "id"],
      },
    );
}

/**
 * What has left lies in its destination's TRANSIT from now on, with its lots, serial numbers and value, and is expected there: the
 * inbound shipment has the transfer's id.
 */
export async function sendOn({ tx, caller, shipment }: Step, from: Stock, to: Stock, out: NumberedPosting): Promise<void> {
  const location = firstLocation(to, "TRANSIT");
  const lines = out.lines.map(({ sku, lot, units, serials, value }) => {
    if (lot !== "") to.lots.set(lotKey(sku, lot), from.lots.get(lotKey(sku, lot))!);
    for (const serial of serials ?? []) to.serials.set(serialKey(sku, serial), from.serials.get(serialKey(sku, serial))!);
    return { sku, location, lot, status: "AVAILABLE" as const, pledge: "", units: -units, serials, worth: value.negated() };
  });
  const { id, client, merchant } = shipment;
  const document = documentOf(shipment);
  const common = { occurredAt: to.now, postedBy: caller.client, client, shipmentId: id, document };
  await post(tx, to, [{ ...common, type: "TRANSFER_IN", lines }]);
  const inbound: InboundRow = {
    id,
    kind: "TRANSFER",
    client,
    merchant,
    documentType: document.type,
    documentNumber: document.number,
    documentLine: null,
    supplier: null,
    orderRef: null,
    warehouseCode: to.warehouse.code,
    status: "EXPECTED",
    expectedAt: shipment.expectedAt,
    overReceiptPercent: 0,
    exchange: false,
    version: 1,
  };
  const units = new Map<string, number>();
  for (const line of lines) units.set(line.sku, (units.get(line.sku) ?? 0) + line.units);
  const expected = [...units].map(([sku, n]) => ({ ...NOTHING, sku, expected: n }));
  const rows = expected.map((line) => ({ ...line, inboundId: id, most: line.expected, unitCost: null }));
  await insertInbound(tx, inbound);
  await saveInboundLines(tx, rows);
  await insertStep(tx, { inboundId: id, version: 1, status: "EXPECTED", note: "sent", actor: caller.client, at: to.now, lines: expected });
  await tellOpen(tx, inbound, rows);
}
