import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { cursorKey, Money, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { exact } from "../../../shared/units/decimal";
import { pastMoment, valueKey } from "../as-of/as-of";
import type { ValueThen } from "../as-of/as-of.sql";
import { averageCost } from "../cost/cost";
import { itemBySku, merchantByCode } from "../item/item.resolver";
import { InventoryItem, Merchant } from "../item/item.types";
import { movementById } from "../ledger/movement.resolver";
import { Movement } from "../ledger/movement.types";
import { loadMany, loadOne } from "../load";
import { warehouseByCode } from "../place/place.resolver";
import { Warehouse } from "../place/place.types";
import { listAccounts, readAccounts } from "./accounts.sql";
import { listEntries, readEntriesOfMovements, readJournalLines, trialBalance, type EntryRow, type JournalLineRow } from "./books.sql";
import {
  Account,
  JournalEntry,
  JournalEntryConnection,
  JournalLine,
  Valuation,
  ValuationLine,
  ValuationLineConnection,
} from "./journal.types";
import { valuationLines, valuationTotals } from "./valuation.sql";

@ArgsType()
class JournalArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only of this period." })
  period?: string;

  @Field(() => ID, { nullable: true, description: "Only with a line on this account." })
  account?: string;

  @Field(() => ID, { nullable: true, description: "Only with a line of this merchant's goods." })
  merchant?: string;
}

async function entriesPage(ctx: RequestContext, args: JournalArgs): Promise<Connection<JournalEntry>> {
  const [after] = cursorKey(args, "string") ?? [];
  const merchant = ctx.caller.merchant ?? args.merchant;
  const rows = await listEntries(await ctx.onReplica(), { ...args, merchant, after }, args.first + 1);
  return toPage(rows, args, (row) => [row.id], JournalEntry.of);
}

export async function accountByCode(ctx: RequestContext, code: string): Promise<Account> {
  const account = await loadOne(ctx, "account", readAccounts, (row) => row.code, code);
  if (!account) throw new Error(`no account ${code}`);
  return account;
}

/** Of now, or of a moment that has been; a caller bound to a merchant sees its own goods. */
async function valuation(
  ctx: RequestContext,
  asOf: Date | undefined,
  warehouse: string | undefined,
  merchant: string | undefined,
): Promise<Valuation> {
  return Object.assign(new Valuation(), {
    warehouse,
    merchant: ctx.caller.merchant ?? merchant,
    asOf: await pastMoment(ctx, "asOf", asOf),
    current: asOf === undefined,
  });
}

const filterOf = ({ warehouse, merchant, pledge, asOf, current }: Valuation) => ({
  warehouse,
  merchant,
  pledge,
  asOf: current ? undefined : asOf,
});

async function pledgeStatement(ctx: RequestContext, pledge: string, asOf: Date | undefined): Promise<Valuation> {
  const of = await valuation(ctx, asOf, undefined, undefined);
  return Object.assign(of, { pledge, current: false });
}

const valuationLine = ({ sku, warehouse, inTransit, currency, quantity, value }: ValueThen): ValuationLine =>
  Object.assign(new ValuationLine(), {
    sku,
    warehouseCode: warehouse,
    inTransit,
    quantity,
    value: Money.of(value, currency),
    unitCost: Money.of(averageCost(quantity, exact(value)), currency),
  });

async function valuationPage(ctx: RequestContext, of: Valuation, page: PageArgs): Promise<Connection<ValuationLine>> {
  const rows = await valuationLines(await ctx.onReplica(), filterOf(of), cursorKey(page, "string", "string", "number"), page.first + 1);
  return toPage(rows, page, valueKey, valuationLine);
}

@Resolver(() => JournalEntry)
export class JournalEntryResolver {
  @Query(() => JournalEntryConnection, { nullable: true, description: "The journal, newest first." })
  @Needs("finance:read")
  journalEntries(@Args() args: JournalArgs, @Ctx() ctx: RequestContext): Promise<Connection<JournalEntry>> {
    return entriesPage(ctx, args);
  }

  @Query(() => [JournalLine], {
    nullable: true,
    description: "A period's balance: one line per account and currency; debits equal credits per currency.",
  })
  @Needs("finance:read")
  async trialBalance(
    @Arg("period", () => ID, { description: "The period, such as 2026-01." }) period: string,
    @Arg("legalEntity", () => ID, { nullable: true, defaultValue: "MAIN", description: "Whose books." }) legalEntity: string,
    @Ctx() ctx: RequestContext,
  ): Promise<JournalLine[]> {
    return (await trialBalance(await ctx.onReplica(), legalEntity, period, ctx.caller.merchant)).map(JournalLine.of);
  }

