import { replacementsAsked, returnsByItem } from "../services/dispatch/reconcile";
import { openReplacements } from "../services/sales/reconcile";
import { returnRestByItem } from "../services/warehouse/reconcile";
import type { LayerDatabase, LayerName } from "../shared/db/database";
import type { Drift } from "../shared/reconcile";
import { whatStays } from "./what-stays";

type Databases = Record<LayerName, LayerDatabase>;
type Figures = () => Promise<Map<string, number>>;

/** What dispatch waits for of its returns, against what the others are still to do. */
export async function returnsDifferently(databases: Databases): Promise<Drift[]> {
  const { sales, dispatch, warehouse } = databases;
  const back = await differing(
    databases,
    () => returnsByItem(dispatch),
    () => returnRestByItem(warehouse),
  );
  const replaced = await differing(
    databases,
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
async function differing(databases: Databases, known: Figures, open: Figures): Promise<[key: string, known: number, open: number][]> {
  const found = await whatStays(databases, async () => {
    const [mine, theirs] = [await known(), await open()];
    const keys = [...new Set([...mine.keys(), ...theirs.keys()])];
    return new Map(keys.map((key) => [key, [mine.get(key) ?? 0, theirs.get(key) ?? 0]] as const).filter(([, [a, b]]) => a !== b));
  });
  return [...found].map(([key, [mine, theirs]]) => [key, mine, theirs]);
}
