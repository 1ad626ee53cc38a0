import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent, InboundChanged } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import { readIncoming, saveIncoming, type IncomingRow } from "./incoming.sql";

const keyOf = (inboundId: string, sku: string): string => `${inboundId} ${sku}`;

/** What is still to come by the inbound shipments that a batch names; the positions' `inbound` is the sum of it. */
export class Incoming {
  private readonly rows = new Map<string, IncomingRow>();
  private readonly changed = new Set<IncomingRow>();

  private constructor(private readonly tx: Tx) {}

  static async read(tx: Tx, events: FeedEvent<InboundChanged>[]): Promise<Incoming> {
    const book = new Incoming(tx);
    for (const row of await readIncoming(tx, [...new Set(events.map(({ inboundId }) => inboundId))]))
      book.rows.set(keyOf(row.inbound_id, row.sku), row);
    return book;
  }

  /** The open rest is what the event says; sales is told of it as it stands. */
  change(desk: Desk, { inboundId, warehouse, lines, aggregates, client, merchant }: FeedEvent<InboundChanged>): void {
    for (const { sku, quantity, expectedAt } of lines) {
      const none = { inbound_id: inboundId, sku, warehouse_code: warehouse, units: 0, expected_at: null };
      const row = this.rows.get(keyOf(inboundId, sku)) ?? none;
      if (row.units !== quantity) desk.positions.post(warehouse, sku, "INBOUND", inboundId, { inbound: quantity - row.units });
      else desk.positions.raise(warehouse, sku);
      Object.assign(row, { units: quantity, expected_at: expectedAt === null ? null : new Date(expectedAt) });
      this.rows.set(keyOf(inboundId, sku), row);
      this.changed.add(row);
    }
    const named = desk.positions.aggregates(
      warehouse,
      lines.map(({ sku }) => sku),
    );
    const version = aggregates[`inbound:${inboundId}`];
    desk.tell({
      type: "IncomingChanged",
      document: inboundId,
      warehouse,
      lines,
      client,
      merchant,
      aggregates: { [`incoming:${inboundId}`]: version, ...named },
    });
  }

  save = (): Promise<void> => saveIncoming(this.tx, [...this.changed]);
}
