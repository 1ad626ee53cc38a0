import { ApolloServer, HeaderMap } from "@apollo/server";
import { onDemand } from "../../gateway/on-demand";

const ASKED = {
  httpGraphQLRequest: {
    method: "POST",
    headers: new HeaderMap([["content-type", "application/json"]]),
    search: "",
    body: { query: "{ a }" },
  },
  context: async () => ({}),
};

test("made once for all who ask, and again after a failure", async () => {
  let tries = 0;
  const engine = onDemand(async () => {
    if (++tries === 1) throw new Error("not yet");
    const server = new ApolloServer({ typeDefs: "type Query { a: Int }" });
    await server.start();
    return server;
  });
  expect(tries).toBe(0);
  await expect(engine.executeHTTPGraphQLRequest(ASKED)).rejects.toThrow("not yet");
  const answers = await Promise.all([1, 2].map(() => engine.executeHTTPGraphQLRequest(ASKED)));
  expect(answers.map(({ body }) => body.kind === "complete" && JSON.parse(body.string))).toEqual([
    { data: { a: null } },
    { data: { a: null } },
  ]);
  expect(tries).toBe(2);
  await engine.stop();
});

test("what nobody asked has nothing to stop", () =>
  expect(onDemand(() => Promise.reject(new Error("made"))).stop()).resolves.toBeUndefined());
