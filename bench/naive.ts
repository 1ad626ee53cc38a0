import fastify from "fastify";
import { createPool, type Pool, type ResultSetHeader } from "mysql2/promise";
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

/**
 * What a competent developer writes first: Fastify with a response schema, a warm pool, prepared statements, keep-alive, one
 * transaction per request on the same database with the same durability. It has no idempotency, no channels, no
 * other figures than these: whatever Strata does more, it has to pay for itself.
 */
export async function startNaive(options: { databaseUrl: string; connections?: number }): Promise<NaiveServer> {
  const pool = createPool({ uri: options.databaseUrl, connectionLimit: options.connections ?? 32 });
  for (const statement of NAIVE_SCHEMA) await pool.query(statement);
  await pool.query(PUT_ON_SALE, [HOT_SKU, 2_000_000_000]);

  const app = fastify({ logger: false, keepAliveTimeout: 60_000 });
  app.post<{ Body: ReserveRequest }>("/reserve", { schema: SHAPE }, async (request, reply) => {
    const reservationId = await reserve(pool, request.body);
    return reservationId === null ? reply.code(409).send({ code: "INSUFFICIENT_STOCK" }) : { reservationId };
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

async function reserve(pool: Pool, { orderRef, sku, quantity }: ReserveRequest): Promise<number | null> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const [taken] = await connection.execute<ResultSetHeader>(TAKE, [quantity, quantity, sku, quantity]);
    if (taken.affectedRows === 0) {
      await connection.rollback();
      return null;
    }
    const [reservation] = await connection.execute<ResultSetHeader>(RECORD_RESERVATION, [orderRef, sku, quantity]);
    await connection.execute(RECORD_LEDGER_LINE, [reservation.insertId, sku, -quantity]);
    await connection.commit();
    return reservation.insertId;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
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
