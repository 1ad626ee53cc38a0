import type { OrderFile } from "../order/fulfillment-order";
import { receivedUnits, ReturnKind, ReturnStatus, type ReturnFile, type ReturnLineRow } from "./return-order";

/** Units of one item that left with one shipment. */
export interface Issued {
  shipmentId: string;
  warehouse: string;
  sku: string;
  units: number;
  lost: number;
  /** When they were delivered, or where that is not known, left. */
  since: Date;
}

/** Units that have come back, are on their way back, or (RESHIP) were replaced. */
export interface Claim {
  kind: ReturnKind;
  sku: string;
  units: number;
  lineRef: string | null;
  shipmentId: string | null;
}

/** What of an order has left and may come back or be sent again. */
export interface Returnable {
  orders: OrderFile[];
  issued: Issued[];
  claims: Claim[];
}

/** `lost` by shipment and SKU. */
export function issuedOf(orders: OrderFile[], lost: ReadonlyMap<string, number>): Issued[] {
  return orders.flatMap(({ allocations }) =>
    allocations.flatMap(({ id, warehouse_code, lines, shipped_at, delivered_at, created_at }) =>
      lines
        .filter(({ shipped }) => shipped > 0)
        .map(({ sku, shipped }) => ({
          shipmentId: id,
          warehouse: warehouse_code,
          sku,
          units: shipped,
          lost: Math.min(shipped, lost.get(lostKey(id, sku)) ?? 0),
          since: delivered_at ?? shipped_at ?? created_at,
        })),
    ),
  );
}

export const lostKey = (shipmentId: string, sku: string): string => `${shipmentId} ${sku}`;

export type Asked = Omit<ReturnFile, "process">;

/**
 * A return that was rejected or cancelled claims nothing; one that is closed, what came; an open one, all that was not rejected.
 * What was sent again claims what of it was not cancelled after all.
 */
export function claimsOf(returns: Asked[], orders: OrderFile[]): Claim[] {
  const live = returns.filter(({ status }) => status !== ReturnStatus.REJECTED && status !== ReturnStatus.CANCELLED);
  return live.flatMap((of) => {
    const cancelled = cancelledUnits(orders.find(({ id }) => id === of.replacement_id));
    return of.lines.map((line) => ({
      kind: of.kind,
      sku: line.sku,
      units: of.kind === ReturnKind.RESHIP ? line.quantity - take(cancelled, line.sku, line.quantity) : claimedUnits(of, line),
      lineRef: line.line_ref,
      shipmentId: line.shipment_id,
    }));
  });
}

/** By item. */
function cancelledUnits(replacement: OrderFile | undefined): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, cancelled } of replacement?.lines ?? []) units.set(sku, (units.get(sku) ?? 0) + cancelled);
  return units;
}

function take(units: Map<string, number>, sku: string, most: number): number {
  const taken = Math.min(most, units.get(sku) ?? 0);
  units.set(sku, (units.get(sku) ?? 0) - taken);
  return taken;
}

/** Units that came back without a return. */
export const byHand = ({ sku, units }: { sku: string; units: number }): Claim => ({
  kind: ReturnKind.RETURN,
  sku,
  units,
  lineRef: null,
  shipmentId: null,
});

function claimedUnits({ arrival }: Asked, line: ReturnLineRow): number {
  if (arrival === "RECEIVED" || arrival === "CANCELLED") return receivedUnits(line);
  return line.quantity - line.rejected;
}

/** What a figure is asked of: an item, and of it only a line of the order, or a shipment. */
export interface Scope {
  sku: string;
  lineRef?: string;
  shipmentId?: string;
}

export interface Figures {
  /** Units that left and were not lost; for RESHIP: that were lost. */
  left: number;
  /** Of these, units that came back, are on their way back, or were sent again. */
  claimed: number;
}

export function figuresOf({ orders, issued, claims }: Returnable, reship: boolean, { sku, lineRef, shipmentId }: Scope): Figures {
  const inScope = issued.filter((one) => one.sku === sku && (shipmentId === undefined || one.shipmentId === shipmentId));
  const left =
    lineRef === undefined ? sumOf(inScope, ({ units, lost }) => (reship ? lost : units - lost)) : shippedOfLine(orders, sku, lineRef);
  const claimed = claims.filter(
    (claim) =>
      (claim.kind === ReturnKind.RESHIP) === reship &&
      claim.sku === sku &&
      (lineRef === undefined || claim.lineRef === lineRef) &&
      (shipmentId === undefined || claim.shipmentId === shipmentId),
  );
  return { left, claimed: sumOf(claimed, ({ units }) => units) };
}

/** Units of an item that may still come back by the window: what has come back is taken to be what left first. */
export function withinWindow({ issued }: Returnable, sku: string, shipmentId: string | undefined, opensAt: Date): number {
  const young = issued.filter((one) => one.sku === sku && one.since >= opensAt && (shipmentId ?? one.shipmentId) === one.shipmentId);
  return sumOf(young, ({ units, lost }) => units - lost);
}

const shippedOfLine = (orders: OrderFile[], sku: string, lineRef: string): number =>
  sumOf(
    orders.flatMap(({ lines }) => lines.filter((line) => line.sku === sku && line.line_ref === lineRef)),
    ({ shipped }) => shipped,
  );

/** The warehouse that shipped most of these units, the first by code among equals. */
export function shippedFrom({ issued }: Returnable, lines: { sku: string; shipmentId?: string | null }[]): string {
  const units = new Map<string, number>();
  for (const { sku, shipmentId } of lines)
    for (const one of issued)
      if (one.sku === sku && (shipmentId ?? one.shipmentId) === one.shipmentId)
        units.set(one.warehouse, (units.get(one.warehouse) ?? 0) + one.units);
  return [...units].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0][0];
}

const sumOf = <T>(rows: T[], units: (row: T) => number): number => rows.reduce((sum, row) => sum + units(row), 0);
