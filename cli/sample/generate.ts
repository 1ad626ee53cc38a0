import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CATEGORIES, CHANNELS, CITIES, FAR_COUNTRIES, FIRST_NAMES, LAST_NAMES, STREETS, WAREHOUSES } from "./catalogue";

/**
 * Makes the sample shop's CSV files, always the same ones: `node dist/cli/sample/generate.js FOLDER`.
 * A test holds the files in git against it.
 */
export function generate(): Record<string, string> {
  const random = mulberry32(20261122);
  const items = makeItems(random);
  const orders = makeOrders(random, items);
  return {
    "items.csv": csv(
      "sku,name,unitCost,weightGrams,reorderPoint,reorderTo",
      items.map((item) => [item.sku, item.name, item.unitCost, item.weightGrams, item.reorderPoint, item.reorderPoint * 4]),
    ),
    "warehouses.csv": csv("code,name,pool,line1,city,region,postalCode,countryCode,latitude,longitude,timeZone", WAREHOUSES),
    "channels.csv": csv("code,name,pool", CHANNELS),
    "stock.csv": csv("warehouse,sku,quantity", openingStock(items)),
    "orders.csv": csv("orderRef,channel,customerRef,name,line1,city,postalCode,countryCode,latitude,longitude", orders.headers),
    "order_lines.csv": csv("orderRef,sku,quantity", orders.lines),
  };
}

type Random = () => number;
type Row = readonly (string | number)[];

interface SampleItem {
  sku: string;
  name: string;
  unitCost: string;
  weightGrams: number;
  /** Expected share of all order lines. */
  share: number;
  reorderPoint: number;
}

function makeItems(random: Random): SampleItem[] {
  const items = CATEGORIES.flatMap(({ prefix, goods, variants }) =>
    goods.flatMap(([name, unitCost, weightGrams], good) =>
      variants.map((variant, index) => ({
        sku: `${prefix}-${String(good + 1).padStart(2, "0")}${index + 1}`,
        name: `${name}, ${variant}`,
        unitCost: (unitCost * (1 + index * 0.03)).toFixed(2),
        weightGrams,
      })),
    ),
  );
  // Few things sell a lot: the item of rank r has a share in proportion to 1 / r.
  const ranks = shuffled(
    items.map((_, index) => index + 1),
    random,
  );
  const total = ranks.reduce((sum, rank) => sum + 1 / rank, 0);
  return items.map((item, index) => {
    const share = 1 / ranks[index]! / total;
    return { ...item, share, reorderPoint: Math.max(4, Math.round(share * 800)) };
  });
}

/** Sellers are everywhere; the long tail lies in one or two warehouses. */
function openingStock(items: SampleItem[]): Row[] {
  return items.flatMap((item, index) => {
    const places = item.share > 0.004 ? 4 : 1 + (index % 2);
    const each = Math.max(4, Math.round((item.reorderPoint * 3) / places));
    return Array.from({ length: places }, (_, place) => [WAREHOUSES[(index + place) % 4]![0], item.sku, each]);
  });
}

function makeOrders(random: Random, items: SampleItem[]): { headers: Row[]; lines: Row[] } {
  const headers: Row[] = [];
  const lines: Row[] = [];
  for (let n = 1; n <= 1000; n++) {
    const orderRef = `HL-${10000 + n}`;
    const channel = weighted(random, [
      ["web", 6],
      ["app", 3],
      ["market", 1],
    ] as const);
    headers.push([orderRef, channel, ...makeCustomer(random)]);
    const wanted = new Set(
      Array.from({ length: 1 + Math.floor(random() ** 2 * 6) }, () =>
        weighted(
          random,
          items.map((item) => [item.sku, item.share] as const),
        ),
      ),
    );
    for (const sku of wanted)
      lines.push([
        orderRef,
        sku,
        weighted(random, [
          [1, 70],
          [2, 18],
          [3, 6],
          [4, 4],
          [12, 2],
        ] as const),
      ]);
  }
  return { headers, lines };
}

function makeCustomer(random: Random): Row {
  const id = 1 + Math.floor(random() * 600);
  const name = `${FIRST_NAMES[id % FIRST_NAMES.length]} ${LAST_NAMES[id % LAST_NAMES.length]}`;
  const customerRef = `C-${String(id).padStart(4, "0")}`;
  if (random() < 0.06) return [customerRef, name, "", "", "", FAR_COUNTRIES[Math.floor(random() * FAR_COUNTRIES.length)]!, "", ""];
  const [city, postalCode, countryCode, latitude, longitude] = weighted(
    random,
    CITIES.map((place) => [place, place[5]] as const),
  );
  const line1 = `${STREETS[id % STREETS.length]} ${1 + (id % 90)}`;
  // One address in five was never geocoded.
  const coordinates = random() < 0.8 ? [latitude, longitude] : ["", ""];
  return [customerRef, name, line1, city, postalCode, countryCode, ...coordinates];
}

function weighted<T>(random: Random, choices: readonly (readonly [T, number])[]): T {
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of choices) if ((left -= weight) < 0) return value;
  return choices[0]![0];
}

function shuffled<T>(values: T[], random: Random): T[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

/** A small seeded generator of numbers in [0, 1), so that the files never change by themselves. */
function mulberry32(seed: number): Random {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const cell = (value: string | number): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
const csv = (header: string, rows: readonly Row[]): string => [header, ...rows.map((row) => row.map(cell).join(","))].join("\n") + "\n";

if (require.main === module) {
  const folder = process.argv[2] ?? ".";
  for (const [name, text] of Object.entries(generate())) writeFileSync(join(folder, name), text);
}
