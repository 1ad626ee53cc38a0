import { newId } from "../shared/ids";
import { dataOrThrow, type ShopClient, type Trail } from "../cli/demo/client";
import { ADMIN } from "./clients";
import type { GatewayServer } from "./strata";
import type { Positions } from "../shared/graphql/context";

/** The gateway in this process as a client with every scope: for the sample shop, before anybody else is served. */
export function gatewayClient(gateway: GatewayServer): ShopClient {
  const positions = new Map<string, Positions>();
  return {
    async mutate(query, variables, trail: Trail = {}) {
      const after = positions.get(trail.position ?? "") ?? {};
      const contextValue = {
        caller: ADMIN,
        requestId: newId(),
        after,
        settle: trail.position !== undefined,
        wrote: {},
        startedAt: performance.now(),
      };
      const { body } = await gateway.executeOperation({ query, variables }, { contextValue });
      if (body.kind !== "single") throw new Error("answers are not delivered in parts");
      if (Object.keys(contextValue.wrote).length > 0)
        positions.set((trail.position = contextValue.requestId), { ...after, ...contextValue.wrote });
      return dataOrThrow(body.singleResult as Parameters<typeof dataOrThrow>[0]);
    },
  };
}
