import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText } from "../../../shared/units/check";
import { readMerchants, saveMerchantRow, type MerchantRow } from "./item.sql";
import type { SaveMerchantInput } from "./item.types";

/** Ownership never changes: what was valued stays valued. */
export async function saveMerchant(tx: Tx, input: SaveMerchantInput): Promise<MerchantRow> {
  const code = checkKey(input.code, ["input", "code"]);
  const [known] = await readMerchants(tx, [code]);
  const merchant = { code, name: checkText(input.name, ["input", "name"], 200), ownership: input.ownership ?? known?.ownership ?? "OWNED" };
  if (known && known.ownership !== merchant.ownership) {
    throw new Refusal("INVALID_STATE", `Merchant ${code} is ${known.ownership}; that cannot change.`, { field: ["input", "ownership"] });
  }
  await saveMerchantRow(tx, merchant);
  return merchant;
}
