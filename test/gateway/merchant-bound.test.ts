import { DISPATCH_MERCHANTS } from "../../services/dispatch/merchants";
import { SALES_MERCHANTS } from "../../services/sales/merchants";
import { WAREHOUSE_MERCHANTS } from "../../services/warehouse/merchants";
import { boundKey, makeGoods, makeHouse, type Goods } from "../support/two-merchants";
import { startWorld, type World } from "../support/world";

/**
 * Two merchants in one house, one client, the same rights: what a key bound to ACME is shown and may touch of BETA's goods
 * (probes 20, 22, 27). Both keys belong to one client, so that the merchant alone keeps them apart. BETA's units cannot be mistaken.
 */
const UNITS = { ACME: 40, BETA: 1_000_003 };
let world: World;
let acme: Goods;
let beta: Goods;
beforeAll(async () => {
  world = await startWorld();
  await makeHouse(world);
  acme = await makeGoods(world, "ACME", UNITS.ACME, "2.00", "4006381333931");
  beta = await makeGoods(world, "BETA", UNITS.BETA, "13.37", "4012345678901");
});
afterAll(() => world?.close());

const ITEM = "item { sku name listings { nodes { channel { code } } } virtualStock { available } onHand stock { nodes { quantity } } }";
const LINES = `lines { ${ITEM} }`;
/** Each own query with the keys of the goods that are named; its answer says whose they are. */
const QUERIES: Record<string, (of: Goods) => string> = {
  availability: ({ merchant }) => `availability(channel: "web", skus: ["${merchant}-A"]) { status quantity incoming ${ITEM} }`,
  availabilityChanges: () => `availabilityChanges(channel: "web", first: 10) { nodes { quantity ${ITEM} } }`,
  inventoryItem: ({ merchant }) =>
    `inventoryItem(sku: "${merchant}-A") { sku name onHand unitCost { amount } virtualStock { onHand entries { nodes { reference } } } positions { onHand } movements { nodes { id } } availability(channel: "web") { quantity } }`,
  order: ({ merchant }) =>
    `order(orderRef: "${merchant}-O1") { orderRef reservations { id } fulfillments { id } returns { id } shipments { id } movements { id } process { reference } }`,
  reservation: ({ ids }) => `reservation(id: "${ids.held}") { id ${LINES} }`,
  reservations: () => `reservations(first: 10) { nodes { id order { orderRef } ${LINES} } }`,
  fulfillmentOrder: ({ ids }) => `fulfillmentOrder(id: "${ids.fulfillment}") { id order { orderRef } ${LINES} }`,
  fulfillmentOrders: () => `fulfillmentOrders(first: 10) { nodes { id order { orderRef } ${LINES} } }`,
  orderEvents: () => `orderEvents(first: 100) { nodes { order { orderRef } lines { item { sku } } } }`,
  returnOrder: ({ ids }) => `returnOrder(id: "${ids.returned}") { id ${LINES} }`,
  returnOrders: () => `returnOrders(first: 10) { nodes { id ${LINES} } }`,
  stockPositions: () => `stockPositions(first: 10) { nodes { onHand ${ITEM} } }`,
  transferOrder: ({ ids }) => `transferOrder(id: "${ids.transfer}") { id ${LINES} }`,
  transferOrders: () => `transferOrders(first: 10) { nodes { id ${LINES} } }`,
  webhooks: () => `webhooks(first: 10) { nodes { id url } }`,
  countSchedules: () => `countSchedules(first: 10) { nodes { id } }`,
  importBatch: ({ ids }) => `importBatch(id: "${ids.batch}") { id total }`,
  inboundShipment: ({ ids }) => `inboundShipment(id: "${ids.inbound}") { id document { number } ${LINES} }`,
  inboundShipments: () => `inboundShipments(first: 10) { nodes { id document { number } ${LINES} } }`,
  inventoryItems: () => `inventoryItems(first: 10) { nodes { sku name onHand merchant { code } } }`,
  inventoryValuation: () => `inventoryValuation { total { amount } lines { nodes { quantity value { amount } item { sku } } } }`,
  itemByBarcode: ({ merchant }) => `itemByBarcode(gtin: "${merchant === "ACME" ? "4006381333931" : "4012345678901"}") { sku name }`,
  journalEntries: () => `journalEntries(first: 100) { nodes { id lines { item { sku } merchant { code } debit { amount } } } }`,
  lot: ({ merchant }) => `lot(sku: "${merchant}-L", code: "${merchant}-LOT") { code stock { quantity } movements { nodes { id } } }`,
  merchants: () => `merchants { code name }`,
  movement: ({ ids }) => `movement(id: "${ids.movement}") { id document { number } lines { quantity item { sku } } }`,
  movements: () => `movements(first: 100) { nodes { id document { number } lines { quantity item { sku } } } }`,
  openItems: () => `openItems(account: "2100") { quantity document { number } amount { amount } }`,
  outboundShipment: ({ ids }) => `outboundShipment(id: "${ids.shipment}") { id order { orderRef } ${LINES} }`,
  outboundShipments: () => `outboundShipments(first: 10) { nodes { id order { orderRef } ${LINES} } }`,
  pickingList: () => `pickingList(warehouse: "T1") { picks { shipmentId item { sku } } }`,
  pledgeStatement: () => `pledgeStatement(pledge: "BANK") { total { amount } lines { nodes { item { sku } } } }`,
  serial: ({ merchant }) => `serial(sku: "${merchant}-S", serial: "${merchant}-SERIAL") { serial movements { nodes { id } } }`,
  stockAsOf: () => `stockAsOf(at: "${new Date().toISOString()}", first: 10) { nodes { quantity item { sku } } }`,
  stockCount: ({ ids }) => `stockCount(id: "${ids.count}") { id }`,
  stockCounts: () => `stockCounts(first: 10) { nodes { id } }`,
  trialBalance: () =>
    `trialBalance(period: "${new Date().toISOString().slice(0, 7)}") { account { code } debit { amount } credit { amount } }`,
};
/** What of a container of the house is of merchants. */
const INSIDE = {
  "Channel.listings": `channel(code: "web") { listings { nodes { item { sku } } } }`,
  "Warehouse.stock": `warehouse(code: "T1") { stock(first: 10) { nodes { quantity item { sku } } } }`,
  "Warehouse.positions": `warehouse(code: "T1") { positions(first: 10) { nodes { onHand item { sku } } } }`,
};

