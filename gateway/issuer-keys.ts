import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from "jose";
import { described, type Log } from "../shared/log";
import { HttpFault } from "./http";

/** After so long the keys are asked for again, so that one the issuer has withdrawn ends. */
const FRESH_MS = 5 * 60_000;
/** Not asked more often, whatever is sent: an unknown `kid` costs the issuer nothing more. */
const COOLDOWN_MS = 10_000;
/** The keys had last go on while the issuer cannot be asked, for so long. */
const USABLE_MS = 24 * 3_600_000;
const TIMEOUT_MS = 3_000;

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** The keys an issuer publishes (JWKS), kept. jose's own remote set forgets them when they are old and the issuer is away. */
export class IssuerKeys {
  private keys?: { set: KeySet; at: number };
  private asking?: Promise<void>;
  private askedAt = -Infinity;

  constructor(
    private readonly url: string,
    private readonly log: Log,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The key that a token names. */
  readonly find = async (header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    if (!this.keys || this.now() - this.keys.at > FRESH_MS) await this.ask();
    const set = this.usable();
    try {
      return await set(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.ask();
      return this.usable()(header, token);
    }
  };

  private usable(): KeySet {
    if (this.keys && this.now() - this.keys.at <= USABLE_MS) return this.keys.set;
    throw new HttpFault(503, "UNAVAILABLE", "The token's issuer cannot be asked for its keys. Ask again.", {
      "retry-after": String(COOLDOWN_MS / 1_000),
    });
  }

  /** Once for all who wait, and at most once in a cooldown. A failure leaves what is known. */
  private async ask(): Promise<void> {
    if (!this.asking && this.now() - this.askedAt >= COOLDOWN_MS) {
      this.askedAt = this.now();
      this.asking = this.fetch().finally(() => (this.asking = undefined));
    }
    await this.asking;
  }

  private async fetch(): Promise<void> {
    try {
      const answer = await fetch(this.url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      this.keys = { set: createLocalJWKSet((await answer.json()) as JSONWebKeySet), at: this.now() };
    } catch (error) {
      this.log.warn({ error: described(error), known: this.keys !== undefined }, "the issuer's keys (STRATA_JWKS_URL) cannot be had");
    }
  }
}
