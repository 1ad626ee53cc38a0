import { Refusal } from "../refusal";
import { UserError } from "./common.types";

/** Runs a mutation: its payload without errors, or `nothing` with the refusal as its one user error and the refusal's facts. */
export async function refusable<Payload extends object>(
  work: () => Promise<Payload>,
  nothing: Partial<Payload> = {},
): Promise<Payload & { userErrors: UserError[] }> {
  try {
    return { ...(await work()), userErrors: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...nothing, ...error.facts, userErrors: [UserError.of(error)] } as Payload & { userErrors: UserError[] };
  }
}
