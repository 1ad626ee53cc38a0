import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Fault, Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { sixPlaces } from "../../../shared/units/decimal";
import { lockWarehouse } from "../place/place.sql";
import { ensureWatch, policyOf, savePolicyRow, type PolicyRow } from "./policy.sql";
import type { SaveInsurancePolicyInput } from "./policy.types";

/** The warehouse is locked, so that two who make the same policy at once make one. */
export async function savePolicy(tx: Tx, caller: Caller, input: SaveInsurancePolicyInput): Promise<PolicyRow> {
  const { insuredSum, startsOn, endsBefore } = input;
  if (caller.merchant !== undefined) throw new Fault("FORBIDDEN", "insurance is the house's");
  const warehouse = checkKey(input.warehouse, ["input", "warehouse"]);
  const policyNumber = checkKey(input.policyNumber, ["input", "policyNumber"]);
  if (insuredSum.lte(0)) throw invalid("must be above zero", "insuredSum");
  if (endsBefore <= startsOn) throw invalid("must be after startsOn", "endsBefore");
  if ((await lockWarehouse(tx, warehouse)).length === 0)
    throw new Refusal("NOT_FOUND", `No warehouse ${warehouse}.`, { field: ["input", "warehouse"] });
  const known = await policyOf(tx, warehouse, policyNumber);
  await savePolicyRow(tx, { id: known?.id ?? newId(), warehouse, policyNumber, insuredSum: sixPlaces(insuredSum), startsOn, endsBefore });
  await ensureWatch(tx, warehouse);
  return (await policyOf(tx, warehouse, policyNumber))!;
}

const invalid = (message: string, field: string) => new Refusal("INVALID_INPUT", message, { field: ["input", field] });
