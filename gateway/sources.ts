import type { GraphQLDataSource } from "@apollo/gateway";
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from "cockatiel";
import { execute, GraphQLError, Kind, OperationTypeNode, parse, validate, type DocumentNode } from "graphql";
import type { LayerName } from "../shared/db/database";
import type { Positions, RequestFacts } from "../shared/graphql/context";
import { signFacts, IDENTITY_HEADER } from "../shared/identity/signed";
import { readPositions, WROTE_HEADER } from "../shared/identity/position";
import type { Layer } from "../shared/layer";
import { described, type Log } from "../shared/log";
import { Fault } from "../shared/refusal";
import { spanned, tracing } from "../shared/trace";
import type { Line } from "./endpoint";
import { publicError } from "./masking";
import { countCall, layerBreaker } from "./metrics";
import type { Peer } from "../shared/flow/peer";

/** How long the gateway waits for a layer's part of an answer. */
export const DEADLINE_MS = 10_000;

/** One client's request at the gateway. */
export interface GatewayContext extends Omit<RequestFacts, "primary">, Line {
  /** What the layers have written for it so far. */
  wrote: Positions;
  startedAt: number;
  /** Whether the answer says what the operation cost. */
  showCost?: boolean;
  /** What is asked of other processes just now. */
  underWay?: Set<Deadline>;
}

export type Fetch = Parameters<GraphQLDataSource<GatewayContext & Record<string, unknown>>["process"]>[0];
type GatewayGraphQLResponse = Awaited<ReturnType<GraphQLDataSource["process"]>>;
type Answer = Pick<GatewayGraphQLResponse, "data" | "errors">;

/** What is to be given up when the time is over; an AbortController would cost 3 % of a small request. */
export interface Deadline {
  abort?: () => void;
}

/** Where the gateway gets one layer's part of an answer from. It never asks twice: a mutation may have been carried out. */
export abstract class LayerSource implements GraphQLDataSource {
  constructor(
    protected readonly layer: LayerName,
    protected readonly log: Log,
    private readonly deadlineMs: number,
  ) {}

  async process(fetch: Fetch): Promise<GatewayGraphQLResponse> {
    if (!("incomingRequestContext" in fetch)) return { data: {} } as GatewayGraphQLResponse;
    const context = fetch.context as unknown as GatewayContext;
    const document = fetch.document ?? parse(fetch.request.query!);
    const primary = fetch.incomingRequestContext.operation?.operation === OperationTypeNode.MUTATION;
    const { caller, requestId, after, settle } = context;
    const startedAt = performance.now();
    try {
      const answer = await spanned(
        () => ({ name: `layer ${this.layer}`, kind: "client", attributes: { "strata.layer": this.layer, "strata.request_id": requestId } }),
        () =>
          this.guarded(() =>
            this.inTime((deadline) => this.ask(document, fetch.request, { caller, requestId, after, settle, primary }, context, deadline)),
          ),
      );
      countCall(this.layer, startedAt);
      return answer as GatewayGraphQLResponse;
    } catch (error) {
      countCall(this.layer, startedAt, error instanceof Fault ? error.faultCode : "INTERNAL");
      return { errors: this.missing(document, error, requestId) } as GatewayGraphQLResponse;
    }
  }

  /** Whether a client's own document may be put to the layer as it is. */
  understands(_: DocumentNode): boolean {
    return false;
  }

  /** Runs the work, or refuses at once where the layer is known to be away. */
  protected guarded<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  protected abstract ask(
    document: DocumentNode,
    request: Fetch["request"],
    facts: RequestFacts,
    context: GatewayContext,
    deadline: Deadline,
  ): Promise<Answer>;

  private async inTime<T>(work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline: Deadline = {};
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        deadline.abort?.();
        reject(new Fault("TIMEOUT", `The ${this.layer} layer did not answer in time. Ask again, a mutation with the same key.`));
      }, this.deadlineMs);
    });
    try {
      return await Promise.race([work(deadline), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One error for each field that is missing, so that a client sees which they are. */
  private missing(document: DocumentNode, error: unknown, requestId: string) {
    const shown = error instanceof GraphQLError ? error.toJSON() : { message: "" };
    const masked = publicError(shown, error, requestId, this.log);
    const fields = rootKeys(document);
    return fields.includes("_entities") ? [masked] : fields.map((field) => ({ ...masked, path: [field] }));
  }
}

const keysOf = new WeakMap<DocumentNode, string[]>();

function rootKeys(document: DocumentNode): string[] {
  let keys = keysOf.get(document);
  if (!keys) {
    const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    keys = operation!.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? [(node.alias ?? node.name).value] : []));
    keysOf.set(document, keys);
  }
  return keys;
}

