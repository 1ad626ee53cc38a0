import { isoCountry } from "../../cli/demo/country-names";
import { Caller } from "../../cli/demo/call";
import { CallFailed, dataOrThrow, type ShopClient } from "../../cli/demo/client";
import { Tally, Timings, percentile } from "../../cli/demo/measure";
import { demoOptions } from "../../cli/demo/options";
import { Restocker } from "../../cli/demo/restock";
import type { Shop } from "../../cli/demo/shop";
import { totals } from "../../cli/demo/summary";
import { COUNTRY_CENTROIDS } from "../../services/dispatch/source/countries";

test("percentiles are by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([50, 90, 99, 100].map((p) => percentile(hundred, p))).toEqual([50, 90, 99, 100]);
  expect([percentile([7], 1), percentile([7], 99), percentile([], 50)]).toEqual([7, 7, 0]);
});

test("money is added exactly, by currency", () => {
  expect(totals([{ amount: "0.1", currency: "EUR" }, null, { amount: "0.2", currency: "EUR" }, { amount: "5", currency: "USD" }])).toBe(
    "0.30 EUR + 5.00 USD",
  );
});

test("249 countries and Kosovo have a centroid on Earth", () => {
  expect(COUNTRY_CENTROIDS.size).toBe(250);
  for (const [code, { latitude, longitude }] of COUNTRY_CENTROIDS) {
    expect(code).toMatch(/^[A-Z]{2}$/);
    expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
    expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
  }
});

test.each([
  ["UK", "GB"],
  ["USA", "US"],
  ["EIRE", "IE"],
  ["Channel Islands", "JE"],
  ["RSA", "ZA"],
  ["European Community", "GB"],
  ["United Arab Emirates", "AE"],
  [" germany ", "DE"],
  ["Atlantis", undefined],
])("the country %s is %s", (name, code) => expect(isoCountry(name)).toBe(code));

test.each([
  [["--limit", "0"], "--limit 0: give a whole number of at least 1"],
  [["--run", "a b"], "--run a b: give 1 to 12 letters, digits, - or _"],
  [["--strategy", "CHEAP"], "--strategy CHEAP: give one of PRIORITY, NEAREST"],
  [["--mishaps", "101"], "--mishaps 101: give a whole number from 0 to 100"],
  [["--nope"], "Unknown option '--nope'"],
])("the command line %j is refused in one line", (args, message) => expect(() => demoOptions(args, {})).toThrow(message));

describe("an answer", () => {
  const error = { message: "no", extensions: { code: "UNAVAILABLE", retryAfterMs: 40 } };
  test("with data is data, even where another layer's field failed", () => {
    expect(dataOrThrow({ data: { order: { shipments: null } }, errors: [error] })).toEqual({ order: { shipments: null } });
  });
  test("without its root field is a fault that says whether to ask again", () => {
    const fault = (() => {
      try {
        return dataOrThrow({ data: { order: null }, errors: [error] });
      } catch (thrown) {
        return thrown as CallFailed;
      }
    })() as CallFailed;
    expect([fault.code, fault.transient, fault.retryAfterMs]).toEqual(["UNAVAILABLE", true, 40]);
  });
});

/** Answers each call with the next answer, and remembers what it was asked. */
function scripted(answer: (call: number) => object) {
  const asked: Record<string, any>[] = []; // eslint-disable-line @typescript-eslint/no-explicit-any
  const client: ShopClient = { mutate: async (_query, variables) => answer(asked.push(variables)) };
  return { asked, client };
}

test("a call that may succeed later is repeated with the same input; a refusal is not", async () => {
  const retries = new Tally();
  const timings = new Timings();
  const codes = ["OVERLOADED", "IN_PROGRESS", "NOT_LISTED"];
  const { asked, client } = scripted((call) => ({
    save: { userErrors: [{ code: codes[call - 1], message: "", field: null, retryAfterMs: 1 }] },
  }));
  const data = await new Caller(client, timings, retries).call({ name: "save", query: "" }, { idempotencyKey: "k" });
  expect(data.save.userErrors[0].code).toBe("NOT_LISTED");
  expect(asked).toEqual([{ idempotencyKey: "k" }, { idempotencyKey: "k" }, { idempotencyKey: "k" }]);
  expect([retries.total, timings.rows()[0]!.calls]).toEqual([2, 3]);
});

describe("the restocker", () => {
  const shop: Shop = {
    name: "two items",
    items: ["A", "B"].map((sku) => ({ sku, name: sku, unitCost: "1.50", weightGrams: null, reorderPoint: 5, reorderTo: 20 })),
    warehouses: [{ code: "W", name: "W", pool: "P", timeZone: "UTC", address: { countryCode: "DE" } }],
    channels: [{ code: "web", name: "Web", pool: "P" }],
    opening: [],
    orders: [],
    skipped: {},
  };
  const begin = async () => {
    const script = scripted((call) =>
      call === 1 ? { availability: ["A", "B"].map((sku) => ({ item: { sku }, quantity: 10 })) } : { postMovement: { userErrors: [] } },
    );
    const restocker = new Restocker(shop, "P", new Caller(script.client), "t");
    await restocker.begin("web");
    const receipts = () =>
      script.asked.slice(1).map(({ input }) => input.lines.map(({ sku, quantity }: { sku: string; quantity: number }) => [sku, quantity]));
    return { restocker, receipts };
  };

  test("buys what falls below its reorder point, up to its target, once", async () => {
    const { restocker, receipts } = await begin();
    restocker.sold([{ sku: "A", quantity: 5 }]);
    expect(receipts()).toEqual([]);
    restocker.sold([{ sku: "A", quantity: 1 }]);
    restocker.sold([{ sku: "A", quantity: 1 }]);
    await restocker.end();
    expect(receipts()).toEqual([[["A", 16]]]);
  });

  test("has one purchase under way; what becomes due meanwhile is on the next", async () => {
    const { restocker, receipts } = await begin();
    restocker.sold([{ sku: "A", quantity: 10 }]);
    restocker.sold([{ sku: "B", quantity: 8 }]);
    await restocker.need([{ sku: "A", quantity: 3 }]);
    expect(receipts()).toEqual([
      [["A", 20]],
      [
        ["B", 18],
        ["A", 23],
      ],
    ]);
    expect([restocker.receipts, restocker.units]).toEqual([2, 61]);
  });
});