const MARKS = [SALES_MERCHANTS, DISPATCH_MERCHANTS, WAREHOUSE_MERCHANTS];
const own = (root: string): string[] =>
  MARKS.flatMap((marks) => marks.own)
    .filter((name) => name.startsWith(`${root}.`))
    .map((name) => name.slice(root.length + 1))
    .sort();

async function shown(query: string, key: string): Promise<string> {
  const { body } = await world.gql(`{ answer: ${query} }`, {}, { key });
  if (body.errors) throw new Error(`${query}: ${JSON.stringify(body.errors)}`);
  return JSON.stringify(body.data.answer);
}
/** Anything in an answer that is BETA's: a name, an id, or a figure that its units are part of. */
const ofBeta = (text: string): string[] =>
  ["BETA", String(UNITS.BETA), "1337", "13.37", "100000", ...Object.values(beta.ids)].filter((mark) => text.includes(mark));

test("every query that is marked as filtered is asked here", () => {
  expect(Object.keys(QUERIES).sort()).toEqual(own("Query"));
});

test.each(Object.entries(QUERIES))("%s shows ACME its own, and of BETA nothing", async (name, query) => {
  const mine = await shown(query(acme), acme.key);
  expect(ofBeta(mine)).toEqual([]);
  if (name !== "pledgeStatement") expect(mine).not.toMatch(/^(null|\[\]|\{"nodes":\[\]\})$/);
  const theirs = await shown(query(beta), acme.key);
  const echoed = name === "availability" ? theirs.replace('"sku":"BETA-A"', "") : theirs;
  expect(ofBeta(echoed)).toEqual([]);
  if (name === "availability") expect(theirs).toContain('{"status":"UNLISTED","quantity":0,"incoming":0');
});

test.each(Object.entries(INSIDE))("%s shows ACME its own alone", async (_, query) => {
  const text = await shown(query, acme.key);
  expect(text).toContain("ACME-A");
  expect(ofBeta(text)).toEqual([]);
  expect(ofBeta(await shown(query, world.adminKey))).not.toEqual([]);
});

test("sums are of ACME's goods alone", async () => {
  const { body } = await world.gql(
    "{ inventoryValuation { total { amount } lines(first: 10) { nodes { value { amount } } } } }",
    {},
    { key: acme.key },
  );
  const { total, lines } = body.data.inventoryValuation;
  const sum = lines.nodes.reduce((units: number, line: { value: { amount: string } }) => units + Number(line.value.amount), 0);
  expect(Number(total[0].amount)).toBe(sum);
  expect(sum).toBeLessThan(200);
});

test("a merchant that has nothing is shown nothing", async () => {
  const nobody = await boundKey(world, "NOBODY");
  for (const query of Object.values(QUERIES)) {
    const text = await shown(query(acme), nobody);
    expect(text.replace('"sku":"ACME-A"', "")).not.toMatch(/ACME/);
  }
});
