import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { Money } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { Fault } from "../../../shared/refusal";
import { exact } from "../../../shared/units/decimal";
import { readAccounts, type AccountRow } from "./accounts.sql";
import { openItems, type OpenItemRow } from "./open-items.sql";
import { OpenItem } from "./open-items.types";

const MOST_ITEMS = 5_000;

function itemOf({ kind, inventory }: AccountRow, row: OpenItemRow): OpenItem {
  const debits = kind === "ASSET" || kind === "EXPENSE";
  const comesFromStock = debits && !inventory;
  return Object.assign(new OpenItem(), {
    document: { type: row.documentType, number: row.documentNumber, line: null },
    supplier: row.supplier,
    quantity: Number(row.units) * (comesFromStock ? -1 : 1) || 0,
    amount: Money.of(debits ? row.rest : exact(row.rest).negated(), row.currency),
    since: row.since,
  });
}

async function openItemsOf(ctx: RequestContext, code: string, asOf: Date | undefined): Promise<OpenItem[] | null> {
  const reader = await ctx.onReplica();
  const [account] = await readAccounts(reader, [code]);
  if (!account) return null;
  const rows = await openItems(reader, code, { asOf, merchant: ctx.caller.merchant }, MOST_ITEMS + 1);
  if (rows.length > MOST_ITEMS)
    throw new Fault("BAD_USER_INPUT", `${code} has more than ${MOST_ITEMS} open items; ask for an earlier asOf`);
  return rows.map((row) => itemOf(account, row));
}

@Resolver()
export class OpenItemsResolver {
  @Query(() => [OpenItem], {
    nullable: true,
    description:
      "What is open on an account by document, the longest open first; null for an unknown account. More than 5,000 are BAD_USER_INPUT. To a caller bound to a merchant: of its goods.",
  })
  @Needs("finance:read")
  openItems(
    @Arg("account", () => ID, { description: "The account's code, such as 2100 for goods received not invoiced." }) account: string,
    @Arg("asOf", () => Date, { nullable: true, description: "As of this moment, by occurredAt; everything by default." })
    asOf: Date | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<OpenItem[] | null> {
    return openItemsOf(ctx, account, asOf ?? undefined);
  }
}
