import { buildClientSchema, getIntrospectionQuery, type GraphQLField } from "graphql";
import { DISPATCH_MERCHANTS } from "../../services/dispatch/merchants";
import { SALES_MERCHANTS } from "../../services/sales/merchants";
import { WAREHOUSE_MERCHANTS } from "../../services/warehouse/merchants";
import { newId } from "../../shared/ids";
import { rootFields } from "../support/any-call";
import { makeGoods, makeHouse, type Goods } from "../support/two-merchants";
import { startWorld, type World } from "../support/world";

/** What a key bound to ACME may not do to BETA's goods, though both belong to one client (probe 20): the answer is that of what is not there. */
let world: World;
let acme: Goods;
let beta: Goods;
let none: Goods;
let fields: Map<string, GraphQLField<unknown, unknown>>;
beforeAll(async () => {
  world = await startWorld();
  fields = rootFields(buildClientSchema((await world.gql(getIntrospectionQuery())).body.data));
  await makeHouse(world);
  acme = await makeGoods(world, "ACME", 40, "2.00", "4006381333931");
  beta = await makeGoods(world, "BETA", 50, "13.37", "4012345678901");
  const ids = Object.fromEntries(Object.keys(beta.ids).map((name) => [name, newId()])) as Goods["ids"];
  none = { ...beta, merchant: "NONE", ids };
});
afterAll(() => world?.close());

const line = ({ merchant }: Goods) => ({ sku: `${merchant}-A`, quantity: 1 });
const listing = ({ merchant }: Goods) => ({ channel: "web", sku: `${merchant}-A`, status: "UNLISTED" });
const wanted = (of: Goods) => keyed({ orderRef: `wanted-${++n}`, channel: "web", lines: [line(of)] });
const frozen = ({ merchant }: Goods) => input({ pool: "P", sku: `${merchant}-A`, quantity: 1, reason: "why" });
const order = ({ merchant }: Goods) => ({ type: "PURCHASE_ORDER", number: `${merchant}-PO` });
const movement = (of: Goods) => keyed({ type: "MISC_RECEIPT", warehouse: "T1", reason: "found", lines: [line(of)] });
const invoice = (of: Goods) => ({ document: order(of), invoiceNumber: `${of.merchant}-1`, lines: [{ ...line(of), unitCost: "1" }] });
const by =
  (id: keyof Goods["ids"], more: (of: Goods) => object = () => ({})) =>
  (of: Goods) =>
    input({ id: of.ids[id], ...more(of) });
let n = 0;
const keyed = (of: object) => ({ idempotencyKey: `write-${++n}`, ...of });
const input = (of: object) => ({ input: keyed(of) });
const reason = () => ({ reason: "why" });

const WRITES: Record<string, (of: Goods) => Record<string, unknown>> = {
  reserveStock: (of) => ({ input: wanted(of) }),
  reserveStockBatch: (of) => ({ inputs: [wanted(of)] }),
  confirmReservation: ({ ids }) => input({ reservationId: ids.held }),
  extendReservation: ({ ids }) => input({ reservationId: ids.held, holdSeconds: 60 }),
  releaseReservation: ({ ids }) => input({ reservationId: ids.held, reason: "why" }),
  freezeVirtualStock: frozen,
  unfreezeVirtualStock: frozen,
  saveListing: (of) => ({ input: listing(of) }),
  saveListings: (of) => ({ inputs: [listing(of)] }),
  approveReturn: by("returned"),
  rejectReturn: by("returned", reason),
  cancelReturn: by("returned", reason),
  cancelFulfillmentLines: by("fulfillment", (of) => ({ lines: [line(of)], reason: "why" })),
  holdFulfillment: by("fulfillment", reason),
  reallocateFulfillment: by("fulfillment", reason),
  resumeFulfillment: by("fulfillment", reason),
  sourceManually: by("fulfillment", (of) => ({ allocations: [{ warehouse: "T1", lines: [line(of)] }], reason: "why" })),
  updateFulfillment: by("fulfillment", () => ({ priority: 1 })),
  createTransfer: (of) => input({ from: "T1", to: "T2", lines: [line(of)] }),
  releaseTransfer: by("transfer"),
  cancelTransfer: by("transfer", reason),
  requestReturn: (of) => input({ orderRef: `${of.merchant}-O1`, kind: "RETURN", lines: [{ ...line(of), reason: "why" }] }),
  saveWebhook: by("webhook", () => ({ url: "https://example.com/x" })),
  deleteWebhook: by("webhook"),
  replayWebhook: by("webhook"),
  suggestRebalancing: ({ merchant }) => input({ pool: "P", skus: [`${merchant}-A`] }),
  approveCount: by("count"),
  cancelCount: by("count"),
  requestRecount: by("count"),
  recordCount: by("count", ({ merchant }) => ({ lines: [{ sku: `${merchant}-A`, location: "STORAGE", counted: 1 }] })),
  createCount: ({ merchant }) => input({ warehouse: "T2", skus: [`${merchant}-A`] }),
  saveCountSchedule: by("schedule", () => ({ warehouse: "T2", everyDays: 7, abcClass: "A" })),
  blockLot: ({ merchant }) => input({ sku: `${merchant}-L`, lot: `${merchant}-LOT`, blocked: true, reason: "why" }),
  postMovement: (of) => ({ input: movement(of) }),
  reverseMovement: ({ ids }) => input({ movementId: ids.movement, reason: "why" }),
  importMovements: (of) => ({ input: { source: "probe", batchRef: newId(), rows: [movement(of)] } }),
  resubmitImportRows: (of) => ({ batchId: of.ids.batch, rows: [{ row: 1, movement: movement(of) }] }),
  createInbound: (of) =>
    input({ kind: "PURCHASE", document: { type: "PURCHASE_ORDER", number: newId() }, warehouse: "T1", lines: [line(of)] }),
  updateInbound: by("inbound", (of) => ({ lines: [line(of)] })),
  receiveInbound: by("inbound", (of) => ({ lines: [line(of)] })),
  cancelInbound: by("inbound"),
  matchInvoice: (of) => input(invoice(of)),
  creditInvoice: (of) => input({ ...invoice(of), creditNoteNumber: "C1", reason: "PRICE" }),
  closeWorkOrder: ({ merchant }) => ({ document: `${merchant}-PO` }),
  startPicking: by("shipment"),
  recordPick: by("shipment", (of) => ({ picks: [line(of)] })),
  packShipment: by("shipment"),
  shipShipment: by("shipment"),
  putBack: by("shipment", (of) => ({ lines: [line(of)] })),
  reportDelivery: by("shipped", () => ({ outcome: "DELIVERED" })),
  saveInventoryItem: ({ merchant }) => ({ input: { sku: `${merchant}-A`, name: "mine now" } }),
};

