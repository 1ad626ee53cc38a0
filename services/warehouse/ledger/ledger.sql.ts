import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { sixPlaces } from "../../../shared/units/decimal";
import type { DecidedPosting } from "./decide-posting";
import type { Stock } from "./stock";

export type NumberedPosting = DecidedPosting & { id: string };

export const insertMovements = (tx: Tx, stock: Stock, postings: NumberedPosting[]): Promise<void> => {
  const rows = postings.map((posting) => ({
    id: posting.id,
    type: posting.type,
    warehouse: stock.warehouse.code,
    client: posting.client,
    merchant: posting.merchant,
    occurred_at: posting.occurredAt,
    posted_at: stock.now,
    posted_by: posting.postedBy,
    reason: posting.reason,
    reason_code: posting.reasonCode ?? "",
    supplier: posting.supplier,
    account: posting.account,
    document_type: posting.document?.type,
    document_number: posting.document?.number,
    document_line: posting.document?.line,
    order_ref: posting.orderRef,
    shipment_id: posting.shipmentId,
    inbound_id: posting.inboundId,
    count_id: posting.countId,
    of_movement: posting.ofMovement,
    reversal_of: posting.reversalOf,
  }));
  return insertRows(tx, "movement", rows, Object.keys(rows[0]) as (keyof (typeof rows)[0])[]);
};

export async function insertMovementLines(tx: Tx, stock: Stock, postings: NumberedPosting[]): Promise<void> {
  const rows = postings.flatMap(({ id, lines, occurredAt }) =>
    lines.map((line, i) => ({
      warehouse: stock.warehouse.code,
      sku: line.sku,
      seq: line.seq,
      movement_id: id,
      line_no: i + 1,
      location: line.location,
      lot: line.lot,
      status: line.status,
      pledge: line.pledge,
      quantity: line.units,
      unit_cost: line.cost && sixPlaces(line.cost),
      value: sixPlaces(line.value),
      worth: line.counter.eq(line.value) ? null : sixPlaces(line.counter),
      balance_after: line.balanceAfter,
      occurred_at: occurredAt,
    })),
  );
  // A closed work order moves value beside stock: no lines.
  if (rows.length > 0) await insertRows(tx, "movement_line", rows, Object.keys(rows[0]) as (keyof (typeof rows)[0])[]);
}
