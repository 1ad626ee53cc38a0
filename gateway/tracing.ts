import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span as OtelSpan, type SpanContext, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { wait } from "../shared/db/retry";
import { Fault, Refusal } from "../shared/refusal";
import { setTracing, type Span, type SpanOptions, type Tracing } from "../shared/trace";

/** A batch of the combiner serves as many requests at most. */
const MOST_LINKS = 2_000;
/** An end waits so long for what is not sent yet. */
const MOST_END_MS = 2_000;
const SAMPLED = 1;

/**
 * Sends traces to an OpenTelemetry endpoint, by OTLP over HTTP. This file is loaded only when there is one. OpenTelemetry's own
 * variables hold for the rest: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_…,
 * OTEL_EXPORTER_OTLP_HEADERS. Nothing is registered for the whole process: what other libraries say of themselves is not sent.
 */
export function startTracing(url: string, service: string): { stop(): Promise<void> } {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": service }).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
    spanLimits: { linkCountLimit: MOST_LINKS },
  });
  setTracing(new OpenTelemetry(provider.getTracer("strata")));
  const stop = async () => {
    setTracing(undefined);
    await Promise.race([provider.shutdown().catch(() => undefined), wait(MOST_END_MS)]);
  };
  return { stop };
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT };

class OpenTelemetry implements Tracing {
  private readonly present = new AsyncLocalStorage<OtelSpan | undefined>();

  constructor(private readonly tracer: Tracer) {}

  here(): string | undefined {
    const at = this.present.getStore()?.spanContext();
    return at && `00-${at.traceId}-${at.spanId}-0${at.traceFlags & SAMPLED}`;
  }

  span<T>(options: SpanOptions, work: (span?: Span) => Promise<T>): Promise<T> {
    const span = this.started(options);
    return this.present.run(span, async () => {
      if (!span) return work();
      try {
        return await work(this.told(span));
      } catch (error) {
        this.told(span).failed(error instanceof Fault ? error.faultCode : error instanceof Refusal ? error.code : "INTERNAL");
        throw error;
      } finally {
        span.end();
      }
    });
  }

  private started({ name, kind, attributes, parent, links }: SpanOptions): OtelSpan | undefined {
    const contexts = links?.flatMap((link) => contextOf(link) ?? []).filter(({ traceFlags }) => traceFlags === SAMPLED);
    const present = contexts ? undefined : this.present.getStore();
    if (contexts ? contexts.length === 0 : !present && kind !== "server") return undefined;
    const from = parent && contextOf(parent);
    const under = from ? trace.setSpanContext(ROOT_CONTEXT, from) : present ? trace.setSpan(ROOT_CONTEXT, present) : ROOT_CONTEXT;
    return this.tracer.startSpan(
      name,
      { kind: kind ? KINDS[kind] : SpanKind.INTERNAL, attributes, links: contexts?.map((context) => ({ context })) },
      under,
    );
  }

  private told = (span: OtelSpan): Span => ({
    name: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes),
    failed: (code) => void span.setAttribute("error.type", code).setStatus({ code: SpanStatusCode.ERROR }),
  });
}

/** What W3C's traceparent names. */
function contextOf(traceparent: string): (SpanContext & { isRemote: boolean }) | undefined {
  const [, traceId, spanId, flags] = /^00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/.exec(traceparent) ?? [];
  return traceId ? { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true } : undefined;
}
