import type { ApolloServer, BaseContext } from "@apollo/server";
import type { Engine } from "./endpoint";

/** An engine that is made when it is first asked, and made anew when that failed: most installations have no partners. */
export function onDemand<Context extends BaseContext>(
  make: () => Promise<ApolloServer<Context>>,
): Engine<Context> & { stop(): Promise<void> } {
  let made: Promise<ApolloServer<Context>> | undefined;
  const engine = () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
  return {
    executeHTTPGraphQLRequest: async (request) => (await engine()).executeHTTPGraphQLRequest(request),
    stop: async () => (await made)?.stop(),
  };
}
