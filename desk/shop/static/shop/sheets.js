// Count on a sheet. A scan is a new entry of 1, and a number after it replaces its quantity. Each entry is sent at
// once, in order. What is not sent yet is kept on the device for its user, with the key that makes it count once.
(function () {
  const MAX_SHOWN = 10, RETRY_MS = 5000, TIMEOUT_MS = 20000, NUMBER = /^\d{1,6}(?:[.,]\d{1,3})?$/;  // more digits are a scanned code
  const form = document.querySelector("form.counting"), list = document.querySelector(".entries"), texts = form.dataset;
  const input = form.elements.code, notices = form.querySelector(".notices"), said = document.querySelector(".last-entry");
  const left = document.querySelector(".left-to-count");
  const place = `draft ${texts.user} sheet-${texts.sheet}-`;  // inventory_api/forget.js removes those of other users
  const ahead = Date.now() - Number(texts.now);  // by how much the clock of this device is ahead of the server's
  const rows = [];  // the entries of this page, the last one first
  let fold = (text) => text.toLowerCase(), makeSearched = fold;  // until the module is loaded
  import(new URL("../tills/fold.js", document.currentScript.src)).then((module) => { ({ fold, makeSearched } = module); });
  let current = null, isSending = false, isKept = true, timer, token = form.elements.csrfmiddlewaretoken.value;

  const now = () => new Date(Date.now() - ahead).toISOString();
  const makeKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  const quantity = (row) => Math.round(row.count * row.units);  // a product with decimals is counted in base units
  const countDecimals = (amount) => (amount || "").split(".")[1]?.length || 0;
  const read = (text) => Number(text.replace(",", "."));
  const readUnits = (row, text) => Math.round(read(text) * 10 ** row.decimals);
  const writeQuantity = (row) => (row.decimals ? (quantity(row) / 10 ** row.decimals).toFixed(row.decimals) : quantity(row));
  const isPending = (row) => Boolean(row.attempt) || quantity(row) !== row.sent;
  const isWaiting = (row) => isPending(row) && !row.refused;
  const write = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const make = (tag, values) => Object.assign(document.createElement(tag), values);

  function keep(row) {
    try {
      if (isPending(row) && rows.includes(row)) localStorage.setItem(place + row.key, JSON.stringify({ ...row, element: null }));
      else localStorage.removeItem(place + row.key);
    } catch {
      isKept = false;  // the storage is full or switched off
    }
  }

  function say(text) {
    const notice = make("p", { className: "refusal", textContent: write(text, { number: rows.filter(isWaiting).length }) });
    if (!isKept) notice.append(" ", texts.notKept);
    const asksToSignIn = [texts.signedOut, texts.another].includes(text);
    if (asksToSignIn) notice.append(" ", make("a", { href: texts.login, target: "_blank", textContent: texts.signIn }));
    if (notices.textContent === notice.textContent) return;
    notices.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  // --- What the page shows ---

  function show(row) {
    if (!row.element) {
      row.element = document.querySelector(".entries + template").content.firstElementChild.cloneNode(true);
      list.prepend(row.element);
      listen(row);
    }
    const [name, number, error, choices] = row.element.querySelectorAll(".name, [name=quantity], .error, .candidates");
    name.textContent = [row.name || row.code, row.location].filter(Boolean).join(" \u00b7 ");
    number.value = writeQuantity(row);
    number.setAttribute("aria-label", `${number.dataset.label}: ${row.name || row.code}`);
    error.hidden = !isPending(row);
    error.id = `error-${row.key}`;
    number.setAttribute("aria-describedby", error.id);
    number.setAttribute("aria-invalid", Boolean(row.refused));
    error.role = row.refused ? "alert" : null;  // a screen reader tells a refusal at once
    error.textContent = row.refused ? write(texts.refused, { text: row.refused.errors.join(" ") }) : texts.notSent;
    choices.hidden = !row.refused;
    choices.replaceChildren();
    if (row.refused) showChoices(row, choices);
    rows.filter((other) => !isPending(other)).slice(MAX_SHOWN).forEach((other) => other.element.remove());
  }

  function showChoices(row, choices) {
    const { candidates, extra, isCode } = row.refused, typed = String(row.count);
    function add(textContent, values, act = () => {}) {
      const button = make("button", { type: "button", className: "button", textContent });
      button.addEventListener("click", () => { change(row, { refused: null, ...values }); act(); input.focus(); });
      choices.append(button);
    }
    candidates.forEach((code) => add(code, { code }));
    if (extra) add(`${texts.extra}: ${extra}`, { extra: true });
    if (isCode) add(write(texts.isNumber, { number: typed }), { typed: false });
    if (isCode) add(texts.isCode, { typed: false, count: row.before }, () => enter({ code: typed }));
    if (!row.entry) add(texts.remove, { count: 0, sent: 0 }, () => remove(row));
  }

  function remove(row) {
    rows.splice(rows.indexOf(row), 1);
    row.element.remove();
    if (current === row) current = null;
  }

  // Removes the other row of the entry: the list of the server has it too if its answer to this page was lost.
  function removeDouble(entry, row) {
    rows.filter((other) => entry && other !== row && String(other.entry) === String(entry)).forEach(remove);
  }

  // --- What is typed ---

  function change(row, values) {
    Object.assign(row, values);
    keep(row);
    show(row);
    send();
  }

  function enter(values) {
    const location = form.elements.location?.value || "";
    current = { key: makeKey(), name: "", decimals: 0, units: 1, count: 1, sent: null, time: now(), location, ...values };
    rows.unshift(current);
    change(current);
  }

  const setCount = (row, count, values) => change(row, { before: row.count, count, time: now(), refused: null, ...values });

  function listen(row) {
    row.element.querySelector("form").addEventListener("submit", function (event) {
      event.preventDefault();
      const number = event.target.elements.quantity.value.trim();
      if (row.decimals && NUMBER.test(number)) setCount(row, readUnits(row, number), { units: 1, product: row.product });
      else if (/^\d{1,15}$/.test(number)) setCount(row, Number(number), row.sent === null ? {} : { units: 1, product: row.product });
      else show(row);
      input.focus();
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    const text = input.value.trim();
    [input.value, said.textContent] = ["", ""];
    filter();
    input.focus();
    const isNumber = current && NUMBER.test(text);
    if (isNumber && current.decimals) setCount(current, readUnits(current, text), { units: 1 });
    else if (isNumber && !(current.product && text.match(/[.,]/))) setCount(current, read(text), { typed: true });
    else if (text) enter({ code: text });
  });

  function filter() {
    const words = fold(input.value).split(" ");
    const has = (line) => words.every((word) => makeSearched(line.textContent).includes(word));
    left.querySelectorAll("li").forEach((line) => { line.hidden = !has(line); });
  }
  input.addEventListener("input", filter);
  left.querySelector("form").addEventListener("submit", function (event) {
    event.preventDefault();
    enter({ product: event.submitter.value, name: event.submitter.firstChild.textContent.trim() });
    input.focus();
  });

  // --- What is sent ---

  // The values of an attempt stay the same until there is an answer, because its key may have been used already.
  function makeAttempt(row) {
    const which = row.product ? { product: row.product, quantity: quantity(row) } : { code: row.code, quantity: row.count };
    const flags = { replaces: row.entry || "", extra: row.extra ? "yes" : "", typed: row.typed ? "yes" : "" };
    return { _idempotency_key: makeKey(), ...which, location: row.location, counted_at: row.time, ...flags };
  }

  // Returns whether there was an answer, so that the next entry can be sent.
  async function post(row, isAgain) {
    const body = new URLSearchParams({ ...row.attempt, csrfmiddlewaretoken: token }), signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(location.pathname, { method: "POST", headers: { "X-Task": "yes" }, body, signal });
    if (answer.status === 401) return say(texts.signedOut);
    const data = await answer.json().catch(() => null);
    if (!data || answer.status >= 500) return say(texts.busy);
    if (answer.status === 403) {
      if (isAgain || String(data.user) !== texts.user) return say(texts.another);
      token = data.token;  // of the session that has begun meanwhile
      return post(row, true);
    }
    if (answer.ok) accept(row, data);
    else row.refused = { errors: data.errors, candidates: data.candidates, extra: data.extra, isCode: data.is_code };
    row.attempt = null;
    keep(row);
    show(row);
    return true;
  }

  function accept(row, data) {
    if (!row.product && row.attempt.quantity) row.units = data.quantity / row.attempt.quantity;  // a scanned case has several
    const decimals = countDecimals(data.amount);
    Object.assign(row, { entry: data.id, product: data.product, name: data.product_name, decimals, sent: data.quantity, typed: false });
    removeDouble(data.id, row);
    said.textContent = write(texts.counted, { name: row.name, number: data.amount || data.quantity });
    left.querySelector("[data-left]").textContent = data.left;
    left.querySelector(`[name=product][value="${data.product}"]`)?.parentElement.remove();
  }

  async function send() {
    if (isSending) return;
    isSending = true;
    clearTimeout(timer);
    let row, isDone = true;
    while (isDone && (row = rows.findLast(isWaiting))) {
      row.attempt ||= makeAttempt(row);
      keep(row);
      isDone = await post(row).catch(() => say(texts.offline));
    }
    isSending = false;
    if (isDone) notices.replaceChildren();
    else timer = setTimeout(send, RETRY_MS);
  }

  // --- The start ---

  document.querySelector("[data-without-script]").remove();
  list.querySelectorAll("li").forEach(function (element) {
    const { quantity: number, replaces, product, location: where } = element.firstElementChild.elements, decimals = countDecimals(number.value);
    const count = readUnits({ decimals }, number.value);
    const { name } = element.querySelector(".name").dataset, key = makeKey();
    rows.push({ key, name, decimals, units: 1, count, sent: count, entry: replaces.value, product: product.value, location: where.value, element });
  });
  rows.forEach(listen);
  const kept = Object.keys(localStorage).filter((key) => key.startsWith(place)).map((key) => JSON.parse(localStorage.getItem(key)));
  kept.sort((one, other) => one.time.localeCompare(other.time)).forEach((row) => {
    rows.unshift(row);
    removeDouble(row.entry, row);
    show(row);
  });
  addEventListener("online", send);
  addEventListener("focus", send);
  addEventListener("beforeunload", (event) => { if (rows.some(isPending)) event.preventDefault(); });
  input.focus();
  send();
})();
