import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SupergraphManager } from "@apollo/gateway";
import { ApolloServer, type ApolloServerPlugin, type BaseContext, type GraphQLRequestContext } from "@apollo/server";
import { OperationTypeNode, parse, type DocumentNode } from "graphql";
import type { LayerName } from "../shared/db/database";
import { POSITION_HEADER, positionToken } from "../shared/identity/position";
import type { Log } from "../shared/log";
import { projectRoot } from "../shared/root";
import { apolloLogger, nothingBesides } from "./apollo";
import { tell } from "./endpoint";
import { refused } from "./http";
import { brokenLimit, introspects, LIMITS } from "./limits";
import { publicError } from "./masking";
import { countRequest, errorsIn } from "./metrics";
import type { GatewayContext, LayerSource } from "./sources";
import { spendingRules, type Spending } from "./spending";
import { WholeOperations } from "./whole";

export const supergraphPath = join(projectRoot, "gateway", "supergraph.graphql");

export interface GatewayOptions {
  sources: Record<LayerName, LayerSource>;
  positionKey: Buffer;
  log: Log;
  plugins?: ApolloServerPlugin<BaseContext>[];
  /** Its text, or where it comes from; Strata's own, where none is given. */
  supergraphSdl?: string | SupergraphManager;
  /** Absent: nobody's budget is counted. */
  spending?: Spending;
}

type Context = GatewayContext & Record<string, unknown>;

/** The gateway: Apollo's planner over our own sources. Apollo keeps at most 30 MiB of parsed documents and 50 MiB of plans. */
export async function createGateway({
  sources,
  positionKey,
  log,
  plugins = [],
  supergraphSdl,
  spending,
}: GatewayOptions): Promise<ApolloServer<Context>> {
  const logger = apolloLogger(log);
  const gateway = new WholeOperations(
    {
      supergraphSdl: supergraphSdl ?? readFileSync(supergraphPath, "utf8"),
      buildService: ({ name }) => {
        if (!(name in sources)) throw new Error(`The supergraph names a subgraph that there is not: ${name}`);
        return sources[name as LayerName];
      },
      queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
      __exposeQueryPlanExperimental: false,
      logger,
    },
    sources,
  );
  const requestIds = new WeakMap<object, string>();
  const server = new ApolloServer<Context>({
    gateway,
    logger,
    introspection: true, // Asked of the caller's scopes, request by request, below.
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    validationOptions: { maxErrors: 5 },
    formatError: (shown, error) => publicError(shown, error, requestIds.get(error as object), log),
    plugins: [...plugins, ...nothingBesides(), requestRules(positionKey, requestIds), spendingRules(spending)],
  });
  await server.start();
  return server;
}

/** What stands for a document over the limits, so that it is neither validated nor planned; it is stored as any other. */
const rejected = new WeakMap<DocumentNode, string>();

function requestRules(positionKey: Buffer, requestIds: WeakMap<object, string>): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async parsingDidStart(request) {
          return async () => limit(request);
        },
        async didResolveOperation({ document, operation, schema, contextValue }) {
          const reason = rejected.get(document);
          if (reason) throw refused(400, "GRAPHQL_VALIDATION_FAILED", reason);
          if (!operation) throw refused(400, "GRAPHQL_VALIDATION_FAILED", "operationName has to name one of the document's operations");
          // graphql-js validates nothing below a root that the schema has not.
          if (!schema.getRootType(operation.operation))
            throw refused(400, "GRAPHQL_VALIDATION_FAILED", `There are no ${operation.operation}s here`);
          if (asksForSchema(document) && !contextValue.caller.scopes.has("schema:read"))
            throw refused(403, "FORBIDDEN", "Reading the schema needs the scope schema:read");
        },
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) requestIds.set(error, contextValue.requestId);
        },
        async willSendResponse({ contextValue, response, operation, operationName }) {
          const { caller, wrote, after, startedAt } = contextValue;
          if (operation?.operation === OperationTypeNode.MUTATION) {
            const positions = { ...after, ...wrote };
            if (Object.keys(positions).length > 0) response.http.headers.set(POSITION_HEADER, positionToken(positionKey, positions));
          }
          const type = operation?.operation;
          const code = countRequest({ type, operation: operationName, client: caller.client, startedAt, errors: errorsIn(response) });
          tell(contextValue, type, operationName, code);
        },
      };
    },
  };
}

/** Validation compares fields in pairs, so a document is measured before. */
function limit(request: GraphQLRequestContext<Context>): void {
  const reason = request.document && brokenLimit(request.document);
  if (!reason) return;
  const stand = parse("{ __typename }", { noLocation: true });
  rejected.set(stand, reason);
  (request as { document: DocumentNode }).document = stand;
}

const schemaAsked = new WeakMap<DocumentNode, boolean>();

function asksForSchema(document: DocumentNode): boolean {
  let asks = schemaAsked.get(document);
  if (asks === undefined) schemaAsked.set(document, (asks = introspects(document)));
  return asks;
}