/** The codes and words of a refusal, in which the goods' names do not show; none: it was done. */
async function refusalOf(name: string, of: Goods): Promise<string[]> {
  const { args } = fields.get(`Mutation.${name}`)!;
  const variables = WRITES[name](of);
  const given = args.filter((arg) => arg.name in variables);
  const batch = name === "importMovements" ? "batch { errors { nodes { code message } } }" : "";
  const query = `mutation (${given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ")}) {
    answer: ${name}(${given.map((arg) => `${arg.name}: $${arg.name}`).join(", ")}) { ${batch} userErrors { code message field } } }`;
  const { body } = await world.gql(query, variables, { key: acme.key });
  if (body.errors) throw new Error(`${name}: ${JSON.stringify(body.errors)}`);
  const [payload] = [body.data.answer].flat();
  const refusals = [...payload.userErrors, ...(payload.batch?.errors.nodes ?? [])];
  const hidden = [of.merchant, ...Object.values(of.ids)];
  return refusals.map((refusal) => hidden.reduce((text, word) => text.replaceAll(word, "X"), JSON.stringify(refusal)));
}

/** All that BETA has, as its own key is shown it. */
async function stateOfBeta(): Promise<unknown> {
  const { body } = await world.gql(
    `{ inventoryItems { nodes { sku name onHand virtualStock { onHand held committed frozen available } listings { nodes { status } } } }
       reservations { nodes { id status expiresAt } } fulfillmentOrders { nodes { id status } } returnOrders { nodes { id status } }
       transferOrders { nodes { id status } } webhooks { nodes { id url } } stockCounts { nodes { id status } } countSchedules { nodes { id everyDays } }
       inboundShipments { nodes { id status lines { expected received } } } outboundShipments { nodes { id status } } movements(first: 100) { nodes { id } }
       lot(sku: "BETA-L", code: "BETA-LOT") { blocked } }`,
    {},
    { key: beta.key },
  );
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
}

/** Until sales has heard of what the warehouse has of BETA's. */
async function untilSold(): Promise<void> {
  const query = '{ inventoryItem(sku: "BETA-A") { onHand virtualStock { onHand } } }';
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const { onHand, virtualStock } = (await world.gql(query)).body.data.inventoryItem;
    if (virtualStock[0]?.onHand === onHand) return;
  }
  throw new Error("sales does not hear of it");
}

test("every mutation that is marked as filtered is tried here", () => {
  const own = [SALES_MERCHANTS, DISPATCH_MERCHANTS, WAREHOUSE_MERCHANTS].flatMap((marks) => marks.own);
  expect(Object.keys(WRITES).sort()).toEqual(own.flatMap((name) => (name.startsWith("Mutation.") ? [name.slice(9)] : [])).sort());
});

/** What makes a thing where there is none, so that BETA's is refused alone; and what answers with nothing to do. */
const MAKES = ["saveInventoryItem", "suggestRebalancing"];
test("what is BETA's is refused like what is not there, and stays as it is", async () => {
  await untilSold();
  const before = await stateOfBeta();
  const told: unknown[] = [];
  for (const name of Object.keys(WRITES).filter((one) => !MAKES.includes(one))) {
    const [theirs, absent] = [await refusalOf(name, beta), await refusalOf(name, none)];
    if (theirs.length === 0 || theirs.join() !== absent.join()) told.push({ name, theirs, absent });
  }
  expect(told).toEqual([]);
  expect(await refusalOf("saveInventoryItem", beta)).toHaveLength(1);
  await refusalOf("suggestRebalancing", beta);
  expect(await stateOfBeta()).toEqual(before);
});
