import { ApolloGateway, type GatewayConfig } from "@apollo/gateway";
import type { ApolloServerOptionsWithGateway, BaseContext } from "@apollo/server";
import { GraphQLError, Kind, type DocumentNode, type ExecutionResult } from "graphql";
import type { LayerName } from "../shared/db/database";
import { introspects } from "./limits";
import type { Fetch, LayerSource } from "./sources";

type Gateway = ApolloServerOptionsWithGateway<BaseContext>["gateway"];
type Executor = NonNullable<Awaited<ReturnType<Gateway["load"]>>["executor"]>;
type Request = Parameters<Executor>[0];

/**
 * Apollo's gateway, with one way past it: an operation whose plan is a single question to one layer in this process is put
 * to that layer as the client wrote it. Its answer is the answer, so nothing is coerced, merged and shaped a second time
 * (decision 21). What is planned, and that a layer alone suffices, is Apollo's to say.
 */
export class WholeOperations implements Gateway {
  private readonly gateway: ApolloGateway;
  /** By document; Apollo keeps one for each text that it has parsed and checked. */
  private readonly alone = new WeakMap<DocumentNode, LayerSource>();

  constructor(config: GatewayConfig, sources: Record<LayerName, LayerSource>) {
    this.gateway = new ApolloGateway({
      ...config,
      experimental_didResolveQueryPlan: ({ queryPlan: { node }, requestContext: { document } }) => {
        if (node?.kind !== "Fetch" || node.requires || !isOneOperation(document) || introspects(document)) return;
        const source = sources[node.serviceName as LayerName];
        if (source.understands(document)) this.alone.set(document, source);
      },
    } as GatewayConfig);
  }

  async load(options: Parameters<Gateway["load"]>[0]): ReturnType<Gateway["load"]> {
    const { executor } = await this.gateway.load(options);
    return { executor: async (request) => (await this.whole(request)) ?? executor(request) };
  }

  onSchemaLoadOrUpdate: Gateway["onSchemaLoadOrUpdate"] = (callback) => this.gateway.onSchemaLoadOrUpdate(callback);
  stop = (): Promise<void> => this.gateway.stop();

  /** Nothing when the operation needs a plan, or its variables do not fit: then it was not begun, and Apollo says why. */
  private async whole(incomingRequestContext: Request): Promise<ExecutionResult | undefined> {
    const { document, request, context } = incomingRequestContext;
    const source = this.alone.get(document);
    if (!source) return undefined;
    const { data, errors } = await source.process({ document, request, context, incomingRequestContext } as unknown as Fetch);
    if (data === undefined && errors?.every(({ path }) => !path)) return undefined;
    return {
      ...(data !== undefined && { data }),
      ...(errors && { errors: errors.map(({ message, path, extensions }) => new GraphQLError(message, { path, extensions })) }),
    };
  }
}

const isOneOperation = ({ definitions }: DocumentNode): boolean =>
  definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
