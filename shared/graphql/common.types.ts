import { ArgsType, Directive, Field, Float, InputType, Int, ObjectType, registerEnumType, type ClassType } from "type-graphql";
import { refusals } from "../metrics";
import { ErrorCode, Fault, type Refusal } from "../refusal";
import { exact, sixPlaces, type Exact } from "../units/decimal";
import { ForPartners } from "./for-partners";
import { Open } from "./needs";
import { DecimalText } from "./scalars";

registerEnumType(ErrorCode, {
  name: "ErrorCode",
  description: "Why something was refused or failed. The list is closed.",
  valuesConfig: {
    INVALID_INPUT: { description: "A value breaks a rule; `field` says which." },
    NOT_FOUND: { description: "No such thing, or none that this caller may see." },
    INSUFFICIENT_STOCK: { description: "There is less than was asked for; the payload's shortages say how much there is." },
    NOT_LISTED: { description: "The item is not on sale in this channel now." },
    LIMIT_EXCEEDED: { description: "A sale limit: maxPerOrder, maxPerCustomer or the channel's quota." },
    INVALID_STATE: { description: "The thing exists but cannot do this now; the message names its state." },
    IDEMPOTENCY_KEY_REUSED: { description: "The same key came before with another input." },
    STALE_VALUE: { description: "A value given for comparison no longer holds." },
    PERIOD_CLOSED: { description: "The accounting period of the date takes no postings." },
    CONFLICT: { description: "A unique code or reference is taken, or an order number belongs to another channel or client." },
    IN_PROGRESS: { description: "The same key is being worked on right now; ask again." },
    OVERLOADED: { description: "Shed under load; ask again after retryAfterMs." },
    UNAVAILABLE: { description: "The database cannot be reached; nothing is known to have changed. Ask again with the same key." },
  },
});

@ObjectType({ description: "An expected refusal: nothing was changed." })
@Directive("@shareable")
@Open()
export class UserError {
  @Field(() => ErrorCode, { description: "What kind of refusal." })
  code!: ErrorCode;

  @Field({ description: "For people: what is wrong and, where there is a way out, which." })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Path of the input value that is at fault, such as ["input", "lines", "0", "sku"].',
  })
  field?: string[];

  @Field(() => Int, { nullable: true, description: "Milliseconds after which asking again makes sense." })
  retryAfterMs?: number;

  static of(refusal: Refusal): UserError {
    refusals.inc({ code: refusal.code });
    return Object.assign(new UserError(), {
      code: refusal.code,
      message: refusal.message,
      field: refusal.field,
      retryAfterMs: refusal.retryAfterMs,
    });
  }
}

@ObjectType({ description: "An exact amount in one currency." })
@Directive("@shareable")
@Open()
export class Money {
  @Field(() => DecimalText, { description: "The amount, six places after the point." })
  amount!: string;

  @Field({ description: "ISO 4217 code, such as EUR." })
  currency!: string;

  static of(amount: string | Exact, currency: string): Money {
    return Object.assign(new Money(), { amount: sixPlaces(exact(amount)), currency });
  }
}

@ObjectType({ description: "Where a page of a list ends." })
@Directive("@shareable")
@ForPartners()
@Open()
export class PageInfo {
  @Field({ description: "Whether there is more after `endCursor`." })
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: "Pass it as `after` to go on. Opaque; null on an empty page." })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: "How many to return, 1 to 200." })
  first: number = 50;

  @Field(() => String, { nullable: true, description: "The `endCursor` of the page before." })
  after?: string | null;
}

export const MOST_A_PAGE = 200;

/** A keyset cursor: the sort key of the last row shown. */
export type CursorKey = (string | number)[];

export const encodeCursor = (key: CursorKey): string => Buffer.from(JSON.stringify(key)).toString("base64url");

/** The key behind `after`, checked against the expected number and kinds of parts; undefined for the first page. */
export function cursorKey(page: PageArgs, ...kinds: ("string" | "number")[]): CursorKey | undefined {
  if (page.first < 1 || page.first > MOST_A_PAGE) throw new Fault("BAD_USER_INPUT", `first must be 1 to ${MOST_A_PAGE}`);
  if (page.after === undefined || page.after === null) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(page.after, "base64url").toString());
    if (Array.isArray(key) && key.length === kinds.length && key.every((part, i) => typeof part === kinds[i])) return key;
  } catch {
    // falls through to the one answer for everything that is no cursor of ours
  }
  throw new Fault("BAD_USER_INPUT", "after is no cursor of this list; use the endCursor of the page before");
}

