import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { isId } from "../../../shared/ids";
import { loadOne } from "../load";
import { wholeHouse } from "../visible";
import { exportJournal } from "./export-journal";
import { exportPart } from "./export-pages";
import { listExports, readExports, readExportsOfEntries, type ExportRow } from "./export.sql";
import {
  ExportJournalInput,
  JournalExport,
  JournalExportConnection,
  JournalExportPayload,
  JournalExportText,
  TextArgs,
} from "./export.types";
import { JournalEntry } from "./journal.types";

@ArgsType()
class ExportsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only of this period." })
  period?: string;

  @Field(() => ID, { nullable: true, defaultValue: "MAIN", description: "Whose books." })
  legalEntity: string = "MAIN";
}

async function exportById(ctx: RequestContext, id: string): Promise<JournalExport | null> {
  if (!isId(id)) return null;
  const row = await loadOne(ctx, "journalExport", readExports, (one: ExportRow) => one.id, id);
  return row && JournalExport.of(row);
}

async function exportsPage(ctx: RequestContext, args: ExportsArgs): Promise<Connection<JournalExport>> {
  const [after] = cursorKey(args, "string") ?? [];
  return toPage(await listExports(await ctx.onReplica(), { ...args, after }, args.first + 1), args, (row) => [row.id], JournalExport.of);
}

async function exported(ctx: RequestContext, input: ExportJournalInput): Promise<JournalExportPayload> {
  const nothing = { exportId: null, entries: 0, lines: 0, export: null };
  return refusable<JournalExportPayload>(async () => {
    const made = (await exportById(ctx, await ctx.write((tx) => exportJournal(tx, ctx.caller, input))))!;
    return { exportId: made.id, entries: made.entries, lines: made.lines, export: made, userErrors: [] };
  }, nothing);
}

@Resolver(() => JournalExport)
export class JournalExportResolver {
  @Query(() => JournalExport, {
    nullable: true,
    description: "One export, with its files; null when there is none. FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:read")
  journalExport(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: RequestContext): Promise<JournalExport | null> {
    wholeHouse(ctx);
    return exportById(ctx, id);
  }

  @Query(() => JournalExportConnection, {
    nullable: true,
    description: "Exports of a legal entity's journal, newest first. FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:read")
  journalExports(@Args() args: ExportsArgs, @Ctx() ctx: RequestContext): Promise<Connection<JournalExport>> {
    wholeHouse(ctx);
    return exportsPage(ctx, args);
  }

  @Mutation(() => JournalExportPayload, {
    nullable: true,
    description:
      "Hands the journal of a period to the general ledger: the entries that no export has taken, each once, 100,000 at most. An open period may be exported again and again; after an export of a CLOSED one it cannot be reopened. Refusals: INVALID_INPUT, NOT_FOUND (period), IDEMPOTENCY_KEY_REUSED. FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:write")
  exportJournal(
    @Arg("input", { description: "Which entries." }) input: ExportJournalInput,
    @Ctx() ctx: RequestContext,
  ): Promise<JournalExportPayload> {
    wholeHouse(ctx);
    return exported(ctx, input);
  }

  @FieldResolver(() => JournalExportText, { description: "Its CSV file (RFC 4180, with a heading), in parts; the same every time." })
  async csv(@Root() of: JournalExport, @Args() args: TextArgs, @Ctx() ctx: RequestContext): Promise<JournalExportText> {
    return exportPart(await ctx.onReplica(), of, args, "csv");
  }

  @FieldResolver(() => JournalExportText, { description: "Its JSON file, an object a line, in parts; the same every time." })
  async json(@Root() of: JournalExport, @Args() args: TextArgs, @Ctx() ctx: RequestContext): Promise<JournalExportText> {
    return exportPart(await ctx.onReplica(), of, args, "json");
  }
}

@Resolver(() => JournalEntry)
export class EntryExportResolver {
  @FieldResolver(() => ID, { nullable: true, description: "The export that handed it over; null while none has." })
  async exportedIn(@Root() { id }: JournalEntry, @Ctx() ctx: RequestContext): Promise<string | null> {
    return (await loadOne(ctx, "exportOfEntry", readExportsOfEntries, (row) => row.entryId, id))?.exportId ?? null;
  }
}
