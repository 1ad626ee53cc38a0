/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What a storefront may say of an item. */
export type AvailabilityStatus =
  /** Can be reserved with nothing on the way. */
  | 'BACKORDER'
  /** Can be reserved now. */
  | 'IN_STOCK'
  /** Can be reserved now; at or below the listing's lowStockThreshold. */
  | 'LOW_STOCK'
  /** Listed, but nothing can be reserved now. */
  | 'OUT_OF_STOCK'
  /** Can be reserved against incoming stock. */
  | 'PREORDER'
  /** Not on sale in this channel now. */
  | 'UNLISTED';

export type ShelfQueryVariables = Exact<{
  channel: string | number;
  skus: Array<string | number> | string | number;
}>;


export type ShelfQuery = { availability: Array<{ status: AvailabilityStatus, quantity: number, expectedAt: string | null, stale: boolean, item: { sku: string, name: string | null } }> | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ShelfDocument = new TypedDocumentString(`
    query Shelf($channel: ID!, $skus: [ID!]!) {
  availability(channel: $channel, skus: $skus) {
    item {
      sku
      name
    }
    status
    quantity
    expectedAt
    stale
  }
}
    `) as unknown as TypedDocumentString<ShelfQuery, ShelfQueryVariables>;