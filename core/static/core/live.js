// Show the rows that a list finds while somebody types in its search or chooses a filter. Without scripts, a button sends the form.
(function () {
  const WAIT_MS = 250;
  const PARTS = ["#rows", ".title > .actions", ".saved-views", ".switch", ".developers"]; // they depend on the filters
  const { one, none } = document.currentScript.dataset;
  const form = document.querySelector("form.search");
  if (!form || !document.querySelector("#rows")) return;
  const said = Object.assign(document.createElement("p"), { className: "unseen" });
  said.setAttribute("role", "status");
  form.append(said);
  let timer, request, shown = readForm();

  // Return the query of the form without its empty fields.
  function readForm() {
    return new URLSearchParams(Array.from(new FormData(form)).filter(([, value]) => value)).toString();
  }

  async function show(isChosen) {
    const asked = readForm();
    request?.abort(); // a late answer replaces no newer one
    if (asked === shown) return;
    const { signal } = (request = new AbortController());
    try {
      const address = asked ? `${location.pathname}?${asked}` : location.pathname;
      const answer = await fetch(address, { headers: { Accept: "text/html", "X-Task": "yes" }, signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (signal.aborted) return;
      const isSignedOut = answer.status === 401;
      if (!answer.ok || !page.querySelector("#rows")) return (isChosen || isSignedOut) && form.requestSubmit(); // the page says what is wrong
      shown = asked;
      history.replaceState(history.state, "", answer.url);
      PARTS.forEach((part) => replace(document.querySelector(part), page.querySelector(part)));
      document.dispatchEvent(new Event("rows-shown"));
      const rows = document.querySelectorAll("#rows tbody:not(.totals) tr").length;
      said.textContent = document.querySelector("#rows .pages span")?.textContent || (rows ? one.replace("{number}", rows) : none);
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error; // without a connection the rows stay
    }
  }

  // Replace a part of the page. What has the focus keeps it, if the new part has it, too.
  function replace(old, fresh) {
    if (!old || !fresh) return;
    const focused = old.contains(document.activeElement) && document.activeElement.outerHTML;
    old.replaceWith(fresh);
    if (focused) Array.from(fresh.querySelectorAll("a, input, button")).find((each) => each.outerHTML === focused)?.focus();
  }

  form.addEventListener("input", function ({ target }) {
    clearTimeout(timer);
    if (target.type === "search") timer = setTimeout(show, WAIT_MS);
  });
  form.addEventListener("change", function ({ target }) {
    if (target.type !== "search") show(true);
  });
  form.addEventListener("submit", () => { clearTimeout(timer); request?.abort(); });
})();
