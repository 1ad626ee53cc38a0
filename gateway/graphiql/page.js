"use strict";
(() => {
  // Nothing is written to the browser's storage: no key, no query, no answer outlives the page.
  const kept = new Map();
  const storage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };

  const ASK_FOR_KEY = 'Put a key into the headers editor, below the query: {"x-api-key": "strata_…"}. The page keeps it nowhere.';
  const hasKey = (headers) => Object.keys(headers).some((name) => /^(x-api-key|authorization)$/i.test(name));

  /** The endpoint is where the page came from. Cookies are never sent: the key is all that says who asks. */
  async function fetcher({ query, variables, operationName }, { headers = {} } = {}) {
    if (!hasKey(headers)) throw new Error(ASK_FOR_KEY);
    const answer = await fetch(location.pathname, {
      method: "POST",
      credentials: "omit",
      headers: { ...headers, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query, variables, operationName }),
    });
    return answer.json();
  }

  const examples = JSON.parse(document.getElementById("examples").textContent);
  const defaultTabs = examples.map(({ query }) => ({ query, variables: "{}", headers: '{"x-api-key": ""}' }));
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      storage,
      defaultTabs,
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: true,
      defaultEditorToolsVisibility: "headers",
    }),
  );
})();
