import { Refusal } from "../../../shared/refusal";
import { ZERO, type Exact } from "../../../shared/units/decimal";
import type { MovementType } from "../enums";
import type { PostingLine } from "../ledger/decide-posting";
import { ruleOf } from "../ledger/movement-rules";
import { poolOf, valueOf, type Stock } from "../ledger/stock";
import { adjust, issue, issueOf, receive, revalue } from "./cost";

/** What a line does to the stock's value, and what the other side of the entry gives or gets for it; both signed like the line. */
export interface Moved {
  value: Exact;
  counter: Exact;
}

/** Changes the pools in memory; null where no value moves. `carried` is what left TRANSIT in the same movement, by item. */
export function valueLine(stock: Stock, type: MovementType, line: PostingLine, seq: number, carried: Map<string, Exact>): Moved | null {
  if (type === "COST_ADJUSTMENT") return line.adjusts ? adjustment(stock, line) : newStandard(stock, line);
  if (ruleOf(type).sign === 0) return moveWithin(stock, line, seq, carried);
  return line.units > 0 ? receipt(stock, line, seq) : issued(stock, line);
}

function receipt(stock: Stock, line: PostingLine, seq: number): Moved {
  const header = stock.headers.get(line.sku)!;
  const { costingMethod, standardCost } = stock.items.get(line.sku)!;
  if (costingMethod === "STANDARD") header.standardCost ??= standardCost;
  const standard = costingMethod === "STANDARD" ? header.standardCost : null;
  if (costingMethod === "STANDARD" && !standard) throw invalid(line, `${line.sku} has no standard cost yet`, "unitCost");
  const known = line.unitCost ?? header.lastCost ?? standard;
  if (!line.worth && !known) throw invalid(line, `no cost of ${line.sku} is known in ${header.warehouse} yet`, "unitCost");
  const worth = line.worth ?? known!.times(line.units);
  if (!line.worth) header.lastCost = known;
  return { value: receive(costingMethod, poolOf(stock, line), line.units, worth, standard, seq), counter: worth };
}

function issued(stock: Stock, line: PostingLine): Moved {
  const { costingMethod } = stock.items.get(line.sku)!;
  const pool = poolOf(stock, line);
  const layer = line.layer === undefined ? undefined : pool.layers.find(({ seq }) => seq === line.layer);
  if (line.layer !== undefined && costingMethod === "FIFO" && (layer?.units ?? 0) < -line.units) {
    throw new Refusal("INVALID_STATE", `Of what was received then only ${layer?.units ?? 0} units of ${line.sku} are left.`, {
      field: line.field,
    });
  }
  const value = line.brought
    ? issueOf(costingMethod, pool, -line.units, line.brought)
    : issue(costingMethod, pool, -line.units, layer && [layer]);
  return { value: value.negated(), counter: (line.worth ?? value).negated() };
}

/** Goods that stay in the warehouse keep their value; those that arrive from TRANSIT bring what they were worth there. */
function moveWithin(stock: Stock, line: PostingLine, seq: number, carried: Map<string, Exact>): Moved | null {
  const { costingMethod } = stock.items.get(line.sku)!;
  const inTransit = stock.kinds.get(line.location) === "TRANSIT";
  if (line.units < 0) {
    if (!inTransit) return null;
    const pool = poolOf(stock, line);
    const value = line.brought ? issueOf(costingMethod, pool, -line.units, line.brought) : issue(costingMethod, pool, -line.units);
    carried.set(line.sku, (carried.get(line.sku) ?? ZERO).plus(value));
    return { value: value.negated(), counter: value.negated() };
  }
  const value = carried.get(line.sku);
  if (value === undefined) return null;
  carried.delete(line.sku);
  const header = stock.headers.get(line.sku)!;
  const standard = header.standardCost ?? stock.items.get(line.sku)!.standardCost;
  return { value: receive(costingMethod, poolOf(stock, line), line.units, value, standard, seq), counter: value };
}

function adjustment(stock: Stock, line: PostingLine): Moved {
  const { amount, received, seq } = line.adjusts!;
  const value = adjust(stock.items.get(line.sku)!.costingMethod, poolOf(stock, line), amount, received, seq);
  const header = stock.headers.get(line.sku)!;
  if (valueOf(header).isNegative() || header.main.layers.some((layer) => layer.value.isNegative()))
    throw invalid(line, `the value of ${line.sku} on hand would become negative`, "amount");
  return { value, counter: amount };
}

function newStandard(stock: Stock, line: PostingLine): Moved {
  const header = stock.headers.get(line.sku)!;
  const before = header.standardCost ?? stock.items.get(line.sku)!.standardCost;
  const value = revalue(header.main, before, line.unitCost!).plus(revalue(header.transit, before, line.unitCost!));
  header.standardCost = line.unitCost!;
  return { value, counter: value };
}

const invalid = (line: PostingLine, message: string, field: string) =>
  new Refusal("INVALID_INPUT", message, { field: line.field && [...line.field, field] });
