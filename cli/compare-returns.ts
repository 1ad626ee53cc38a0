import { replacementsAsked, returnsByItem } from "../services/dispatch/reconcile";
import { openReplacements } from "../services/sales/reconcile";
import { returnRestByItem } from "../services/warehouse/reconcile";
import type { LayerDatabase, LayerName } from "../shared/db/database";
import { wait } from "../shared/db/retry";
import type { Drift } from "../shared/reconcile";

type Figures = () => Promise<Map<string, number>>;

const LOOKS = 40;
const PAUSE_MS = 250;

/** What dispatch waits for of its returns, against what the others are still to do; looked at again, as the feeds take their time. */
export async function returnsDifferently({ sales, dispatch, warehouse }: Record<LayerName, LayerDatabase>): Promise<Drift[]> {
  const back = await differing(
    () => returnsByItem(dispatch),
    () => returnRestByItem(warehouse),
  );
  const replaced = await differing(
    () => replacementsAsked(dispatch),
    () => openReplacements(sales),
  );
  return [
    ...back.map(([key, known, open]) => drift(key, `${known} units are to come back, the warehouse expects ${open}`)),
    ...replaced.map(([key, known]) =>
      drift(key, known === 1 ? "its replacement is not known in sales" : "sales is to commit its replacement, which nobody waits for"),
    ),
  ];
}

const drift = (key: string, message: string): Drift => ({ invariant: 7, layer: "dispatch", subject: `return_order ${key}`, message });

/** Keys of which the two go on to have different figures. */
async function differing(known: Figures, open: Figures): Promise<[key: string, known: number, open: number][]> {
  const look = async (): Promise<[string, number, number][]> => {
    const [mine, theirs] = [await known(), await open()];
    const keys = [...new Set([...mine.keys(), ...theirs.keys()])];
    return keys.map((key): [string, number, number] => [key, mine.get(key) ?? 0, theirs.get(key) ?? 0]).filter(([, a, b]) => a !== b);
  };
  let found = await look();
  for (let i = 0; i < LOOKS && found.length > 0; i++) {
    await wait(PAUSE_MS);
    const before = new Set(found.map(([key]) => key));
    found = (await look()).filter(([key]) => before.has(key));
  }
  return found;
}
