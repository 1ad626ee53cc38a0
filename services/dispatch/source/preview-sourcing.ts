import type { Reader } from "../../../shared/db/database";
import type { AddressInput } from "../../../shared/graphql/common.types";
import { Fault, Refusal } from "../../../shared/refusal";
import { databaseNow } from "../feed/clock.sql";
import { Known } from "../known/known";
import { readChannel } from "../known/known.sql";
import type { StoredDecision } from "../order/fulfillment-order";
import { summed } from "../order/summed";
import { positionsOf } from "../position/position.sql";
import { decideSourcing, unitsOf } from "./decide-sourcing";
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
  const warehouses = members.map(({ code, place }) => ({
    code,
    place,
    free: new Map(rows.filter((row) => row.warehouse_code === code).map((row) => [row.sku, row.on_hand - row.allocated])),
  }));
  const plan = decideSourcing({ shipTo, wanted }, warehouses, known.ruleFor(channel?.code ?? GENERAL));
  const decidedAt = (await databaseNow(reader)).toISOString();
  return {
    strategy: plan.strategy,
    decidedAt,
    candidates: plan.candidates,
    shipments: plan.takes.length,
    unfilled: unitsOf(plan.unfilled),
  };
}

function checked(lines: OrderLineInput[]): Map<string, number> {
  try {
    return summed(lines, ["lines"]);
  } catch (error) {
    throw error instanceof Refusal ? new Fault("BAD_USER_INPUT", `${error.field?.join(".")}: ${error.message}`) : error;
  }
}
