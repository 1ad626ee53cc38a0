/** What a caller may do. Enforced in the subgraphs, field by field (`@Needs`). */
export const SCOPES = [
  "schema:read",
  "catalog:read",
  "availability:read",
  "reservations:write",
  "orders:read",
  "orders:personal",
  "returns:write",
  "listings:write",
  "stock:control",
  "dispatch:read",
  "dispatch:write",
  "warehouse:read",
  "warehouse:write",
  "counts:approve",
  "finance:read",
  "finance:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** Roles bundle scopes; a key has one or more roles. */
export const ROLES = {
  storefront: ["catalog:read", "availability:read"],
  "order-system": ["catalog:read", "availability:read", "reservations:write", "orders:read", "orders:personal", "returns:write"],
  "warehouse-operator": ["catalog:read", "warehouse:read", "warehouse:write", "orders:read"],
  "warehouse-manager": ["catalog:read", "warehouse:read", "warehouse:write", "orders:read", "counts:approve"],
  dispatcher: ["catalog:read", "dispatch:read", "dispatch:write", "orders:read", "warehouse:read"],
  merchandiser: ["catalog:read", "availability:read", "listings:write", "stock:control"],
  finance: ["catalog:read", "finance:read", "finance:write", "warehouse:read"],
  developer: ["schema:read"],
  partner: ["schema:read", "catalog:read", "availability:read"],
  admin: [...SCOPES],
} as const satisfies Record<string, readonly Scope[]>;
export type Role = keyof typeof ROLES;
