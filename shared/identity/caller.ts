import { ROLES, type Scope } from "./scopes";

/** Who calls: a named system with a namespace of its own. */
export interface Caller {
  /** The client's name: the namespace of its orders and idempotency keys. */
  client: string;
  scopes: ReadonlySet<Scope>;
  /** When set, the caller sees and touches only this merchant's items. */
  merchant?: string;
  /** At the gateway: points a minute, instead of the installation's budget. */
  budget?: number;
  /** At the gateway: it runs the documents registered for its client, and no others. */
  registeredOnly?: boolean;
  /** When set, the caller is a partner's and opens no more: what is outside the partner contract does not exist for it. */
  partner?: true;
}

/** What is said of a caller that has the role of a partner and no scope beyond it. */
export const asPartner = (roles: readonly string[], scopes: ReadonlySet<Scope>): Pick<Caller, "partner"> =>
  roles.includes("partner") && [...scopes].every((scope) => (ROLES.partner as readonly Scope[]).includes(scope)) ? { partner: true } : {};

/** A caller without a view over the whole house sees and touches only its own namespace's orders. */
export const seesAllClients = ({ scopes }: Caller): boolean =>
  scopes.has("dispatch:read") || scopes.has("warehouse:read") || scopes.has("finance:read");

/** The namespace that a caller's order queries are limited to; undefined: all. */
export const ownNamespace = (caller: Caller): string | undefined => (seesAllClients(caller) ? undefined : caller.client);
