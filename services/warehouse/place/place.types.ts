import { Directive, Field, ID, InputType, ObjectType } from "type-graphql";
import { Address, AddressInput, connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { LocationKind } from "../enums";

@ObjectType({ description: "A warehouse. A key that this layer does not know has null fields." })
@Directive('@key(fields: "code")')
@Needs("catalog:read", "warehouse:read", "dispatch:read")
export class Warehouse {
  @Field(() => ID, { description: "Its code, byte-exact." })
  @Open()
  code!: string;

  @Field(() => String, { nullable: true, description: "Its name." })
  name?: string;

  @Field(() => Address, { nullable: true, description: "Where it is." })
  address?: Address;

  @Field(() => ID, { nullable: true, description: "Whose books its stock is in, and whose accounting periods. Never changes." })
  legalEntity?: string;

  @Field(() => String, { nullable: true, description: "ISO 4217 code of the currency that its stock is valued in. Never changes." })
  currency?: string;

  @Field(() => String, { nullable: true, description: "IANA time zone, such as Europe/Berlin." })
  timeZone?: string;

  @Field(() => String, { nullable: true, description: "Local time HH:MM after which an order ships the next day; null: none." })
  cutoff?: string | null;

  static stub = (code: string): Warehouse => Object.assign(new Warehouse(), { code });
}

@ObjectType({ description: "A place in a warehouse." })
@Needs("warehouse:read", "orders:read")
export class Location {
  @Field(() => ID, { description: "Its code, unique in its warehouse." })
  code!: string;

  warehouseCode!: string;

  @Field(() => LocationKind, { description: "What it is for. Never changes." })
  kind!: LocationKind;
}

export const LocationConnection = connectionOf(Location, "Location");

@InputType({ description: "A place in a warehouse." })
export class LocationInput {
  @Field(() => ID, { description: "Its code, byte-exact, at most 64 characters." })
  code!: string;

  @Field(() => LocationKind, { description: "What it is for; a location that exists keeps its kind (INVALID_STATE)." })
  kind!: LocationKind;
}

@InputType({
  description: "Makes a warehouse or changes it. An absent field keeps its value, or takes the default on making; null clears it.",
})
export class SaveWarehouseInput {
  @Field(() => ID, { description: "Its code, byte-exact, at most 64 characters." })
  code!: string;

  @Field({ description: "Its name, at most 200 characters." })
  name!: string;

  @Field({ description: "ISO 4217 code; cannot change later (INVALID_STATE)." })
  currency!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      "Whose books its stock is in; MAIN by default; cannot change later (INVALID_STATE). A new code makes the legal entity, whose periods go by this warehouse's time zone for good; MAIN's go by UTC.",
  })
  legalEntity?: string | null;

  @Field(() => String, { nullable: true, description: "IANA time zone; UTC by default." })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: "Local time HH:MM after which an order ships the next day." })
  cutoff?: string | null;

  @Field(() => AddressInput, { description: "Where it is; coordinates make NEAREST exact." })
  address!: AddressInput;

  @Field(() => [LocationInput], {
    nullable: true,
    description:
      "Locations to add, at most 1,000 a call; those that exist stay. RECEIVING, STORAGE, PACKING and TRANSIT are made where none of the kind is given.",
  })
  locations?: LocationInput[] | null;
}

@ObjectType({ description: "The saved warehouse, or why it was refused." })
@Open()
export class WarehousePayload {
  @Field(() => Warehouse, { nullable: true, description: "The warehouse as it is now." })
  warehouse?: Warehouse | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
