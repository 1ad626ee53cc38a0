import { Agent, request } from "undici";
import { publicLookup, faultOf } from "./address";
import { signedHeaders } from "./sign";
import type { WebhookRow } from "./webhook";

const TIMEOUT_MS = 10_000;

/** One sender for all endpoints: its connections, and where they may lead. */
export class Sender {
  private readonly agent: Agent;

  constructor(private readonly loopback: boolean) {
    this.agent = new Agent({ connect: { lookup: publicLookup(loopback), timeout: TIMEOUT_MS }, connections: 4, pipelining: 1 });
  }

  /** What went wrong; undefined: it was taken, with a status from 200 to 299. Redirects are not followed, an answer's body is not read. */
  async send({ url, secret }: WebhookRow, id: string, body: string): Promise<string | undefined> {
    const fault = faultOf(url, this.loopback);
    if (fault !== undefined) return `the address ${fault}`;
    try {
      const { statusCode, body: answer } = await request(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...signedHeaders(secret, id, Math.floor(Date.now() / 1_000), body) },
        body,
        dispatcher: this.agent,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer.on("error", () => undefined).destroy();
      return statusCode >= 200 && statusCode < 300 ? undefined : `answered ${statusCode}`;
    } catch (error) {
      return (error as Error).message.slice(0, 200) || (error as Error).name;
    }
  }

  close = (): Promise<void> => this.agent.destroy();
}
