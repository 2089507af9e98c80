// Change a value where it is shown: the form of the page that the link leads to takes its place.
(function () {
  const { cancel } = document.currentScript.dataset;
  const read = (html) => new DOMParser().parseFromString(html, "text/html");
  const isHTML = (answer) => (answer.headers.get("Content-Type") ?? "").startsWith("text/html");

  function place(form, row, link) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: cancel });
    form.querySelector(".send-task").append(button);
    form.action = link;
    form.noValidate = true;
    row.querySelector(":scope > form")?.remove();
    row.append(form);
    row.classList.add("editing");
    form.querySelector("input:not([type=hidden]), select, textarea").focus();
  }

  function close(form) {
    const { action, parentElement } = form;
    form.remove();
    parentElement.classList.remove("editing");
    focusLink(action);
  }

  function focusLink(address) {
    Array.from(document.querySelectorAll("a.edit")).find((link) => link.href === address)?.focus();
  }

  function say(form, text, link) {
    const notice = Object.assign(document.createElement("p"), { className: "refusal", textContent: text });
    if (link) notice.append(" ", Object.assign(document.createElement("a"), { href: link, target: "_blank", textContent: form.dataset.signIn }));
    form.querySelector(".notices").replaceChildren(notice);
  }

  // Show the page as it is now, without moving it.
  async function renew(address) {
    const page = read(await (await fetch(location.href, { headers: { Accept: "text/html" } })).text());
    document.querySelector("main").replaceWith(page.querySelector("main"));
    focusLink(address);
  }

  async function open(link) {
    const answer = await fetch(link.href);
    const form = read(await answer.text()).querySelector("form.task");
    if (!form) throw new Error(answer.status);
    document.querySelectorAll(".editing > form").forEach(close);
    place(form, link.parentElement, link.href);
  }

  async function save(form) {
    const answer = await fetch(form.action, { method: "POST", headers: { "X-Task": "yes", Accept: "text/html" }, body: new FormData(form) });
    const text = await answer.text();
    if (answer.status === 401) return say(form, form.dataset.signedOut, JSON.parse(text).sign_in);
    if (answer.status >= 500) throw new Error(text);
    if (answer.status === 201 || answer.redirected) return renew(form.action);
    if (!isHTML(answer)) return say(form, text);
    place(read(text).querySelector("form.task"), form.parentElement, form.action);
  }

  document.addEventListener("click", function (event) {
    const link = event.target.closest?.("a.edit");
    if (event.target.matches?.(".editing .send-task [type=button]")) return close(event.target.form);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link).catch(() => location.assign(link.href));
  });
  document.addEventListener("keydown", function (event) {
    const form = event.target.closest?.(".editing > form");
    if (event.key === "Escape" && form) close(form);
    if (event.key === "Escape") document.querySelectorAll("details.more-actions[open]").forEach((one) => { one.open = false; });
  });
  document.addEventListener("submit", async function (event) {
    const form = event.target, button = form.querySelector(".primary");
    if (!form.matches(".editing > form")) return;
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    await save(form).catch(() => say(form, form.dataset.offline));
    button.disabled = false;
  });
})();
