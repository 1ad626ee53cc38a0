import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";

/** The read benchmark's query, for Strata and for the constants alike. */
export const AVAILABILITY_QUERY = `query Availability($channel: ID!, $skus: [ID!]!) {
  availability(channel: $channel, skus: $skus) { item { sku } channel { code } status quantity incoming expectedAt asOf stale }
}`;

const SCHEMA = `
  type Query { availability(channel: ID!, skus: [ID!]!): [Availability!] }
  type Availability {
    item: InventoryItem!  channel: Channel!  status: AvailabilityStatus!  quantity: Int!  incoming: Int!
    expectedAt: String  asOf: String!  stale: Boolean!
  }
  type InventoryItem { sku: ID! }
  type Channel { code: ID! }
  enum AvailabilityStatus { IN_STOCK LOW_STOCK OUT_OF_STOCK PREORDER BACKORDER UNLISTED }
`;

/** An Apollo server that knows nothing and asks nobody: the ceiling for reading availability with this stack. */
export async function startConstants(): Promise<{ url: string; close(): Promise<void> }> {
  const asOf = new Date(0).toISOString();
  const constant = (sku: string, channel: string) => ({
    item: { sku },
    channel: { code: channel },
    status: "IN_STOCK",
    quantity: 100,
    incoming: 0,
    expectedAt: null,
    asOf,
    stale: false,
  });
  const apollo = new ApolloServer({
    typeDefs: SCHEMA,
    resolvers: {
      Query: {
        availability: (_: unknown, { channel, skus }: { channel: string; skus: string[] }) => skus.map((sku) => constant(sku, channel)),
      },
    },
    nodeEnv: "production",
  });
  await apollo.start();
  const app = express();
  app.use("/graphql", express.json(), expressMiddleware(apollo));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await apollo.stop();
    },
  };
}
