import type { RequestContext } from "../../../shared/graphql/context";
import { ownNamespace } from "../../../shared/identity/caller";

/** What this caller may see: its own client's and merchant's; undefined: all. What it may not see is as absent. */
export interface Visible {
  client?: string;
  merchant?: string;
}

export const visibleTo = ({ caller }: RequestContext): Visible => ({ client: ownNamespace(caller), merchant: caller.merchant });
