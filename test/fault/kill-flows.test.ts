import { once } from "node:events";
import { join } from "node:path";
import { readSampleShop } from "../../cli/demo/read-shop";
import { wait } from "../../shared/db/retry";
import { projectRoot } from "../../shared/root";
import { driftsOf } from "../support/books";
import type { Failpoint } from "../support/failpoint";
import { killableStrata, type KillableStrata } from "../support/killable";
import { replay } from "../support/replay";
import { ADMIN_KEY } from "../support/world";

/**
 * Strata is killed in every step of the flows between its layers, while orders, returns and transfers are under way; each time it is
 * started again and goes on. At the end nothing was done twice and nothing forgotten.
 */
let strata: KillableStrata;
beforeAll(async () => {
  strata = await killableStrata({ preload: [join(projectRoot, "test/support/failpoint.ts")], shop: false });
}, 120_000);
afterAll(() => strata.close());

const CONSUMED = "UPDATE feed_position";
/** What the step's transaction has sent by then; each is a step of one flow in one layer. */
const STEPS: [name: string, schema: string, sent: string[]][] = [
  ["an order is sourced", "strata_dispatch", [CONSUMED, "INSERT INTO allocation ("]],
  ["a shipment is released", "strata_warehouse", [CONSUMED, "INSERT INTO outbound_shipment"]],
  ["a short pick is told", "strata_warehouse", ["INSERT INTO idempotency", "UPDATE outbound_line"]],
  ["goods leave", "strata_warehouse", ["INSERT INTO idempotency", "INSERT INTO parcel"]],
  ["a commitment is fulfilled", "strata_sales", [CONSUMED, "INSERT INTO virtual_stock_entry"]],
  ["a return is asked for", "strata_dispatch", ["INSERT INTO idempotency", "INSERT INTO return_order"]],
  ["a return is expected", "strata_warehouse", [CONSUMED, "INSERT INTO announced_line"]],
  ["a return has come", "strata_dispatch", [CONSUMED, "INSERT INTO return_order"]],
  ["a transfer is released", "strata_dispatch", ["INSERT INTO idempotency", "INSERT INTO transfer_order"]],
  ["its units are set aside", "strata_sales", [CONSUMED, "INSERT INTO transfer_stock"]],
  ["it is handed over, has left, or has come", "strata_dispatch", [CONSUMED, "INSERT INTO transfer_order"]],
  ["it is received", "strata_warehouse", ["INSERT INTO idempotency", "INSERT INTO inbound_step_line"]],
];

test("killed in each step of each flow, it goes on and forgets nothing", async () => {
  const shop = readSampleShop();
  const count = 60;
  const points = STEPS.map(([name, schema, sent], i) => {
    const at = i % 2 === 0 ? ("committing" as const) : ("committed" as const);
    return { name, failpoint: { schema, sent, at } };
  });
  const killed: string[] = [];
  let done = false;
  let ended = 0;
  const world = { url: strata.url, adminKey: ADMIN_KEY, keyOf: () => ADMIN_KEY };
  let loaded!: () => void;
  const ready = new Promise<void>((resolve) => (loaded = resolve));
  const played = replay(world, shop, count, { mishaps: 40, loaded, ended: () => ended++ }).finally(() => (done = true));
  await Promise.race([ready, played]);
  for (const { name, failpoint } of points) {
    // Callers are patient for a minute: something gets through between two deaths.
    const before = ended;
    while (!done && ended === before) await wait(50);
    if (await killedAt(failpoint, played)) killed.push(name);
  }
  const outcomes = await played;
  expect(outcomes.filter(({ end }) => end !== "DELIVERED")).toEqual([]);
  expect(outcomes).toHaveLength(count);
  expect(killed).toEqual(points.map(({ name }) => name));
  await strata.ask("{ channels { code } }");
  expect(await driftsOf(strata)).toEqual([]);
}, 600_000);

/** Whether the step was reached, at which the process ended and another began, before the story ended. */
async function killedAt(failpoint: Failpoint, played: Promise<unknown>): Promise<boolean> {
  const child = strata.process();
  const armed = once(child, "message");
  child.send(failpoint);
  expect(await armed).toEqual([{ armed: true }, undefined]);
  const gone = once(child, "exit").then(([, signal]) => signal === "SIGKILL");
  const reached = await Promise.race([gone, played.then(() => false)]);
  if (reached) await strata.restart();
  return reached;
}
