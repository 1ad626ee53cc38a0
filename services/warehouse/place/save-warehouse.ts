import { isDuplicate, LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText } from "../../../shared/units/check";
import { databaseNow } from "../each.sql";
import type { LocationKind } from "../enums";
import { ensureLegalEntity } from "../journal/periods.sql";
import {
  insertLocations,
  lockWarehouse,
  readLocations,
  readWarehouses,
  saveWarehouseRow,
  type LocationRow,
  type WarehouseRow,
} from "./place.sql";
import type { SaveWarehouseInput } from "./place.types";

/** Kinds that every warehouse has a location of, and the code that a made one gets. */
const ALWAYS = ["RECEIVING", "STORAGE", "PACKING", "TRANSIT"] as const satisfies LocationKind[];
const MOST_LOCATIONS = 1_000;

export async function saveWarehouse(tx: Tx, input: SaveWarehouseInput): Promise<string> {
  const code = checkKey(input.code, ["input", "code"]);
  await lockWarehouse(tx, code);
  const [known] = await readWarehouses(tx, [code]);
  const warehouse = changed(known, input);
  checkWarehouse(warehouse, input);
  if (known && known.currency !== warehouse.currency)
    throw invalidState(`${code} is valued in ${known.currency}; that cannot change.`, ["input", "currency"]);
  if (known && known.legalEntity !== warehouse.legalEntity)
    throw invalidState(`The stock of ${code} is in the books of ${known.legalEntity}; that cannot change.`, ["input", "legalEntity"]);
  const added = newLocations(code, known ? await readLocations(tx, code) : [], input);
  await ensureLegalEntity(tx, warehouse.legalEntity, warehouse.timeZone);
  await saveWarehouseRow(tx, warehouse).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("warehouse") : error;
  });
  await insertLocations(tx, added, await databaseNow(tx));
  const { name, address, timeZone, cutoff } = warehouse;
  await tell(tx, [
    {
      type: "WarehouseSaved",
      code,
      name,
      address,
      timeZone,
      cutoff,
      books: `${warehouse.legalEntity} ${warehouse.currency}`,
      aggregates: { [`warehouse:${code}`]: warehouse.version },
    },
  ]);
  return code;
}

/** An absent field keeps its value, null clears it. */
function changed(known: WarehouseRow | undefined, input: SaveWarehouseInput): WarehouseRow {
  return {
    code: input.code,
    name: input.name,
    currency: input.currency,
    legalEntity: input.legalEntity ?? known?.legalEntity ?? "MAIN",
    timeZone: input.timeZone === undefined ? (known?.timeZone ?? "UTC") : (input.timeZone ?? "UTC"),
    cutoff: input.cutoff === undefined ? (known?.cutoff ?? null) : input.cutoff,
    address: { ...input.address },
    version: (known?.version ?? 0) + 1,
  };
}

function checkWarehouse(warehouse: WarehouseRow, input: SaveWarehouseInput): void {
  if (checkText(warehouse.name, ["input", "name"], 200).trim() === "") throw invalid("must not be empty", ["input", "name"]);
  if (!/^[A-Z]{3}$/.test(warehouse.currency)) throw invalid("must be an ISO 4217 code such as EUR", ["input", "currency"]);
  checkKey(warehouse.legalEntity, ["input", "legalEntity"]);
  if (!isTimeZone(warehouse.timeZone)) throw invalid("must be an IANA time zone such as Europe/Berlin", ["input", "timeZone"]);
  if (warehouse.cutoff !== null && !/^([01]\d|2[0-3]):[0-5]\d$/.test(warehouse.cutoff))
    throw invalid("must be a time such as 14:30", ["input", "cutoff"]);
  const { address } = input;
  if (!/^[A-Z]{2}$/.test(address.countryCode))
    throw invalid("must be an ISO 3166-1 alpha-2 code such as DE", ["input", "address", "countryCode"]);
  if (Math.abs(address.latitude ?? 0) > 90) throw invalid("must be -90 to 90", ["input", "address", "latitude"]);
  if (Math.abs(address.longitude ?? 0) > 180) throw invalid("must be -180 to 180", ["input", "address", "longitude"]);
  for (const [field, value] of Object.entries(address)) if (typeof value === "string") checkText(value, ["input", "address", field], 200);
  if ((input.locations ?? []).length > MOST_LOCATIONS) throw invalid(`at most ${MOST_LOCATIONS} a call`, ["input", "locations"]);
}

/** The locations that are to be made: those of the input that are new, and one of every kind that must be there. */
export function newLocations(warehouseCode: string, present: LocationRow[], input: Pick<SaveWarehouseInput, "locations">): LocationRow[] {
  const all = new Map(present.map((location) => [location.code, location]));
  const added: LocationRow[] = [];
  const add = (code: string, kind: LocationKind, field: string[]) => {
    const known = all.get(code);
    if (known && known.kind !== kind) throw invalidState(`Location ${code} is ${known.kind}; that cannot change.`, field);
    if (known) return;
    const location = { warehouseCode, code, kind };
    all.set(code, location);
    added.push(location);
  };
  (input.locations ?? []).forEach(({ code, kind }, i) =>
    add(checkKey(code, ["input", "locations", String(i), "code"]), kind, ["input", "locations", String(i)]),
  );
  for (const kind of ALWAYS) if (![...all.values()].some((location) => location.kind === kind)) add(kind, kind, ["input", "locations"]);
  return added;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
const invalidState = (message: string, field: string[]) => new Refusal("INVALID_STATE", message, { field });
