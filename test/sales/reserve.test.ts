import { CONFIRM, RELEASE, RESERVE, salesWorld, STOCK, type SalesWorld } from "./support";

let world: SalesWorld;
beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ A: 7, B: 5, a: 3 });
});
afterAll(() => world.close());

const figures = async (sku: string) => (await world.ask(STOCK, { sku })).data.inventoryItem.virtualStock[0];
let n = 0;
const input = (lines: object[], more: object = {}) => ({
  input: { idempotencyKey: `k${++n}`, orderRef: `o${n}`, channel: "web", lines, ...more },
});

test("hold, confirm, ship: the header is the sum of its ledger lines at every step", async () => {
  const { reservation } = (
    await world.ask(
      RESERVE,
      input([
        { sku: "A", quantity: 2 },
        { sku: "A", quantity: 1, lineRef: "gift" },
      ]),
    )
  ).data.reserveStock;
  expect(reservation).toMatchObject({ status: "HELD", lines: [{ quantity: 2 }, { quantity: 1, lineRef: "gift" }] });
  expect(await figures("A")).toMatchObject({ onHand: 7, held: 3, committed: 0, available: 4 });

  const confirmed = (await world.ask(CONFIRM, { input: { idempotencyKey: "c1", reservationId: reservation.id } })).data.confirmReservation;
  expect(confirmed.reservation.status).toBe("CONFIRMED");
  expect(await figures("A")).toMatchObject({ onHand: 7, held: 0, committed: 3, available: 4 });

  world.dispatch.tell({
    type: "OrderShipped",
    reservationId: reservation.id,
    fulfillmentId: "f",
    shipmentId: "s",
    orderRef: "o1",
    warehouse: "W1",
    lines: [{ sku: "A", quantity: 3 }],
  });
  const stock = await figures("A");
  expect(stock).toMatchObject({ onHand: 4, held: 0, committed: 0, available: 4 });
  expect(stock.entries.nodes.map((entry: { cause: string }) => entry.cause)).toEqual([
    "FULFILL",
    "FULFILL",
    "CONFIRM",
    "CONFIRM",
    "HOLD",
    "HOLD",
    "SUPPLY",
  ]);
  const after = await world.ask(`{ reservation(id: "${reservation.id}") { status lines { fulfilled } } }`);
  expect(after.data.reservation).toEqual({ status: "FULFILLED", lines: [{ fulfilled: 2 }, { fulfilled: 1 }] });
});

test("releasing a hold gives its units back once", async () => {
  const { reservation } = (await world.ask(RESERVE, input([{ sku: "B", quantity: 5 }]))).data.reserveStock;
  const release = { input: { idempotencyKey: "r1", reservationId: reservation.id, reason: "changed his mind" } };
  for (const time of [1, 2]) {
    const answer = (await world.ask(RELEASE, release)).data.releaseReservation;
    expect([time, answer.userErrors, answer.reservation.status, answer.reservation.lines]).toEqual([
      time,
      [],
      "RELEASED",
      [{ released: 5 }],
    ]);
  }
  expect(await figures("B")).toMatchObject({ held: 0, available: 5 });
});

test("the same key gives the same answer and takes stock once", async () => {
  const asked = input([{ sku: "B", quantity: 1 }]);
  const answers = await Promise.all([world.ask(RESERVE, asked), world.ask(RESERVE, asked), world.ask(RESERVE, asked)]);
  answers.push(await world.ask(RESERVE, asked));
  expect(new Set(answers.map((answer) => answer.data.reserveStock.reservation.id)).size).toBe(1);
  expect(await figures("B")).toMatchObject({ held: 1 });
});

test("SKUs and keys that differ only in case are different", async () => {
  const one = (await world.ask(RESERVE, { input: { ...input([{ sku: "a", quantity: 1 }]).input, idempotencyKey: "Key" } })).data
    .reserveStock;
  const other = (await world.ask(RESERVE, { input: { ...input([{ sku: "a", quantity: 1 }]).input, idempotencyKey: "key" } })).data
    .reserveStock;
  expect(one.reservation.id).not.toBe(other.reservation.id);
  expect(await figures("a")).toMatchObject({ onHand: 3, held: 2 });
});

test("a hold past its deadline is free stock before anyone has booked it", async () => {
  const before = (await figures("A")).available;
  const held = (await world.ask(RESERVE, input([{ sku: "A", quantity: before }], { holdSeconds: 1 }))).data.reserveStock.reservation;
  const refused = (await world.ask(RESERVE, input([{ sku: "A", quantity: 1 }]))).data.reserveStock;
  expect(refused).toMatchObject({
    reservation: null,
    shortages: [{ item: { sku: "A" }, requested: 1, available: 0 }],
    userErrors: [{ code: "INSUFFICIENT_STOCK" }],
  });
  await new Promise((resolve) => setTimeout(resolve, new Date(held.expiresAt).getTime() - Date.now() + 20));
  const [shown] = (await world.ask('{ availability(channel: "web", skus: ["A"]) { quantity status } }')).data.availability;
  expect(shown).toEqual({ quantity: before, status: "IN_STOCK" });
  const rival = (await world.ask(RESERVE, input([{ sku: "A", quantity: before }]))).data.reserveStock;
  expect(rival.reservation.status).toBe("HELD");
  const late = (await world.ask(CONFIRM, { input: { idempotencyKey: "late", reservationId: held.id } })).data.confirmReservation;
  expect(late).toMatchObject({
    reservation: null,
    shortages: [{ requested: before, available: 0 }],
    userErrors: [{ code: "INSUFFICIENT_STOCK" }],
  });
  await world.ask(RELEASE, { input: { idempotencyKey: "give-back", reservationId: rival.reservation.id, reason: "test" } });
  const again = (await world.ask(CONFIRM, { input: { idempotencyKey: "late-again", reservationId: held.id } })).data.confirmReservation;
  expect(again.reservation.status).toBe("CONFIRMED");
});