  @Query(() => [Account], { nullable: true, description: "The chart of accounts, by code." })
  @Needs("finance:read")
  async accounts(@Ctx() ctx: RequestContext): Promise<Account[]> {
    return listAccounts(await ctx.onReplica());
  }

  @FieldResolver(() => [JournalLine], { description: "Its debits and credits." })
  async lines(@Root() { id }: JournalEntry, @Ctx() ctx: RequestContext): Promise<JournalLine[]> {
    return (await loadMany(ctx, "journalLines", readJournalLines, (row: JournalLineRow) => row.entryId, id)).map(JournalLine.of);
  }

  @FieldResolver(() => Movement, { nullable: true, description: "The movement it values." })
  movement(@Root() { movementId }: JournalEntry, @Ctx() ctx: RequestContext): Promise<Movement | null> {
    return movementById(ctx, movementId);
  }
}

@Resolver(() => JournalLine)
export class JournalLineResolver {
  @FieldResolver(() => Account, { description: "The account." })
  account(@Root() { accountCode }: JournalLine, @Ctx() ctx: RequestContext): Promise<Account> {
    return accountByCode(ctx, accountCode);
  }

  @FieldResolver(() => InventoryItem, { nullable: true, description: "The item; null in totals." })
  item(@Root() { sku }: JournalLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> | null {
    return sku === null ? null : itemBySku(ctx, sku);
  }

  @FieldResolver(() => Warehouse, { nullable: true, description: "The warehouse; null in totals." })
  warehouse(@Root() { warehouseCode }: JournalLine, @Ctx() ctx: RequestContext): Promise<Warehouse> | null {
    return warehouseCode === null ? null : warehouseByCode(ctx, warehouseCode);
  }

  @FieldResolver(() => Merchant, { nullable: true, description: "Whose goods; null in totals." })
  merchant(@Root() { merchantCode }: JournalLine, @Ctx() ctx: RequestContext): Promise<Merchant | null> | null {
    return merchantCode === null ? null : merchantByCode(ctx, merchantCode);
  }
}

@Resolver(() => Movement)
export class MovementJournalResolver {
  @FieldResolver(() => JournalEntry, { nullable: true, description: "Its entry; null where no value moves." })
  @Needs("finance:read")
  async journal(@Root() { id }: Movement, @Ctx() ctx: RequestContext): Promise<JournalEntry | null> {
    const entry = await loadOne(ctx, "entryOfMovement", readEntriesOfMovements, (row: EntryRow) => row.movementId, id);
    return entry && JournalEntry.of(entry);
  }
}

@Resolver(() => Valuation)
export class ValuationResolver {
  @Query(() => Valuation, {
    nullable: true,
    description: "What stock is worth, now or at a past moment by occurredAt; a future one is BAD_USER_INPUT.",
  })
  @Needs("finance:read")
  inventoryValuation(
    @Arg("asOf", () => Date, { nullable: true, description: "The moment; now by default." }) asOf: Date | undefined,
    @Arg("warehouse", () => ID, { nullable: true, description: "Only in this warehouse." }) warehouse: string | undefined,
    @Arg("merchant", () => ID, { nullable: true, description: "Only this merchant's goods." }) merchant: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<Valuation> {
    return valuation(ctx, asOf ?? undefined, warehouse, merchant);
  }

  @Query(() => Valuation, {
    nullable: true,
    description:
      "What lies under a pledge, now or at a past moment by occurredAt, for the lender: units, and their share, by units, of the item's value in that warehouse. A future moment is BAD_USER_INPUT; a pledge that never was has no lines.",
  })
  @Needs("finance:read")
  pledgeStatement(
    @Arg("pledge", () => ID, { description: "The pledge, or loan." }) pledge: string,
    @Arg("asOf", () => Date, { nullable: true, description: "The moment; now by default." }) asOf: Date | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<Valuation> {
    return pledgeStatement(ctx, pledge, asOf ?? undefined);
  }

  @FieldResolver(() => ValuationLineConnection, { description: "Item by item in each warehouse; without those that have none." })
  lines(@Root() of: Valuation, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<ValuationLine>> {
    return valuationPage(ctx, of, page);
  }

  @FieldResolver(() => [Money], { description: "The sum of all lines, one amount per currency." })
  async total(@Root() of: Valuation, @Ctx() ctx: RequestContext): Promise<Money[]> {
    return (await valuationTotals(await ctx.onReplica(), filterOf(of))).map(({ amount, currency }) => Money.of(amount, currency));
  }
}

@Resolver(() => ValuationLine)
export class ValuationLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: ValuationLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }

  @FieldResolver(() => Warehouse, { description: "The warehouse." })
  warehouse(@Root() { warehouseCode }: ValuationLine, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, warehouseCode);
  }
}
