/**
 * Time in equal units since 1970, and sums over spans of 1, 2, 4, 8 … of them (a binary indexed tree). A span is named by the
 * number of units before its end, its node. What happened in a unit is in one span of each size at most, and all units before
 * a moment are made up of as many spans as that number has binary ones.
 */
export interface Units {
  hours: number;
  /** Spans of up to 2^(levels - 1) units: until 2089, and longer. What happened before 1970 counts in the first unit. */
  levels: number;
}

/** Of each item and place: a question reads the lines of a week at most. */
export const WEEKS: Units = { hours: 168, levels: 13 };
/** Of a warehouse's value: its lines of a week are too many to read. */
export const HOURS: Units = { hours: 1, levels: 20 };

const HOUR_MS = 3_600_000;
const BEFORE_ALL = new Date(Date.UTC(1000, 0, 1));

/** The spans that make up all units before the one of a moment, and where that one begins. */
export function spansBefore({ hours }: Units, at: Date): { nodes: number[]; since: Date } {
  const unit = Math.floor(at.getTime() / (hours * HOUR_MS));
  if (unit <= 0) return { nodes: [], since: BEFORE_ALL };
  const nodes: number[] = [];
  for (let node = unit; node > 0; node -= node & -node) nodes.push(node);
  return { nodes, since: new Date(unit * hours * HOUR_MS) };
}

/** The spans that a unit is in: of each size every second one, as the others are never asked for. */
export function spansWith({ levels }: Units, unit: number): number[] {
  const nodes: number[] = [];
  for (let level = 0; level < levels; level++) if (((unit >> level) & 1) === 0) nodes.push(((unit >> level) + 1) << level);
  return nodes;
}