/** A layer in this process. A plan's documents live as long as the plan, and each is validated once. */
export class LocalSource extends LayerSource {
  private readonly validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  constructor(
    private readonly local: Layer,
    log: Log,
    deadlineMs = DEADLINE_MS,
  ) {
    super(local.name, log, deadlineMs);
  }

  protected async ask(document: DocumentNode, request: Fetch["request"], facts: RequestFacts, context: GatewayContext): Promise<Answer> {
    const invalid = this.faultsOf(document);
    if (invalid.length > 0) return { errors: this.masked(invalid, facts) };
    const layerContext = this.local.context(facts);
    if (context.isGone) layerContext.isGone = context.isGone;
    const { data, errors } = await execute({
      schema: this.local.schema,
      document,
      variableValues: request.variables,
      operationName: request.operationName,
      contextValue: layerContext,
    });
    Object.assign(context.wrote, layerContext.wrote);
    return { data: data as Answer["data"], errors: errors && this.masked(errors, facts) };
  }

  override understands(document: DocumentNode): boolean {
    return this.faultsOf(document).length === 0;
  }

  private faultsOf(document: DocumentNode): readonly GraphQLError[] {
    let faults = this.validated.get(document);
    if (!faults) this.validated.set(document, (faults = validate(this.local.schema, document)));
    return faults;
  }

  private masked = (errors: readonly GraphQLError[], { requestId }: RequestFacts) =>
    errors.map((error) => ({ ...publicError(error.toJSON(), error, requestId, this.log), locations: undefined }));
}

/** So many questions in a row without an answer, and the layer is taken to be away. */
const MOST_FAILED = 10;
/** Then one question is put to it so often; until it is answered the others are refused at once, and nobody waits. */
const TRIED_AGAIN_MS = 500;

/** The caller gave up, not the layer. */
class CallerGone extends Fault {}

/** A layer in a process of its own. */
export class RemoteSource extends LayerSource {
  private readonly breaker = circuitBreaker(
    handleWhen((error) => error instanceof Fault && !(error instanceof CallerGone)),
    { halfOpenAfter: TRIED_AGAIN_MS, breaker: new ConsecutiveBreaker(MOST_FAILED) },
  );

  constructor(
    layer: LayerName,
    private readonly peer: Peer,
    private readonly key: Buffer,
    log: Log,
    deadlineMs = DEADLINE_MS,
  ) {
    super(layer, log, deadlineMs);
    layerBreaker.set({ layer }, 0);
    this.breaker.onStateChange((state) => {
      layerBreaker.set({ layer }, state === CircuitState.Closed ? 0 : 1);
      log.warn({ layer, state: CircuitState[state] }, "the breaker of a layer");
    });
  }

  protected override async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.breaker.state === CircuitState.HalfOpen) throw this.away();
    try {
      return await this.breaker.execute(work);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.away() : error;
    }
  }

  private away = () =>
    new Fault("UNAVAILABLE", `The ${this.layer} layer cannot be reached. Ask again, a mutation with the same key.`, {
      retryAfterMs: 1_000,
    });

  protected async ask(
    _: DocumentNode,
    { query, variables, operationName }: Fetch["request"],
    facts: RequestFacts,
    context: GatewayContext,
    deadline: Deadline,
  ): Promise<Answer> {
    const body = JSON.stringify({ query, variables, operationName });
    const traceparent = tracing?.here();
    const headers = {
      "content-type": "application/json",
      [IDENTITY_HEADER]: signFacts(this.key, this.layer, facts, body),
      ...(traceparent && { traceparent }),
    };
    context.underWay?.add(deadline);
    const asked = this.peer.ask({ method: "POST", path: "/graphql", headers, body }, deadline);
    const answer = await asked
      .catch((error: Error) => {
        if (context.isGone?.()) throw new CallerGone("UNAVAILABLE", "The caller has gone");
        this.log.warn({ layer: this.layer, requestId: facts.requestId, error: described(error) }, "layer does not answer");
        throw this.away();
      })
      .finally(() => context.underWay?.delete(deadline));
    Object.assign(context.wrote, readPositions(answer.headers[WROTE_HEADER] as string | undefined));
    const { data, errors } = answer.json as Answer;
    return { data, errors: errors?.map(({ locations: _, ...error }) => error) };
  }
}
