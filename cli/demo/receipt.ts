import { createHash } from "node:crypto";

/**
 * A purchase as it comes in, straight to storage. The idempotency key is made of the content, so that the same purchase
 * comes in once however often it is sent, and a changed one is another.
 */
export function purchaseReceipt(warehouse: string, number: string, lines: { sku: string; quantity: number; unitCost: string }[]) {
  const receipt = {
    type: "PURCHASE_RECEIPT",
    warehouse,
    document: { type: "PURCHASE_ORDER", number },
    lines: lines.map((line) => ({ ...line, location: "STORAGE" })),
  };
  const hash = createHash("sha256").update(JSON.stringify(receipt)).digest("hex");
  return { input: { idempotencyKey: `demo:buy:${hash.slice(0, 32)}`, ...receipt } };
}
