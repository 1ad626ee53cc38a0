import { serverAudits } from "graphql-http";
import { startWorld, type World } from "../support/world";

/** GraphQL over HTTP, by the audit that its working group's reference implementation brings along. */
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const withKey = (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...init.headers, "x-api-key": world.adminKey } });

const REFUSED_IS_400 = "what is refused is 400 in both media types, as Apollo has it: a proxy's log shows it";
const NO_SIMPLE_GET = "a GET that a browser sends without asking is turned away (CSRF); with apollo-require-preflight it is answered";
/** Recommendations that are not followed, and why. None is a MUST. */
const NOT_FOLLOWED: Record<string, string> = {
  "572B": REFUSED_IS_400,
  FDE2: REFUSED_IS_400,
  "7B9B": REFUSED_IS_400,
  "5A70": NO_SIMPLE_GET,
  "6A70": NO_SIMPLE_GET,
  D6D5: NO_SIMPLE_GET,
};

const audits = serverAudits({ url: () => world.url, fetchFn: withKey });

test.each(audits.filter(({ id }) => !NOT_FOLLOWED[id]))("$id $name", async (audit) => {
  expect(await audit.fn()).toMatchObject({ status: "ok" });
});

test.each(audits.filter(({ id }) => NOT_FOLLOWED[id]))("not followed: $id $name", async (audit) => {
  expect(audit.name).not.toContain("MUST");
  expect(await audit.fn()).toMatchObject({ status: expect.stringMatching(/^(warn|notice)$/) });
});

const JSON_VARIABLES = `?query=${encodeURIComponent("query ($no: Boolean!) { __typename @skip(if: $no) }")}&variables=${encodeURIComponent('{"no":false}')}`;

test("a GET that no browser sends unasked is answered; a mutation by GET never is", async () => {
  const headers = { "apollo-require-preflight": "1" };
  expect(await (await withKey(`${world.url}${JSON_VARIABLES}`, { headers })).json()).toEqual({ data: { __typename: "Query" } });
  const mutation = `?query=${encodeURIComponent("mutation { __typename }")}`;
  const refused = await withKey(`${world.url}${mutation}`, { headers });
  expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST"]);
});
