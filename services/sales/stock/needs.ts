import type { KeyedCall } from "../../../shared/db/idempotency";
import type { Reader } from "../../../shared/db/database";
import { readLines } from "./stock.sql";
import type { StockKey } from "./virtual-stock";

/** What one command wants the batch to lock and read for it. */
export interface BatchNeeds {
  headers?: StockKey[];
  reservationIds?: string[];
  /** Of reservations that are named too. */
  cancellationIds?: string[];
  listings?: { channel: string; skus: string[] };
  orderRef?: string;
  /** Of what is frozen here, how much is set aside for moves of warehouses. */
  setAside?: StockKey;
  /** Whose earlier units count, where a listing limits them. */
  customer?: string;
  call?: KeyedCall;
}

/** The headers that each wants. Reservation lines never change their item or pool, so they name them before anything is locked. */
export async function headersOf(reader: Reader, needs: BatchNeeds[]): Promise<Map<BatchNeeds, StockKey[]>> {
  const ofReservation = new Map<string, StockKey[]>();
  for (const line of await orNone(unique(needs.flatMap((need) => need.reservationIds ?? [])), (ids) => readLines(reader, ids)))
    ofReservation.set(line.reservation_id, [...(ofReservation.get(line.reservation_id) ?? []), { pool: line.pool_code, sku: line.sku }]);
  const named = (need: BatchNeeds) => (need.reservationIds ?? []).flatMap((id) => ofReservation.get(id) ?? []);
  return new Map(needs.map((need) => [need, [...(need.headers ?? []), ...named(need)]]));
}

export const unique = (values: string[]): string[] => [...new Set(values)];

export const orNone = async <T, R>(values: T[], read: (values: T[]) => Promise<R[]>): Promise<R[]> =>
  values.length > 0 ? read(values) : [];
