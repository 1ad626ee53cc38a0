import { Extensions } from "type-graphql";
import type { Scope } from "../identity/scopes";

/**
 * The scopes that open a field, any one of them is enough; on a type, those of all its fields that state none themselves.
 * Every field of the schema must be covered by one or the other (a test says so).
 */
export const Needs = (...scopes: Scope[]) => Extensions({ needs: scopes });

/** For types that hold no fact of their own (payloads, page info, money): whoever may reach them may read them. */
export const Open = () => Extensions({ needs: [] });
