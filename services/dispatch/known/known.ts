import type { Reader } from "../../../shared/db/database";
import { groupBy } from "../../../shared/group";
import { readRules } from "../source/sourcing-rule.sql";
import { placeOf, type Place, type Whereabouts } from "../source/distance";
import { GENERAL, type SourcingRule, type SourcingStrategy } from "../source/sourcing-rule";
import { readPoolWarehouses } from "./known.sql";

export interface PoolWarehouse {
  code: string;
  place: Place | undefined;
  timeZone: string | null;
  /** Local time of day until which an order leaves on the same day. */
  cutoff: string | null;
}

/**
 * The configuration that decisions of one transaction read: pools, warehouses, rules. Read without a lock: a decision that
 * commits beside a change of it is one that was made before the change, and no rule of the books hangs on it.
 */
export class Known {
  private constructor(
    private readonly warehouses: ReadonlyMap<string, PoolWarehouse[]>,
    private readonly pools: ReadonlyMap<string, string>,
    private readonly rules: ReadonlyMap<string, SourcingRule>,
    private readonly addresses: readonly Whereabouts[],
  ) {}

  /** Pools with their warehouses, the general rule, and the rules of some channels. */
  static async read(reader: Reader, channels: string[]): Promise<Known> {
    const rows = await readPoolWarehouses(reader);
    const warehouses = groupBy(rows, (row) => row.pool_code);
    const addresses = rows.flatMap((row) =>
      row.country_code === null ? [] : [{ ...row, countryCode: row.country_code, postalCode: row.postal_code }],
    );
    const rules = await readRules(reader, [GENERAL, ...channels]);
    return new Known(
      new Map(
        [...warehouses].map(([pool, members]) => [
          pool,
          members.map((row) => ({
            code: row.warehouse_code,
            place:
              row.country_code === null
                ? undefined
                : placeOf({ ...row, countryCode: row.country_code, postalCode: row.postal_code }, addresses),
            timeZone: row.time_zone,
            cutoff: row.cutoff,
          })),
        ]),
      ),
      new Map(rows.map((row) => [row.warehouse_code, row.pool_code])),
      new Map(rules.map((rule) => [rule.channel, rule])),
      addresses,
    );
  }

  warehousesOf = (pool: string): PoolWarehouse[] => this.warehouses.get(pool) ?? [];
  poolOf = (warehouse: string): string | undefined => this.pools.get(warehouse);
  /** The channel's rule, else the general one, else none. */
  ruleFor = (channel: string): SourcingRule | undefined => this.rules.get(channel) ?? this.rules.get(GENERAL);
  /** Where an address is, as far as it can be told. */
  placeOf = (address: Whereabouts | null): Place | undefined => placeOf(address, this.addresses);
  /** Warehouses of which a rule limits the shipments a day. */
  withCapacity = (): Set<string> =>
    new Set(
      [...this.rules.values()].flatMap((rule) => rule.warehouses.flatMap((node) => (node.dailyCapacity === null ? [] : [node.warehouse]))),
    );
  /** A warehouse of a pool. */
  warehouse = (code: string): PoolWarehouse | undefined => this.allWarehouses().find((one) => one.code === code);
  decidesBy = (strategy: SourcingStrategy): boolean => [...this.rules.values()].some((rule) => rule.strategy === strategy);
  allWarehouses = (): PoolWarehouse[] => [...this.warehouses.values()].flat();
}
