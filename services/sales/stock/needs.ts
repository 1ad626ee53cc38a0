import type { KeyedCall } from "../../../shared/db/idempotency";
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
