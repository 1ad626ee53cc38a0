import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { isId } from "../../../shared/ids";
import { loadOne } from "../load";
import { maySee, visibleTo } from "../visible";
import type { BatchRow } from "./import-batch";
import { importMovements } from "./import-movements";
import { listFailedRows, readBatches } from "./import.sql";
import { ImportBatch, ImportError, ImportErrorConnection, ImportMovementsInput, ImportPayload, ImportRowInput } from "./import.types";
import { resubmitRows } from "./resubmit-rows";

/** One batch; null when there is none that this caller may see. */
export async function importBatchById(ctx: RequestContext, id: string): Promise<ImportBatch | null> {
  if (!isId(id)) return null;
  const row = await loadOne(ctx, "importBatch", readBatches, (batch: BatchRow) => batch.id, id);
  return row && maySee(visibleTo(ctx), row) ? ImportBatch.of(row) : null;
}

async function errorsPage(ctx: RequestContext, id: string, args: PageArgs): Promise<Connection<ImportError>> {
  const [after] = cursorKey(args, "number") ?? [0];
  const rows = await listFailedRows(await ctx.onReplica(), id, after as number, args.first + 1);
  return toPage(
    rows,
    args,
    (row) => [row.rowNo],
    ({ rowNo, ...row }) => Object.assign(new ImportError(), { row: rowNo, ...row }),
  );
}

@Resolver(() => ImportBatch)
export class ImportResolver {
  @Query(() => ImportBatch, { nullable: true, description: "One batch; null when there is none that this caller may see." })
  @Needs("warehouse:read")
  importBatch(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: RequestContext): Promise<ImportBatch | null> {
    return importBatchById(ctx, id);
  }

  @Mutation(() => ImportPayload, {
    nullable: true,
    description:
      "The transaction interface: up to 5,000 rows a call, more through `npm run import`; bad rows are reported, good ones posted. Rows are stored first and posted in parts; a batch that is still RUNNING after some seconds, or whose caller has gone, is finished without it. Refusals of the whole: INVALID_INPUT, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("warehouse:write")
  importMovements(
    @Arg("input", { description: "The rows, and how to treat them." }) input: ImportMovementsInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ImportPayload> {
    return refusable(async () => ({ batch: await importBatchById(ctx, await importMovements(ctx.write.bind(ctx), ctx.caller, input)) }));
  }

  @Mutation(() => ImportPayload, {
    nullable: true,
    description:
      "Puts corrected rows in the place of failed ones and runs them, with those that REJECT_EVERYTHING held back; said again it changes nothing. Refusals: INVALID_INPUT, NOT_FOUND (another client's batch, no such row), INVALID_STATE (a row that did not fail, a batch that was only tried or whose rows were removed).",
  })
  @Needs("warehouse:write")
  resubmitImportRows(
    @Arg("batchId", () => ID, { description: "The batch." }) batchId: string,
    @Arg("rows", () => [ImportRowInput], { description: "1 to 5,000 rows with at most 10,000 lines in all." }) rows: ImportRowInput[],
    @Ctx() ctx: RequestContext,
  ): Promise<ImportPayload> {
    return refusable(async () => ({
      batch: await importBatchById(ctx, await resubmitRows(ctx.write.bind(ctx), ctx.caller, batchId, rows)),
    }));
  }

  @FieldResolver(() => ImportErrorConnection, { description: "The rows that were refused, by row." })
  @Needs("warehouse:read")
  errors(@Root() { id }: ImportBatch, @Args() args: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<ImportError>> {
    return errorsPage(ctx, id, args);
  }
}
