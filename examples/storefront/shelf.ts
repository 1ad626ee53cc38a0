import { graphql } from "./gql";
import type { AvailabilityStatus, ShelfQuery } from "./gql/graphql";

const SHELF = graphql(`
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
`);

/** What a product page says of an item. `isSure`: false while the figures may be older than a second, or are not to be had. */
export interface Offer {
  sku: string;
  name: string;
  label: string;
  isSure: boolean;
}

export interface Shop {
  url: string;
  /** A key of role storefront. It is sent by the shop's server, never by the buyer's browser. */
  key: string;
  channel: string;
}

const LABELS: Record<AvailabilityStatus, string> = {
  IN_STOCK: "In stock",
  LOW_STOCK: "Only a few left",
  PREORDER: "Pre-order",
  BACKORDER: "Ships later",
  OUT_OF_STOCK: "Sold out",
  UNLISTED: "Not for sale",
};
const MOST_SKUS = 200;
const MOST_TRIES = 3;

/** The offers of a page, asked for at once, however many items it shows. */
export async function shelf(shop: Shop, skus: string[]): Promise<Offer[]> {
  const pages = Array.from({ length: Math.ceil(skus.length / MOST_SKUS) }, (_, i) => skus.slice(i * MOST_SKUS, (i + 1) * MOST_SKUS));
  const found = await Promise.all(pages.map((page) => ask(shop, page)));
  return found.flat().map(offerOf);
}

type Line = NonNullable<ShelfQuery["availability"]>[number];

const offerOf = ({ item, status, stale }: Line): Offer => ({
  sku: item.sku,
  name: item.name ?? item.sku,
  label: LABELS[status],
  isSure: !stale,
});

/**
 * Asks again when Strata says when: RATE_LIMITED and OVERLOADED come with Retry-After. A page that has to be shown shows
 * nothing sure rather than wait for long.
 */
async function ask(shop: Shop, skus: string[]): Promise<Line[]> {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(shop.url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": shop.key },
      body: JSON.stringify({ query: SHELF.toString(), variables: { channel: shop.channel, skus } }),
      signal: AbortSignal.timeout(2_000),
    });
    const { data, errors } = (await answer.json()) as { data?: ShelfQuery; errors?: { message: string; extensions: { code: string } }[] };
    if (data?.availability) return data.availability;
    const waitSeconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
    const code = errors?.[0]?.extensions.code ?? `HTTP ${answer.status}`;
    if (Number.isNaN(waitSeconds) || tries === MOST_TRIES) throw new Error(`${code}: ${errors?.[0]?.message ?? "no answer"}`);
    await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1_000));
  }
}
