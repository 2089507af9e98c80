// The browsable API's forms. Each page that a response shows runs this again, so it declares nothing outside functions.

// The filters and the search do not send empty fields, so that the address is short.
document.addEventListener("submit", function (event) {
  const fields = event.target.matches("#filters, #filters form") ? event.target.querySelectorAll("input, select") : [];
  const empty = Array.from(fields).filter((input) => !input.value);
  empty.forEach((input) => { input.disabled = true; });
  setTimeout(() => empty.forEach((input) => { input.disabled = false; }));
}, true);

// Send the forms of the page, and what a browser's form can't send: PUT, PATCH and JSON. The response replaces the page.
// Without a connection or a session the page stays, with everything that was typed.
(function () {
  const texts = { ...document.currentScript.dataset };
  document.addEventListener("submit", async function (event) {
    const form = event.target;
    const isPost = form.id === "post-object-form" && !form.matches(".import-form");
    const method = event.submitter?.dataset.method || form.dataset.method || (isPost ? "POST" : "");
    if (!method || form.dataset.isBusy) return method && event.preventDefault();
    event.preventDefault();
    const content = form.querySelector("[name=_content]");
    const body = content ? content.value : new FormData(form);
    form.dataset.isBusy = "yes";
    try {
      await showAnswer(form, await send(form, method, body, content && form.querySelector("[name=_content_type]").value));
    } catch {
      sayInForm(form, texts.offline);
    } finally {
      delete form.dataset.isBusy;
    }
  });

  function send(form, method, body, type) {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { Accept: "text/html", "X-CSRFToken": token, "X-Task": "yes", ...(type && { "Content-Type": type }) };
    return fetch(form.getAttribute("action"), { method, headers, body });
  }

  function sayInForm(form, text) {
    const notice = form.querySelector(".notice-of-form") || document.createElement("p");
    Object.assign(notice, { className: "refusal notice-of-form", textContent: text });
    notice.setAttribute("role", "alert");
    form.prepend(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  async function showAnswer(form, answer) {
    const next = answer.status === 204 && answer.headers.get("Location");
    if (next) return location.assign(next);
    if (answer.status === 401) return sayInForm(form, texts.signedOut);
    const text = await answer.text();
    if (answer.headers.get("X-CSRFToken")) {  // the user has signed in again since the page was opened
      document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((token) => { token.value = answer.headers.get("X-CSRFToken"); });
      return sayInForm(form, texts.signedIn);
    }
    if (!answer.headers.get("Content-Type").startsWith("text/html")) return sayInForm(form, text);
    document.open();
    document.write(text);
    document.close();
    scrollTo(0, 0);
  }
})();

// A form has one key for each visit. If Back or a reload shows it again, it has its earlier key, so that it is booked
// once, even if its response was lost. The browser's history keeps the keys with its entry of the page. A link to the same
// address may use the same entry, and leads to a new form.
(function () {
  const listKeys = () => Array.from(document.querySelectorAll("[name=_idempotency_key][id]"));
  const keepKeys = function () {
    history.replaceState({ ...history.state, formKeys: Object.fromEntries(listKeys().map((input) => [input.id, input.value])) }, "");
  };
  const [visit] = performance.getEntriesByType("navigation");
  const kept = (visit?.type !== "navigate" && history.state?.formKeys) || {};
  listKeys().forEach((input) => { input.value = kept[input.id] || input.value; });
  keepKeys();
  document.addEventListener("submit", keepKeys, true);  // a link to a part of the page creates another entry
})();
