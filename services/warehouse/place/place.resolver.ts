import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { loadOne } from "../load";
import { listWarehouses, locationsOfEach, readLocationsByKey, readWarehouses, type LocationRow } from "./place.sql";
import { Location, LocationConnection, SaveWarehouseInput, Warehouse, WarehousePayload } from "./place.types";
import { saveWarehouse } from "./save-warehouse";

const known = (ctx: RequestContext, code: string): Promise<Warehouse | null> =>
  loadOne(ctx, "warehouse", readWarehouses, (row) => row.code, code);

/** The warehouse behind a key; a stub where it is unknown here. */
export const warehouseByCode = async (ctx: RequestContext, code: string): Promise<Warehouse> =>
  (await known(ctx, code)) ?? Warehouse.stub(code);

const locationKey = (warehouse: string, code: string): string => JSON.stringify([warehouse, code]);

/** A location that the ledger names; the ledger only ever names locations that exist. */
export async function locationByCode(ctx: RequestContext, warehouse: string, code: string): Promise<Location> {
  const byKeys = (reader: Parameters<typeof readLocationsByKey>[0], keys: readonly string[]) =>
    readLocationsByKey(
      reader,
      keys.map((key) => JSON.parse(key) as [string, string]).map(([of, at]) => ({ warehouse: of, code: at })),
    );
  const found = await loadOne(
    ctx,
    "location",
    byKeys,
    (row: LocationRow) => locationKey(row.warehouseCode, row.code),
    locationKey(warehouse, code),
  );
  if (!found) throw new Error(`no location ${code} in ${warehouse}`);
  return found;
}

async function locationsPage(ctx: RequestContext, warehouse: string, page: PageArgs): Promise<Connection<Location>> {
  const [after] = cursorKey(page, "string") ?? [];
  const batch = async (codes: readonly string[]) => locationsOfEach(await ctx.onReplica(), codes, after, page.first + 1);
  const rows = await ctx.loader<string, LocationRow[]>(`locations ${page.first} ${page.after}`, batch).load(warehouse);
  return toPage(
    rows,
    page,
    (row) => [row.code],
    (row): Location => row,
  );
}

@Resolver(() => Warehouse)
export class WarehouseResolver {
  @Query(() => [Warehouse], { nullable: true, description: "All warehouses in code order." })
  @Needs("catalog:read", "warehouse:read", "dispatch:read")
  async warehouses(@Ctx() ctx: RequestContext): Promise<Warehouse[]> {
    return listWarehouses(await ctx.onReplica());
  }

  @Query(() => Warehouse, { nullable: true, description: "One warehouse; null when there is none." })
  @Needs("catalog:read", "warehouse:read", "dispatch:read")
  warehouse(@Arg("code", () => ID, { description: "Its code." }) code: string, @Ctx() ctx: RequestContext): Promise<Warehouse | null> {
    return known(ctx, code);
  }

  @Mutation(() => WarehousePayload, {
    nullable: true,
    description: "Makes a warehouse or changes it. Refusals: INVALID_INPUT, INVALID_STATE (currency, legal entity, kind of a location).",
  })
  @Needs("warehouse:write")
  saveWarehouse(
    @Arg("input", { description: "The warehouse." }) input: SaveWarehouseInput,
    @Ctx() ctx: RequestContext,
  ): Promise<WarehousePayload> {
    return refusable(async () => ({ warehouse: await known(ctx, await ctx.write((tx) => saveWarehouse(tx, input))) }));
  }

  @FieldResolver(() => LocationConnection, { nullable: true, description: "Its locations in code order." })
  @Needs("warehouse:read")
  locations(@Root() { code }: Warehouse, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<Location>> {
    return locationsPage(ctx, code, page);
  }
}

@Resolver(() => Location)
export class LocationResolver {
  @FieldResolver(() => Warehouse, { description: "The warehouse it is in." })
  warehouse(@Root() { warehouseCode }: Location, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, warehouseCode);
  }
}
