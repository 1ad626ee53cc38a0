import { Strata } from "./client";
import { followOrders, placeOrder } from "./orders";

/** node dist/examples/order-system/main.js CHANNEL SKU [ORDER]: orders one unit and says what Strata tells of this client's orders. */
export async function main([channel, sku, orderRef = `example-${Date.now()}`]: string[]): Promise<void> {
  const { STRATA_URL = "http://localhost:4000/graphql", STRATA_KEY, ORDERS_FILE = "orders.json" } = process.env;
  if (!channel || !sku || !STRATA_KEY) throw new Error("Usage: STRATA_KEY=… main.js CHANNEL SKU [ORDER]");
  const strata = new Strata(STRATA_URL, STRATA_KEY);
  const reservation = await placeOrder(strata, { orderRef, channel, lines: [{ sku, quantity: 1 }] });
  process.stdout.write(`${orderRef} is confirmed as ${reservation}\n`);
  const { history } = await followOrders(strata, ORDERS_FILE);
  process.stdout.write(`${JSON.stringify(history, null, 2)}\n`);
}

if (require.main === module)
  main(process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
