import { decidePosting, type PostingLine } from "./decide-posting";
import { isOutOfDate, lotKey, type Stock } from "./stock";

/**
 * Books the lots that have passed their day: their AVAILABLE units become EXPIRED, in memory, to be written with whatever is
 * posted next. So nothing is decided from units that are past it, whether or not the sweeper has been there.
 */
export function bookExpiries(stock: Stock): void {
  const lines = [...stock.balances.values()]
    .filter(({ sku, lot, status }) => status === "AVAILABLE" && lot !== "" && isOutOfDate(stock, stock.lots.get(lotKey(sku, lot))!))
    .filter(({ quantity, allocated }) => quantity > allocated)
    .flatMap(({ quantity, allocated, sku, location, lot, pledge }): PostingLine[] => {
      const units = quantity - allocated;
      return [
        { sku, location, lot, pledge, status: "AVAILABLE", units: -units },
        { sku, location, lot, pledge, status: "EXPIRED", units },
      ];
    });
  if (lines.length === 0) return;
  const occurredAt = stock.now;
  stock.due.push(
    decidePosting(stock, { type: "STATUS_CHANGE", lines, occurredAt, postedBy: "expiry", client: "", reason: "Past its day." }),
  );
}
