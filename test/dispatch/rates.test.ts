import { BERLIN, DispatchWorld, MUNICH, PARIS } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH, PAR: PARIS });
  for (const [sku, weightGrams] of Object.entries({ HEAVY: 3_000, LIGHT: null }))
    world.warehouse.tell(
      { type: "ItemSaved", sku, name: sku, kind: "STOCKED", components: [], itemMerchant: "", weightGrams },
      { client: "" },
    );
  for (const code of ["BER", "MUC", "PAR"]) world.stock(code, { HEAVY: 9, LIGHT: 9, DAYS: 30 });
});
afterAll(() => world?.close());

const save = async (input: object) =>
  (
    await world.ask(
      `mutation ($input: SaveShippingRatesInput!) { saveShippingRates(input: $input) { rates { zone upToGrams price { amount currency } }
        userErrors { code field retryAfterMs } } }`,
      { input },
    )
  ).data.saveShippingRates;
const rates = (...rows: [zone: string, upToGrams: number, price: string][]) =>
  rows.map(([zone, upToGrams, price]) => ({ zone, upToGrams, price }));
const rule = async (strategy: string) => {
  const nodes = ["BER", "MUC", "PAR"].map((code) => `{warehouse: "${code}", priority: 1}`).join(", ");
  const { data } = await world.ask(
    `mutation { saveSourcingRule(input: {channel: "EU", strategy: ${strategy}, allowSplit: true, warehouses: [${nodes}]}) { rule { strategy } userErrors { message } } }`,
  );
  expect(data.saveSourcingRule).toEqual({ rule: { strategy }, userErrors: [] });
};
const preview = async (sku: string) =>
  (
    await world.ask(
      `query ($lines: [OrderLineInput!]!) { previewSourcing(channel: "EU", shipTo: {countryCode: "DE", latitude: 52.5, longitude: 13.4}, lines: $lines) {
        strategy candidates { warehouse { code } shippingCost { amount currency } takenUnits } } }`,
      { lines: [{ sku, quantity: 2 }] },
    )
  ).data.previewSourcing;

test("rates are saved whole, and CHEAPEST goes by them and by what the items weigh", async () => {
  expect(await save({ warehouse: "MUC", currency: "EUR", rates: rates(["DE", 5_000, "4.90"], ["DE", 10_000, "8.5"]) })).toEqual({
    rates: [
      { zone: "DE", upToGrams: 5_000, price: { amount: "4.900000", currency: "EUR" } },
      { zone: "DE", upToGrams: 10_000, price: { amount: "8.500000", currency: "EUR" } },
    ],
    userErrors: [],
  });
  await save({ warehouse: "PAR", currency: "EUR", rates: rates(["*", 30_000, "7"]) });
  await rule("CHEAPEST");
  const cost = (amount: string) => ({ amount, currency: "EUR" });
  expect((await preview("HEAVY")).candidates).toEqual([
    { warehouse: { code: "PAR" }, shippingCost: cost("7.000000"), takenUnits: 2 },
    { warehouse: { code: "MUC" }, shippingCost: cost("8.500000"), takenUnits: 0 },
    { warehouse: { code: "BER" }, shippingCost: null, takenUnits: 0 },
  ]);
  expect((await preview("LIGHT")).candidates[0]).toMatchObject({ warehouse: { code: "MUC" }, shippingCost: cost("4.900000") });
  world.confirm("EU", "CHEAP", { HEAVY: 1 });
  const { allocations, decision } = await world.order("CHEAP");
  expect([allocations[0].warehouse.code, decision.strategy]).toEqual(["MUC", "CHEAPEST"]);
  expect((await save({ warehouse: "PAR", currency: "EUR", rates: [] })).rates).toEqual([]);
});

test("BALANCED takes from where it lasts longest, by what orders took lately; dry run and decision are the same", async () => {
  world.confirm("EU", "TAKEN", { DAYS: 10 });
  const [{ id, warehouse }] = (await world.order("TAKEN")).allocations;
  world.shipped(id, warehouse.code, "TAKEN", [{ sku: "DAYS", quantity: 10 }]);
  await rule("BALANCED");
  const { candidates } = await preview("DAYS");
  expect(candidates.map((one: { warehouse: { code: string } }) => one.warehouse.code).at(-1)).toBe(warehouse.code);
  world.confirm("EU", "BALANCED", { DAYS: 2 });
  const order = await world.order("BALANCED");
  expect(order.decision.candidates.map((one: { warehouse: object }) => one.warehouse)).toEqual(
    candidates.map((one: { warehouse: object }) => one.warehouse),
  );
  expect(order.allocations[0].warehouse).toEqual(candidates[0].warehouse);
});

test.each([
  ["no such warehouse", { warehouse: "ROM" }, "NOT_FOUND", "input.warehouse"],
  ["a malformed code", { warehouse: " BER" }, "INVALID_INPUT", "input.warehouse"],
  ["a malformed currency", { currency: "euro" }, "INVALID_INPUT", "input.currency"],
  ["another currency than the others", { currency: "USD" }, "INVALID_INPUT", "input.currency"],
  ["a malformed zone", { rates: rates(["Germany", 1, "1"]) }, "INVALID_INPUT", "input.rates.0.zone"],
  ["no weight", { rates: rates(["DE", 0, "1"]) }, "INVALID_INPUT", "input.rates.0.upToGrams"],
  ["two prices of one weight", { rates: rates(["DE", 5, "1"], ["DE", 5, "2"]) }, "INVALID_INPUT", "input.rates.1.upToGrams"],
  ["a price below zero", { rates: rates(["DE", 5, "-1"]) }, "INVALID_INPUT", "input.rates.0.price"],
  ["a price beyond a million", { rates: rates(["DE", 5, "1000000.01"]) }, "INVALID_INPUT", "input.rates.0.price"],
])("saveShippingRates: %s", async (_name, input, code, field) => {
  const before = await world.db.query("SELECT * FROM shipping_rate ORDER BY warehouse_code, zone, up_to_grams");
  const { rates: saved, userErrors } = await save({ warehouse: "BER", currency: "EUR", rates: rates(["DE", 5, "1"]), ...input });
  expect([saved, userErrors.map((one: { code: string; field: string[] }) => [one.code, one.field.join(".")])]).toEqual([
    null,
    [[code, field]],
  ]);
  expect(await world.db.query("SELECT * FROM shipping_rate ORDER BY warehouse_code, zone, up_to_grams")).toEqual(before);
});
