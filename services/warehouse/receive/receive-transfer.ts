import { tell } from "../../../shared/flow/outbox";
import type { Brought } from "../cost/cost";
import { invalid } from "../ledger/check-movement";
import { decidePosting, type DecidedPosting, type Posting, type PostingLine } from "../ledger/decide-posting";
import { serialKey, type Place, type Stock } from "../ledger/stock";
import type { ShipmentRow } from "../ship/ship.sql";
import { progress as progressShipment } from "../ship/shipment";
import { openUnits, type Step } from "./inbound";
import type { ReceiveLineInput } from "./inbound.inputs";
import type { InboundLineRow } from "./inbound.sql";
import type { OnTheWay } from "./on-the-way.sql";

/** What of a transfer is in TRANSIT: its units, their serial numbers and what they are worth. */
export interface OnItsWay {
  units: OnTheWay[];
  serials: { sku: string; serial: string }[];
  worth: Map<string, Brought>;
}

/** A line that has come: where its units go, and those that were not taken in. */
export interface Arrived {
  to: PostingLine;
  received: number;
  rejected: number;
  scrap: boolean;
  input: ReceiveLineInput;
}

/**
 * Units of a transfer leave TRANSIT: what has come for its shelf, what was rejected, and with `final` all that never came, as a loss.
 * They are taken out of what this transfer has there, lot by lot and by serial number.
 */
export function decideArrival(
  { caller, inbound }: Step,
  stock: Stock,
  arrived: Arrived[],
  final: boolean,
  way: OnItsWay,
): DecidedPosting[] {
  const { id, client, documentType, documentNumber } = inbound;
  const document = { type: documentType, number: documentNumber };
  const common = { occurredAt: stock.now, postedBy: caller.client, client, document, inboundId: id };
  const left = new Left(stock, way);
  const moved: PostingLine[] = [];
  const lost: PostingLine[] = [];
  const scrapped: PostingLine[] = [];
  for (const { to, received, rejected, scrap, input } of arrived) {
    for (const from of left.take(to, received)) {
      // What has expired or was recalled on its way stays so, unless it is said to be something else.
      const status = from.status !== "AVAILABLE" && input.status == null && !scrap ? from.status : to.status;
      const there = { ...to, status, units: -from.units, serials: from.serials };
      moved.push(from, there);
      if (scrap) scrapped.push({ ...there, units: from.units });
    }
    if (rejected > 0 && stock.items.get(to.sku)!.tracking === "SERIAL")
      throw invalid("what has a serial number is received, whatever its status; what never came is lost with final", [
        ...to.field!,
        "rejected",
      ]);
    lost.push(...left.take({ ...to, serials: undefined }, rejected));
  }
  if (final) lost.push(...left.rest());
  const postings: Posting[] = [
    { ...common, type: "BIN_MOVE", lines: moved },
    { ...common, type: "SCRAP_ISSUE", lines: scrapped },
    { ...common, type: "TRANSFER_LOSS", lines: lost },
  ];
  return postings.filter(({ lines }) => lines.length > 0).map((posting) => decidePosting(stock, posting));
}

/** What of a transfer is still in TRANSIT; `take` says out of which places units come. */
class Left {
  private readonly units: OnTheWay[];
  private readonly worth: OnItsWay["worth"];
  private readonly serials: Map<string, string[]>;

  constructor(
    private readonly stock: Stock,
    { units, serials, worth }: OnItsWay,
  ) {
    this.units = units;
    this.worth = worth;
    this.serials = new Map(units.map(({ sku }) => [sku, []]));
    for (const { sku, serial } of serials) this.serials.get(sku)?.push(serial);
  }

  take({ sku, lot, serials, field }: PostingLine, wanted: number): PostingLine[] {
    const of = this.units.filter((one) => one.sku === sku && (lot === "" || one.lot === lot));
    const there = of.reduce((sum, { units }) => sum + units, 0);
    if (there < wanted)
      throw invalid(`only ${there} units of ${[sku, lot].filter(Boolean).join(" lot ")} are on the way by this transfer`, [
        ...field!,
        "quantity",
      ]);
    const own = this.serials.get(sku) ?? [];
    const stranger = serials?.find((serial) => !own.includes(serial));
    if (stranger !== undefined) throw invalid(`${stranger} of ${sku} is not on the way by this transfer`, [...field!, "serials"]);
    if (this.stock.items.get(sku)!.tracking === "SERIAL") return this.takeSerials(sku, (serials ?? own).slice(0, wanted), field);
    let missing = wanted;
    return of.flatMap((one) => {
      const units = Math.min(missing, one.units);
      missing -= units;
      one.units -= units;
      return this.places(one, units).map((place) => ({ ...place, brought: this.worth.get(sku), field }));
    });
  }

  rest(): PostingLine[] {
    return [...new Set(this.units.map(({ sku }) => sku))].flatMap((sku) => {
      const units = this.units.reduce((sum, one) => (one.sku === sku ? sum + one.units : sum), 0);
      return units === 0
        ? []
        : this.take({ sku, lot: "", location: "", status: "AVAILABLE", pledge: "", units, field: ["input", "final"] }, units);
    });
  }

  private takeSerials(sku: string, serials: string[], field: string[] | undefined): PostingLine[] {
    const own = this.serials.get(sku)!;
    this.serials.set(
      sku,
      own.filter((serial) => !serials.includes(serial)),
    );
    return serials.map((serial) => {
      const { location, lot, status, pledge } = this.stock.serials.get(serialKey(sku, serial))!;
      const from = this.units.find((one) => one.sku === sku && one.location === location && one.lot === lot)!;
      from.units -= 1;
      return { sku, location, lot, status, pledge, units: -1, serials: [serial], brought: this.worth.get(sku), field };
    });
  }

  /** Units of a lot in TRANSIT, whatever has become of its status there; those that are AVAILABLE first. */
  private places({ sku, location, lot }: OnTheWay, wanted: number): (Place & { units: number })[] {
    let missing = wanted;
    return [...this.stock.balances.values()]
      .filter((place) => place.sku === sku && place.location === location && place.lot === lot && place.quantity > 0)
      .sort((a, b) => Number(b.status === "AVAILABLE") - Number(a.status === "AVAILABLE"))
      .flatMap(({ status, pledge, quantity }) => {
        const units = Math.min(missing, quantity);
        missing -= units;
        return units === 0 ? [] : [{ sku, location, lot, status, pledge, units: -units }];
      });
  }
}

/** Tells dispatch what has come so far of a transfer. A transfer that has come is done in both warehouses. */
export async function tellTransfer({ tx, caller, inbound, lines }: Step, shipment: ShipmentRow): Promise<void> {
  const { id, warehouseCode, status, version, client, merchant } = inbound;
  if (status !== "PARTIALLY_RECEIVED" && status !== "RECEIVED") return;
  const closed = status === "RECEIVED";
  if (closed) await progressShipment({ tx, caller, shipment }, "DELIVERED", { note: `received in ${warehouseCode}` });
  await tell(tx, [
    {
      type: "TransferProgressed",
      transferId: id,
      warehouse: warehouseCode,
      status,
      actor: caller.client,
      lines: lines.map((line) => ({ sku: line.sku, received: line.received, lost: lostOf(line, closed) })),
      client,
      merchant,
      aggregates: { [`inbound:${id}`]: version },
    },
  ]);
}

const lostOf = (line: InboundLineRow, closed: boolean): number => line.rejected + (closed ? openUnits(line) : 0);
