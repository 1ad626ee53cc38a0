import type { GraphQLFieldResolver } from "graphql";
import { Fault } from "../refusal";
import type { RequestContext } from "./context";

/**
 * What each root field of a layer is to a caller that is bound to one merchant, as `Query.name` and `Mutation.name`. One that
 * stands nowhere is refused, so what is new is closed until somebody has thought of it; a test wants every field to stand somewhere.
 */
export interface MerchantMarks {
  /** Shows and touches that merchant's goods alone; others' are as absent. */
  own: readonly string[];
  /** Holds nothing of merchants: configuration of the house that whoever has its scope may know. */
  nothing: readonly string[];
  /** Of the whole house, or of several merchants at once: FORBIDDEN. Fields of other types may be named too. */
  refused: readonly string[];
}

const ROOTS = /^(Query|Mutation)\./;

/** Whether such a caller is refused at a field. */
export const isRefused = ({ own, nothing, refused }: MerchantMarks, name: string): boolean =>
  ROOTS.test(name) ? !own.includes(name) && !nothing.includes(name) : refused.includes(name);

/** The resolver, refusing a caller that is bound to a merchant. */
export const forTheWholeHouse =
  (resolve: GraphQLFieldResolver<unknown, RequestContext>, name: string): GraphQLFieldResolver<unknown, RequestContext> =>
  (source, args, context, info) => {
    if (context.caller.merchant !== undefined)
      throw new Fault("FORBIDDEN", `${name} is of the whole house: it needs a key that is not bound to a merchant`);
    return resolve(source, args, context, info);
  };
