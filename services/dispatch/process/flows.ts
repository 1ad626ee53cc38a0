import type { Flow } from "./flow";
import { ORDER_FLOW } from "./order-flow";
import { RETURN_FLOW } from "./return-flow";
import { TRANSFER_FLOW } from "./transfer-flow";

/** Every flow that runs here. */
export const FLOWS: readonly Flow[] = [ORDER_FLOW, TRANSFER_FLOW, RETURN_FLOW];

export function flowOf(definition: string): Flow {
  const flow = FLOWS.find(({ name }) => name === definition);
  if (!flow) throw new Error(`there is no flow ${definition}`);
  return flow;
}
