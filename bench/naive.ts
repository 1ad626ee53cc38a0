import fastify from "fastify";
import { createPool, type Pool, type PoolConnection, type ResultSetHeader } from "mysql2/promise";
import { DROP_NAIVE, NAIVE_SCHEMA, PUT_ON_SALE, RECORD_LEDGER_LINE, RECORD_RESERVATION, TAKE } from "./naive.sql";

export interface NaiveServer {
  url: string;
  close(): Promise<void>;
}

export interface ReserveRequest {
  orderRef: string;
  sku: string;
  quantity: number;
}

/** The SKU that every buyer of the benchmark wants. */
export const HOT_SKU = "HOT-1";

export interface NaiveOptions {
  databaseUrl: string;
  connections?: number;
  /**
   * The stock row is updated as the last statement instead of the first, so that it is locked for a shorter time: what the
   * same developer does after the first load test. Measured on one hot SKU, two cores: 1.1 to 1.5 times the rate.
   */
  hotRowLast?: boolean;
}

/**
 * What a competent developer writes first: Fastify with a response schema, a pool, prepared statements, keep-alive, one
 * transaction per request on the same database with the same durability. It has no idempotency, no channels, no
 * other figures than these: whatever Strata does more, it has to pay for itself.
 */
export async function startNaive(options: NaiveOptions): Promise<NaiveServer> {
  const pool = createPool({ uri: options.databaseUrl, connectionLimit: options.connections ?? 32 });
  for (const statement of NAIVE_SCHEMA) await pool.query(statement);
  await pool.query(PUT_ON_SALE, [HOT_SKU, 2_000_000_000]);

  const app = fastify({ logger: false, keepAliveTimeout: 60_000 });
  app.post<{ Body: ReserveRequest }>("/reserve", { schema: SHAPE }, async (request, reply) => {
    try {
      return { reservationId: await reserve(pool, request.body, options.hotRowLast) };
    } catch (error) {
      if (error instanceof SoldOut) return reply.code(409).send({ code: "INSUFFICIENT_STOCK" });
      throw error;
    }
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url: `${url}/reserve`,
    close: async () => {
      await app.close();
      await pool.query(DROP_NAIVE);
      await pool.end();
    },
  };
}

class SoldOut extends Error {}

async function reserve(pool: Pool, request: ReserveRequest, hotRowLast = false): Promise<number> {
  const { orderRef, sku, quantity } = request;
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    if (!hotRowLast) await take(connection, request);
    const [reservation] = await connection.execute<ResultSetHeader>(RECORD_RESERVATION, [orderRef, sku, quantity]);
    await connection.execute(RECORD_LEDGER_LINE, [reservation.insertId, sku, -quantity]);
    if (hotRowLast) await take(connection, request);
    await connection.commit();
    return reservation.insertId;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

async function take(connection: PoolConnection, { sku, quantity }: ReserveRequest): Promise<void> {
  const [taken] = await connection.execute<ResultSetHeader>(TAKE, [quantity, quantity, sku, quantity]);
  if (taken.affectedRows === 0) throw new SoldOut();
}

const SHAPE = {
  body: {
    type: "object",
    required: ["orderRef", "sku", "quantity"],
    properties: { orderRef: { type: "string" }, sku: { type: "string" }, quantity: { type: "integer", minimum: 1 } },
  },
  response: {
    200: { type: "object", properties: { reservationId: { type: "integer" } } },
    409: { type: "object", properties: { code: { type: "string" } } },
  },
};
