import { measure, median, type Contender } from "../../bench/ratio";

const result = (rate: number) => ({ rate, p50Ms: 1, p99Ms: 2, errors: {} });

function contender(name: string, rates: number[], order: string[], worth?: number): Contender {
  const left = [...rates];
  return {
    name,
    worth,
    run: async () => {
      order.push(name);
      return result(left.shift()!);
    },
  };
}

test("contenders run forwards and backwards in turn, and the medians count", async () => {
  const order: string[] = [];
  const lines: string[] = [];
  const [a, b] = await measure([contender("A", [10, 90, 30], order), contender("B", [1, 2, 9], order, 500)], {
    rounds: 3,
    print: (line) => lines.push(line),
  });
  expect(order.join("")).toBe("ABBAAB");
  expect([a!.rate, b!.rate]).toEqual([30, 1000]);
  expect(lines).toHaveLength(6);
});

test("after its time no further round begins, and the first always runs", async () => {
  const order: string[] = [];
  const [a] = await measure([contender("A", [10, 90], order)], { rounds: 2, until: 0, print: () => undefined });
  expect([order.join(""), a!.rate]).toEqual(["A", 10]);
});

test("errors of the load are shown", async () => {
  const lines: string[] = [];
  const failing: Contender = { name: "A", run: async () => ({ ...result(0), errors: { OVERLOADED: 3, "HTTP 500": 1 } }) };
  await measure([failing], { rounds: 1, print: (line) => lines.push(line) });
  expect(lines[0]).toContain("errors: 3 OVERLOADED, 1 HTTP 500");
});

test.each([
  [[3, 1, 2], 2],
  [[4, 1], 2.5],
  [[7], 7],
])("median of %j is %d", (figures, expected) => expect(median(figures)).toBe(expected));
