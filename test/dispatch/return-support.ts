import { newId } from "../../shared/ids";
import type { EventLine, FeedEvent, ReturnProgressed } from "../../shared/flow/messages";
import type { DispatchWorld } from "./support";

const ERRORS = "userErrors { code message field }";
const LINE = "item { sku } lineRef quantity received restocked quarantined scrapped rejected reason exchangeFor { sku }";
const RETURN = `id kind status note order { orderRef } warehouse { code } inbound { id } replacement { id status lines { item { sku } quantity } } lines { ${LINE} }`;
export const REQUEST = `mutation ($input: RequestReturnInput!) { requestReturn(input: $input) { return { ${RETURN} } ${ERRORS} } }`;
export const APPROVE = `mutation ($input: ReturnActionInput!) { approveReturn(input: $input) { return { ${RETURN} } ${ERRORS} } }`;
export const REJECT = `mutation ($input: ReturnActionInput!) { rejectReturn(input: $input) { return { ${RETURN} } ${ERRORS} } }`;
export const CANCEL = `mutation ($input: ReturnActionInput!) { cancelReturn(input: $input) { return { ${RETURN} } ${ERRORS} } }`;
export const SAVE_POLICY = `mutation ($input: SaveReturnPolicyInput!) { saveReturnPolicy(input: $input) { policy { channel { code } windowDays } ${ERRORS} } }`;
const READ = `query ($id: ID!) { returnOrder(id: $id) { ${RETURN} } }`;

let n = 0;
export const keyed = <T extends object>(input: T) => ({ idempotencyKey: `return-${++n}`, ...input });

type As = Parameters<DispatchWorld["ask"]>[2];

/** The payload of a mutation, whether or not it was refused. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function call(world: DispatchWorld, mutation: string, input: object, as?: As): Promise<any> {
  const { data, errors } = await world.ask(mutation, { input }, as);
  if (errors) throw errors[0];
  return Object.values(data)[0];
}

/** The return that a mutation answers; it must not be refused. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function must(world: DispatchWorld, mutation: string, input: object, as?: As): Promise<any> {
  const payload = await call(world, mutation, input, as);
  if (payload.userErrors.length > 0) throw new Error(JSON.stringify(payload.userErrors));
  return payload.return;
}

export const ask = (world: DispatchWorld, orderRef: string, lines: object[], more: object = {}) =>
  must(world, REQUEST, keyed({ orderRef, kind: "RETURN", lines: lines.map((line) => ({ reason: "too small", ...line })), ...more }));

/** `CODE field` of a refusal. */
export async function refusal(world: DispatchWorld, mutation: string, input: object, as?: As): Promise<string> {
  const { userErrors } = await call(world, mutation, input, as);
  return userErrors.map(({ code, field }: { code: string; field: string[] }) => `${code} ${field.join(".")}`).join(", ");
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const returnOf = async (world: DispatchWorld, id: string): Promise<any> => (await world.ask(READ, { id })).data.returnOrder;

/** An order that was confirmed, allocated and shipped; gives back its shipments' ids. */
export async function shippedOrder(world: DispatchWorld, pool: string, orderRef: string, units: Record<string, number>): Promise<string[]> {
  world.confirm(pool, orderRef, units);
  return shipAll(world, orderRef);
}

export async function shipAll(world: DispatchWorld, orderRef: string): Promise<string[]> {
  const { allocations } = await world.order(orderRef);
  const open = allocations.filter(({ status }: { status: string }) => status !== "SHIPPED");
  for (const { id, warehouse, lines } of open) {
    const left = lines.map(({ item, quantity }: { item: { sku: string }; quantity: number }) => ({ sku: item.sku, quantity }));
    world.shipped(id, warehouse.code, orderRef, left, { [`shipment:${id}`]: 5 });
  }
  await world.settle();
  return open.map(({ id }: { id: string }) => id);
}

export function outcome(
  world: DispatchWorld,
  shipmentId: string,
  orderRef: string,
  status: "DELIVERED" | "LOST" | "REFUSED" | "UNDELIVERABLE",
  more: { lost?: EventLine[]; back?: EventLine[]; warehouse?: string } = {},
): void {
  const { warehouse = "RHA", ...fate } = more;
  world.warehouse.tell({ type: "ShipmentProgressed", shipmentId, orderRef, warehouse, status, actor: "floor", ...fate });
}

const NOTHING = { restocked: 0, quarantined: 0, scrapped: 0, rejected: 0 };
/** What the warehouse says has come so far of a return, in all. */
export function came(
  world: DispatchWorld,
  returnId: string,
  version: number,
  status: ReturnProgressed["status"],
  lines: (Partial<ReturnProgressed["lines"][number]> & { sku: string })[],
): void {
  const all = lines.map((line) => ({ ...NOTHING, ...line }));
  const message: ReturnProgressed = {
    type: "ReturnProgressed",
    returnId,
    orderRef: "",
    warehouse: "RHA",
    status,
    actor: "floor",
    lines: all,
  };
  world.warehouse.tell(message, { aggregates: { [`inbound:${returnId}`]: version } });
}

/** Sales has committed a replacement, as it tells. */
export function committed(world: DispatchWorld, pool: string, orderRef: string, returnId: string, units: Record<string, number>): void {
  world.confirm(pool, orderRef, units, { returnId, shipTo: null, reservationId: newId() });
}

export const toldOf = async (world: DispatchWorld, returnId: string): Promise<FeedEvent[]> =>
  (await world.told()).filter((event) => "returnId" in event && event.returnId === returnId);
