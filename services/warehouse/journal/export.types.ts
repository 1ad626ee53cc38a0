import { ArgsType, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf, PageInfo, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { ExportLevel } from "../enums";
import type { ExportRow } from "./export.sql";

@InputType({ description: "Which entries to hand to the general ledger." })
export class ExportJournalInput {
  @Field(() => ID, {
    description: "Asking again with the same key and input answers the same export; another input is IDEMPOTENCY_KEY_REUSED.",
  })
  idempotencyKey!: string;

  @Field(() => ID, { description: "The period's code (NOT_FOUND)." })
  period!: string;

  @Field(() => ID, { nullable: true, defaultValue: "MAIN", description: "Whose books." })
  legalEntity?: string | null;

  @Field(() => ExportLevel, { nullable: true, defaultValue: "SUMMARY", description: "How fine." })
  level?: ExportLevel | null;
}

@ObjectType({ description: "Entries of a period that were handed to the general ledger together. It never changes." })
@Needs("finance:read")
export class JournalExport {
  @Field(() => ID, { description: "Opaque; later exports have greater ids." })
  id!: string;

  @Field(() => ID, { description: "Whose books." })
  legalEntity!: string;

  @Field(() => ID, { description: "Of which period." })
  period!: string;

  @Field(() => ExportLevel, { description: "How fine." })
  level!: ExportLevel;

  @Field({ description: "When." })
  at!: Date;

  @Field({ description: "Which client asked for it." })
  by!: string;

  @Field({ description: "Whether the period was CLOSED: from then on it cannot be reopened." })
  final!: boolean;

  @Field({ description: "Whether it took all that was left; an export takes 100,000 entries at most, the next takes the rest." })
  complete!: boolean;

  @Field(() => Int, { description: "How many entries it took; may be none." })
  entries!: number;

  @Field(() => Int, { description: "How many lines its files have, the CSV's heading not counted." })
  lines!: number;

  static of = (row: ExportRow): JournalExport => Object.assign(new JournalExport(), row);
}

export const JournalExportConnection = connectionOf(JournalExport, "JournalExport");

@ObjectType({ description: "A part of a file. The texts of all parts, one after the other, are the file." })
@Open()
export class JournalExportText {
  @Field({ description: "Whole lines, each with its line break." })
  text!: string;

  @Field(() => PageInfo, { description: "Where this part ends." })
  pageInfo!: PageInfo;
}

@ArgsType()
export class TextArgs {
  @Field(() => Int, { nullable: true, defaultValue: 1_000, description: "How many lines to return, 1 to 10,000." })
  first: number = 1_000;

  @Field(() => String, { nullable: true, description: "The `endCursor` of the part before." })
  after?: string | null;
}

@ObjectType({ description: "The export, or why it was refused." })
@Open()
export class JournalExportPayload {
  @Field(() => ID, { nullable: true, description: "The export; `journalExport` gives its files." })
  exportId?: string | null;

  @Field(() => Int, { description: "How many entries it took; 0 when there were none left." })
  entries!: number;

  @Field(() => Int, { description: "How many lines its files have." })
  lines!: number;

  @Field(() => JournalExport, { nullable: true, description: "The same export, with all that is known of it." })
  export?: JournalExport | null;

  @Field(() => [UserError], { description: "Why nothing was exported; empty on success." })
  userErrors!: UserError[];
}
