import { inPortions } from "../../shared/flow/consumer";
import type { FeedEvent } from "../../shared/flow/messages";

const event = (position: number, names: number): FeedEvent =>
  ({
    position,
    aggregates: Object.fromEntries(Array.from({ length: names }, (_, i) => [`stock:W:${i}`, position])),
  }) as unknown as FeedEvent;

/** How many things the events of each portion name. */
const portions = (...names: number[]): number[][] =>
  inPortions(names.map((of, i) => event(i + 1, of))).map((some) => some.map(({ aggregates }) => Object.keys(aggregates).length));

test("a portion names 2,000 things at most, unless one event names more, and the order stays", () => {
  expect(portions()).toEqual([]);
  expect(portions(1, 1, 1)).toEqual([[1, 1, 1]]);
  expect(portions(1_999, 1, 1)).toEqual([[1_999, 1], [1]]);
  expect(portions(5, 3_000, 5)).toEqual([[5], [3_000], [5]]);
  const all = inPortions([event(7, 2_000), event(8, 1)]).flat();
  expect(all.map(({ position }) => position)).toEqual([7, 8]);
});
