import type { IncomingHttpHeaders } from "node:http";
import { errors, jwtVerify, type JWTPayload } from "jose";
import type { TokenConfig } from "../shared/config";
import { asPartner, type Caller } from "../shared/identity/caller";
import { ROLES, SCOPES, type Role, type Scope } from "../shared/identity/scopes";
import type { Log } from "../shared/log";
import { IssuerKeys } from "./issuer-keys";

/** Asymmetric alone: with a symmetric one the published key would be the secret. What is not named here costs no look at the keys. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
const TOLERANCE_SECONDS = 10;
const LONGEST = 8_192;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** As the names of API keys' clients, so that with the namespace before it a client still fits its column. */
const NAME = /^[\w.-]{1,60}$/;
/** No API key's client has a colon, so a token's client never meets one of theirs. */
const NAMESPACE = "jwt:";

/** Knows who calls by a JWT of the one issuer that is configured. */
export class Tokens {
  private readonly keys: IssuerKeys;

  constructor(
    private readonly config: TokenConfig,
    log: Log,
  ) {
    this.keys = new IssuerKeys(config.jwksUrl, log);
  }

  /** The token that is sent, when what is sent looks like one. */
  static of({ authorization }: IncomingHttpHeaders): string | undefined {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    return token !== undefined && JWT.test(token) ? token : undefined;
  }

  /** The caller behind a token, or undefined: forged, over, for another, or without a name. UNAVAILABLE: its keys cannot be had. */
  async callerOf(token: string): Promise<Caller | undefined> {
    if (token.length > LONGEST) return undefined;
    try {
      const { payload } = await jwtVerify(token, this.keys.find, {
        algorithms: ALGORITHMS,
        issuer: this.config.issuer,
        audience: this.config.audience,
        clockTolerance: TOLERANCE_SECONDS,
        requiredClaims: ["exp"],
      });
      return this.callerNamed(payload);
    } catch (error) {
      // What is wrong with a token is not told: whoever made it knows, and nobody else has to.
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  private callerNamed(claims: JWTPayload): Caller | undefined {
    const name = claims.client_id ?? claims.azp;
    const merchant = claims.strata_merchant;
    if (typeof name !== "string" || !NAME.test(name)) return undefined;
    // A restriction that cannot be read is none of the token's rights, rather than no restriction.
    if (merchant !== undefined && (typeof merchant !== "string" || merchant === "")) return undefined;
    const client = this.config.sharedClients ? name : `${NAMESPACE}${name}`;
    const scopes = scopesOf(claims);
    return { client, scopes, ...(merchant !== undefined && { merchant }), ...asPartner(words(claims.strata_roles), scopes) };
  }
}

/** Those of `strata_roles` and of OAuth's `scope`; an issuer has other roles and scopes too, which say nothing here. */
function scopesOf({ strata_roles: roles, scope }: JWTPayload): Set<Scope> {
  const ofRoles = words(roles).flatMap((role): readonly Scope[] => (Object.hasOwn(ROLES, role) ? ROLES[role as Role] : []));
  const named = words(scope).filter((word): word is Scope => (SCOPES as readonly string[]).includes(word));
  return new Set([...ofRoles, ...named]);
}

/** A claim of several words: OAuth has them in one text, most issuers' roles are a list. */
const words = (claim: unknown): string[] =>
  typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim.filter((word) => typeof word === "string") : [];
