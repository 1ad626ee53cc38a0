import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as OTLP's JSON tells it, read flat. */
export interface Collected {
  service: string;
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Record<string, string | number>;
  links: { traceId: string; spanId: string }[];
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}
type Told = Omit<Collected, "service" | "attributes" | "links"> & { attributes?: Attribute[]; links?: Collected["links"] };
interface Body {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Told[] }[] }[];
}

/** Takes traces by OTLP over HTTP and keeps them. */
export interface Collector {
  url: string;
  spans: Collected[];
  /** All that was received, as it came. */
  texts: string[];
  close(): void;
}

export async function startCollector(): Promise<Collector> {
  const spans: Collected[] = [];
  const texts: string[] = [];
  const server = createServer((req, res) => {
    let text = "";
    req.on("data", (chunk) => (text += String(chunk)));
    req.on("end", () => {
      texts.push(text);
      if (req.url === "/v1/traces") spans.push(...spansIn(JSON.parse(text) as Body));
      res.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, texts, close };
}

const spansIn = ({ resourceSpans }: Body): Collected[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(flat(resource.attributes)["service.name"]);
    const told = scopeSpans.flatMap(({ spans }) => spans);
    return told.map((span) => ({ ...span, service, attributes: flat(span.attributes ?? []), links: span.links ?? [] }));
  });

const flat = (attributes: Attribute[]): Record<string, string | number> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