export interface Connection<Node> {
  nodes: Node[];
  pageInfo: PageInfo;
}

/** Builds a page from up to `first + 1` rows: the one too many says that there is more. */
export function toPage<Row, Node>(
  rows: Row[],
  page: PageArgs,
  keyOf: (row: Row) => CursorKey,
  nodeOf: (row: Row) => Node,
): Connection<Node> {
  const shown = rows.slice(0, page.first);
  const last = shown[shown.length - 1];
  return {
    nodes: shown.map(nodeOf),
    pageInfo: { hasNextPage: rows.length > page.first, endCursor: last === undefined ? null : encodeCursor(keyOf(last)) },
  };
}

/** The type `NameConnection { nodes, pageInfo }`. */
export function connectionOf<Node extends object>(node: ClassType<Node>, name: string): ClassType<Connection<Node>> {
  @ObjectType(`${name}Connection`, { description: `A page of ${name} records.` })
  @Open()
  class NamedConnection implements Connection<Node> {
    @Field(() => [node], { description: "The records of this page, in order." })
    nodes!: Node[];

    @Field(() => PageInfo, { description: "Where this page ends." })
    pageInfo!: PageInfo;
  }
  return NamedConnection;
}

@ObjectType({ description: "A postal address, with coordinates where they are known." })
@Directive("@shareable")
@Open()
export class Address {
  @Field(() => String, { nullable: true, description: "Recipient." }) name?: string | null;
  @Field(() => String, { nullable: true, description: "Company." }) company?: string | null;
  @Field(() => String, { nullable: true, description: "Phone number, as given." }) phone?: string | null;
  @Field(() => String, { nullable: true, description: "Mail address, as given." }) email?: string | null;
  @Field(() => String, { nullable: true, description: "Street and number." }) line1?: string | null;
  @Field(() => String, { nullable: true, description: "Second line." }) line2?: string | null;
  @Field(() => String, { nullable: true, description: "District." }) district?: string | null;
  @Field(() => String, { nullable: true, description: "City." }) city?: string | null;
  @Field(() => String, { nullable: true, description: "State, province or region." }) region?: string | null;
  @Field(() => String, { nullable: true, description: "Postal code." }) postalCode?: string | null;
  @Field({ description: "ISO 3166-1 alpha-2 country code, such as DE." }) countryCode!: string;
  @Field(() => Float, { nullable: true, description: "Degrees north, -90 to 90." }) latitude?: number | null;
  @Field(() => Float, { nullable: true, description: "Degrees east, -180 to 180." }) longitude?: number | null;
}

@InputType({ description: "A postal address. Coordinates make NEAREST exact; without them the country's centroid serves." })
export class AddressInput {
  @Field(() => String, { nullable: true, description: "Recipient." }) name?: string | null;
  @Field(() => String, { nullable: true, description: "Company." }) company?: string | null;
  @Field(() => String, { nullable: true, description: "Phone number." }) phone?: string | null;
  @Field(() => String, { nullable: true, description: "Mail address." }) email?: string | null;
  @Field(() => String, { nullable: true, description: "Street and number." }) line1?: string | null;
  @Field(() => String, { nullable: true, description: "Second line." }) line2?: string | null;
  @Field(() => String, { nullable: true, description: "District." }) district?: string | null;
  @Field(() => String, { nullable: true, description: "City." }) city?: string | null;
  @Field(() => String, { nullable: true, description: "State, province or region." }) region?: string | null;
  @Field(() => String, { nullable: true, description: "Postal code." }) postalCode?: string | null;
  @Field({ description: "ISO 3166-1 alpha-2 country code, such as DE." }) countryCode!: string;
  @Field(() => Float, { nullable: true, description: "Degrees north, -90 to 90." }) latitude?: number | null;
  @Field(() => Float, { nullable: true, description: "Degrees east, -180 to 180." }) longitude?: number | null;
}
