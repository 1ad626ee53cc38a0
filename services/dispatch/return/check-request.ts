import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits } from "../../../shared/units/check";
import type { ReturnRequest } from "./request-return";
import { ReturnKind } from "./return-order";
import type { KnownItem } from "./return.sql";
import { figuresOf, withinWindow, type Returnable, type Scope } from "./returnable";

export interface RequestedLine {
  sku: string;
  quantity: number;
  reason: string;
  exchangeFor?: string | null;
  lineRef?: string | null;
  shipmentId?: string | null;
  serials?: string[] | null;
}

const MOST_LINES = 1_000;
const MOST_SERIALS = 10_000;

/** What can be said without the order: shape and size of the input, and what its kind takes. */
export function checkRequest({ orderRef, kind, warehouse, lines }: ReturnRequest): void {
  checkKey(orderRef, ["input", "orderRef"]);
  if (kind === ReturnKind.UNDELIVERED) throw invalid("is opened by the parcel that comes back", ["input", "kind"]);
  if (warehouse != null) checkKey(warehouse, ["input", "warehouse"]);
  if (warehouse != null && kind === ReturnKind.RESHIP) throw invalid("nothing comes back of a RESHIP", ["input", "warehouse"]);
  checkCount(lines, ["input", "lines"], MOST_LINES).forEach((line, i) => checkLine(line, kind, lineField(i)));
}

function checkLine(line: RequestedLine, kind: ReturnKind, field: string[]): void {
  checkKey(line.sku, [...field, "sku"]);
  checkUnits(line.quantity, [...field, "quantity"]);
  if (line.reason.trim() === "") throw invalid("must say why", [...field, "reason"]);
  checkText(line.reason, [...field, "reason"]);
  for (const name of ["exchangeFor", "lineRef"] as const) if (line[name] != null) checkKey(line[name], [...field, name]);
  if (line.exchangeFor != null && kind !== ReturnKind.EXCHANGE) throw invalid("belongs to an EXCHANGE", [...field, "exchangeFor"]);
  if (line.serials == null) return;
  if (kind === ReturnKind.RESHIP) throw invalid("nothing comes back of a RESHIP", [...field, "serials"]);
  checkCount(line.serials, [...field, "serials"], MOST_SERIALS).forEach((serial, i) => checkKey(serial, [...field, "serials", String(i)]));
  if (new Set(line.serials).size !== line.quantity || line.serials.length !== line.quantity)
    throw invalid(`must be ${line.quantity} different ones`, [...field, "serials"]);
}

interface Window {
  days: number | null;
  at: Date;
}

/**
 * Against what left: lines of an item, of a line of the order and of a shipment are added up before they are held against what
 * may still come back of it.
 */
export function checkOrderLines(input: ReturnRequest, of: Returnable, items: KnownItem[], merchant: string, window: Window): void {
  const asked = new Map<string, number>();
  input.lines.forEach((line, i) => {
    const field = lineField(i);
    checkNamed(line, of, field);
    for (const scope of scopesOf(line)) {
      const key = JSON.stringify(scope);
      asked.set(key, (asked.get(key) ?? 0) + line.quantity);
      checkEnough(input.kind, of, scope, asked.get(key)!, field);
    }
    if (input.kind === ReturnKind.EXCHANGE) checkExchange(line, items, merchant, field);
    if (window.days !== null && input.kind !== ReturnKind.RESHIP) {
      const scope = line.shipmentId == null ? { sku: line.sku } : { sku: line.sku, shipmentId: line.shipmentId };
      checkWindow(of, scope, asked.get(JSON.stringify(scope))!, { days: window.days, at: window.at }, field);
    }
  });
}

/** All of the item, and of it the line of the order and the shipment that are named. */
const scopesOf = ({ sku, lineRef, shipmentId }: RequestedLine): Scope[] => [
  { sku },
  ...(lineRef == null ? [] : [{ sku, lineRef }]),
  ...(shipmentId == null ? [] : [{ sku, shipmentId }]),
];

function checkNamed({ sku, lineRef, shipmentId }: RequestedLine, { orders, issued }: Returnable, field: string[]): void {
  const lines = orders.flatMap((order) => order.lines.filter((line) => line.sku === sku));
  if (lines.length === 0) throw notFound(`the order has no ${sku}`, [...field, "sku"]);
  if (lineRef != null && lines.every((line) => line.line_ref !== lineRef))
    throw notFound(`the order has no line ${lineRef} of ${sku}`, [...field, "lineRef"]);
  if (shipmentId != null && !(isId(shipmentId) && issued.some((one) => one.shipmentId === shipmentId && one.sku === sku)))
    throw notFound(`no shipment ${shipmentId} of the order took ${sku}`, [...field, "shipmentId"]);
}

function checkEnough(kind: ReturnKind, of: Returnable, scope: Scope, asked: number, field: string[]): void {
  const reship = kind === ReturnKind.RESHIP;
  const { left, claimed } = figuresOf(of, reship, scope);
  if (asked <= left - claimed) return;
  const what = [scope.sku, scope.lineRef && `of line ${scope.lineRef}`, scope.shipmentId && `of shipment ${scope.shipmentId}`];
  const named = what.filter(Boolean).join(" ");
  const because = reship ? `${left} were lost, ${claimed} are replaced` : `${left} left, ${claimed} came back or are on their way back`;
  throw new Refusal("LIMIT_EXCEEDED", `${asked} of ${named} asked for, ${Math.max(0, left - claimed)} possible: ${because}.`, {
    field: [...field, "quantity"],
  });
}

function checkExchange({ sku, exchangeFor }: RequestedLine, items: KnownItem[], merchant: string, field: string[]): void {
  const wanted = exchangeFor ?? sku;
  const item = items.find((one) => one.sku === wanted);
  const at = [...field, "exchangeFor"];
  if (!item) throw notFound(`no item ${wanted}`, at);
  if (item.kind !== "STOCKED")
    throw invalid(`${wanted} is ${item.kind}: name items that lie in warehouses, such as a kit's components`, at);
  if (merchant !== "" && item.merchant !== merchant) throw invalid(`${wanted} is not ${merchant}'s, as the order is`, at);
}

const DAY_MS = 86_400_000;

/** By the database's clock, from delivery on, or where none was told, from when it left. */
function checkWindow(
  of: Returnable,
  { sku, shipmentId }: Scope,
  asked: number,
  { days, at }: { days: number; at: Date },
  field: string[],
): void {
  const inTime = withinWindow(of, sku, shipmentId, new Date(at.getTime() - days * DAY_MS));
  if (asked <= inTime) return;
  throw new Refusal("INVALID_STATE", `${asked} of ${sku} asked for, of ${inTime} the return window of ${days} days has not passed.`, {
    field: [...field, "quantity"],
  });
}

const lineField = (i: number): string[] => ["input", "lines", String(i)];
const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
const notFound = (message: string, field: string[]) => new Refusal("NOT_FOUND", message, { field });
