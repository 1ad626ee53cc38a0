import type { RequestContext } from "../../shared/graphql/context";
import { ownNamespace } from "../../shared/identity/caller";

/** What of orders, shipments and movements this caller may see: its own client's and merchant's, undefined: all. */
export interface Visible {
  client?: string;
  merchant?: string;
}

export const visibleTo = ({ caller }: RequestContext): Visible => ({ client: ownNamespace(caller), merchant: caller.merchant });

export const maySee = ({ client, merchant }: Visible, row: { client: string; merchant: string }): boolean =>
  (client === undefined || row.client === client) && (merchant === undefined || row.merchant === merchant);
