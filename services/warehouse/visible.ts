import type { RequestContext } from "../../shared/graphql/context";
import { ownNamespace } from "../../shared/identity/caller";
import { Fault } from "../../shared/refusal";

/** What of orders, shipments and movements this caller may see: its own client's and merchant's, undefined: all. */
export interface Visible {
  client?: string;
  merchant?: string;
}

export const visibleTo = ({ caller }: RequestContext): Visible => ({ client: ownNamespace(caller), merchant: caller.merchant });

export const maySee = ({ client, merchant }: Visible, row: { client: string; merchant: string }): boolean =>
  (client === undefined || row.client === client) && (merchant === undefined || row.merchant === merchant);

/** For what concerns all merchants at once: a caller bound to one has no part in it. */
export function wholeHouse({ caller }: RequestContext): void {
  if (caller.merchant !== undefined) throw new Fault("FORBIDDEN", "This needs a key that is not bound to a merchant.");
}
