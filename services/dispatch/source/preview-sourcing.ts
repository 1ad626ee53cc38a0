import type { Reader } from "../../../shared/db/database";
import type { AddressInput } from "../../../shared/graphql/common.types";
import { Fault, Refusal } from "../../../shared/refusal";
import { databaseNow } from "../feed/clock.sql";
import { Known } from "../known/known";
import { readChannel } from "../known/known.sql";
import type { StoredDecision } from "../order/fulfillment-order";
import { summed } from "../order/summed";
import { positionsOf } from "../position/position.sql";
import { decisionOf } from "../order/allocate";
import { Criteria } from "./criteria";
import { decideSourcing } from "./decide-sourcing";
import type { OrderLineInput } from "./source.types";
import { GENERAL } from "./sourcing-rule";

/** How these lines would be sourced now; the decision is the same pure function that orders go through. */
export async function previewSourcing(
  reader: Reader,
  channelCode: string | null,
  shipTo: AddressInput,
  lines: OrderLineInput[],
): Promise<StoredDecision> {
  const wanted = checked(lines);
  const channel = channelCode === null ? undefined : await readChannel(reader, channelCode);
  if (channelCode !== null && !channel) throw new Fault("NOT_FOUND", `no channel ${channelCode}`);
  const known = await Known.read(reader, channel ? [channel.code] : []);
  const members = channel ? known.warehousesOf(channel.pool_code) : known.allWarehouses();
  const rows =
    members.length === 0
      ? []
      : await positionsOf(
          reader,
          members.map(({ code }) => code),
          [...wanted.keys()],
        );
  const criteria = await Criteria.read(
    reader,
    known,
    rows.map(({ warehouse_code, sku }) => ({ place: warehouse_code, sku })),
  );
  const warehouses = members.map(({ code, place }) => ({
    code,
    place,
    free: new Map(rows.filter((row) => row.warehouse_code === code).map((row) => [row.sku, row.on_hand - row.allocated])),
    ...criteria.of(code),
  }));
  const request = { shipTo, place: known.placeOf(shipTo), wanted, grams: criteria.grams };
  const plan = decideSourcing(request, warehouses, known.ruleFor(channel?.code ?? GENERAL));
  return decisionOf(plan, await databaseNow(reader), criteria.currency);
}

function checked(lines: OrderLineInput[]): Map<string, number> {
  try {
    return summed(lines, ["lines"]);
  } catch (error) {
    throw error instanceof Refusal ? new Fault("BAD_USER_INPUT", `${error.field?.join(".")}: ${error.message}`) : error;
  }
}
