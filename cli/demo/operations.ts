import type { Operation } from "./call";

const ERRORS = "userErrors { code message field retryAfterMs }";

const one = (name: string, inputType: string, selection: string): Operation => ({
  name,
  query: `mutation ${capital(name)}($input: ${inputType}!) { ${name}(input: $input) { ${selection} ${ERRORS} } }`,
});
const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

// Setting up
export const saveItem = one("saveInventoryItem", "SaveInventoryItemInput", "item { sku }");
export const saveWarehouse = one("saveWarehouse", "SaveWarehouseInput", "warehouse { code }");
export const saveStockPool = one("saveStockPool", "SaveStockPoolInput", "pool { code }");
export const saveChannel = one("saveChannel", "SaveChannelInput", "channel { code }");
export const saveSourcingRule = one("saveSourcingRule", "SaveSourcingRuleInput", "rule { strategy }");
export const postMovement = one("postMovement", "PostMovementInput", "movement { id }");
export const saveListings: Operation = {
  name: "saveListings",
  query: `mutation SaveListings($inputs: [SaveListingInput!]!) { saveListings(inputs: $inputs) { listing { status } ${ERRORS} } }`,
};
/** Several items a request, as $i0, $i1 … */
export const saveInventoryItems = (count: number): Operation => {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const fields = numbers.map((i) => `i${i}: saveInventoryItem(input: $i${i}) { item { sku } ${ERRORS} }`);
  return {
    name: "saveInventoryItem",
    query: `mutation SaveInventoryItems(${numbers.map((i) => `$i${i}: SaveInventoryItemInput!`).join(", ")}) { ${fields.join(" ")} }`,
  };
};

// The order's way
export const reserveStock = one(
  "reserveStock",
  "ReserveStockInput",
  "reservation { id status } shortages { item { sku } requested available }",
);
export const confirmReservation = one(
  "confirmReservation",
  "ConfirmReservationInput",
  "reservation { id status } shortages { item { sku } requested available }",
);
export const orderState: Operation = {
  name: "order",
  query: `query OrderState($orderRef: ID!) {
    order(orderRef: $orderRef) {
      orderRef
      fulfillments { id status unsourcedBecause lines { item { sku } quantity backordered } }
      shipments { id status lines { item { sku } quantity } }
    }
  }`,
};
const OUTBOUND = "outbound { id status }";
export const startPicking = one("startPicking", "ShipmentActionInput", OUTBOUND);
export const recordPick = one("recordPick", "RecordPickInput", OUTBOUND);
export const packShipment = one("packShipment", "ShipmentActionInput", OUTBOUND);
export const shipShipment = one("shipShipment", "ShipShipmentInput", OUTBOUND);
export const reportDelivery = one("reportDelivery", "ReportDeliveryInput", OUTBOUND);

// What comes after
const looked = (name: string, selection: string): Operation => ({
  name,
  query: `query ${capital(name)}($id: ID!) { ${name}(id: $id) { ${selection} } }`,
});
export const requestReturn = one("requestReturn", "RequestReturnInput", "return { id status }");
export const returnState = looked("returnOrder", "status inbound { id status }");
export const createTransfer = one("createTransfer", "CreateTransferInput", "transfer { id status }");
export const releaseTransfer = one("releaseTransfer", "TransferActionInput", "transfer { id status }");
export const cancelTransfer = one("cancelTransfer", "TransferActionInput", "transfer { id status }");
export const transferState = looked("transferOrder", "status outbound { id status lines { item { sku } quantity } } inbound { id status }");
export const receiveInbound = one("receiveInbound", "ReceiveInboundInput", "inbound { id status }");
export const positionsOf: Operation = {
  name: "stockPositions",
  query: "query Positions($skus: [ID!]!) { stockPositions(skus: $skus) { nodes { warehouse { code } free } } }",
};

// Figures
export const availability: Operation = {
  name: "availability",
  query: "query Availability($channel: ID!, $skus: [ID!]!) { availability(channel: $channel, skus: $skus) { item { sku } quantity } }",
};
/** What the warehouse has and what sales has heard of it, warehouse by warehouse as $w0, $w1 … */
export const stockInBothLayers = (warehouses: number): Operation => {
  const numbers = Array.from({ length: warehouses }, (_, i) => i);
  return {
    name: "inventoryItem",
    query: `query StockInBothLayers($sku: ID!, $pool: ID!, ${numbers.map((i) => `$w${i}: ID!`).join(", ")}) {
      inventoryItem(sku: $sku) { virtualStock(pool: $pool) { onHand } ${numbers.map((i) => `w${i}: onHand(warehouse: $w${i})`).join(" ")} }
    }`,
  };
};
export const books: Operation = {
  name: "books",
  query: `query Books($period: ID!) {
    inventoryValuation { total { amount currency } }
    trialBalance(period: $period) { debit { amount currency } credit { amount currency } }
  }`,
};
