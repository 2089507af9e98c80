// The import page: it checks a chosen file at once, shows the progress, and imports without choosing the file again.
(function () {
  const form = document.querySelector(".import-form");
  if (!form) return;
  const head = document.getElementById("import-head"); // the steps, and what is asked or wrong
  const result = document.getElementById("import-result");
  const file = form.elements.file;
  const progress = form.querySelector(".import-progress");
  const bar = progress.querySelector("progress");
  const text = progress.querySelector("span");
  const before = { meanings: {}, names: [], choices: {} }; // those of the file that was checked before
  let choices = {}; // what the user has chosen for this file, by the name of the parameter
  let changed = ""; // the id of the control that was changed: it gets the focus again after the check
  const REASONS = "refused because"; // the first column of a file of rows that an import has left out
  const agreed = new Set(); // the names of suppliers and places that the user wants to have created
  const ALL = "\n"; // stands for all names in `agreed`, because a long list of errors does not have all of them
  const POLL_MILLISECONDS = 1000;
  const texts = form.dataset;
  const write = (number) => number.toLocaleString(document.documentElement.lang);
  let timer = 0;

  function prepare() {
    document.querySelectorAll("[data-without-script]").forEach((part) => { part.hidden = true; });
    document.querySelectorAll("[data-with-script]").forEach((part) => { part.hidden = false; });
  }

  // Return the field `columns`. It names columns by letters, because two may have the same name: =A:name,=B:
  function readChoices() {
    const parts = Array.from(result.querySelectorAll("select[data-letter]")).filter(isChosen).map((select) => `=${select.dataset.letter}:${select.value === "-" ? "" : select.value}`);
    return parts.map((part) => /[",]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part).join(",");
  }

  function setBusy(busy) {
    if (!busy) window.clearInterval(timer);
    progress.hidden = !busy;
    file.disabled = busy;
    result.querySelectorAll("button, select").forEach((control) => { control.disabled = busy; });
    head.inert = busy;
  }

  // The bar shows a share of a known total, or moves without an end. Screen readers read the text.
  function showProgress(message, done, total) {
    if (total) bar.value = 100 * done / total;
    else bar.removeAttribute("value");
    text.textContent = message;
  }

  function showUpload(event) {
    const percent = Math.round(100 * event.loaded / event.total);
    if (event.lengthComputable) showProgress(texts.sent.replace("{percent}", percent), event.loaded, event.total);
  }

  // Show the progress of the running import, which the server returns. `total` is known after a dry run.
  function showRows(state, rows, total) {
    const fill = (text) => text.replace("{read}", write(Number(rows))).replace("{total}", write(total));
    if (state === "reading" && total) showProgress(fill(texts.imported), rows, total);
    if (state === "reading" && !total) showProgress(rows ? fill(texts.checked) : texts.opening);
    if (state === "saving") showProgress(total ? texts.saving : texts.comparing);
  }

  async function pollProgress(request, total) {
    try {
      const answer = await fetch(form.dataset.progress, { headers: { Accept: "application/json" } });
      const { state, rows } = answer.ok ? await answer.json() : {};
      if (request.readyState < XMLHttpRequest.HEADERS_RECEIVED) showRows(state, rows, total);
    } catch { /* the next one may arrive */ }
  }

  function say(message) {
    const paragraph = document.createElement("p");
    paragraph.className = "error";
    paragraph.setAttribute("role", "alert");
    paragraph.textContent = message;
    head.querySelectorAll(":scope > :not(ol)").forEach((part) => part.remove());
    head.append(paragraph);
    result.replaceChildren();
  }

  // The response is a page. Its result, or its whole text, replaces that of this page.
  function showAnswer(request, wasImported) {
    const type = request.getResponseHeader("Content-Type") || "";
    if (!type.startsWith("text/html")) return say(texts.failed.replace("{status}", request.status));
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const part = page.getElementById("import-result") || page.querySelector("main");
    const open = Array.from(result.querySelectorAll("details[open]"), (details) => details.id);
    head.replaceChildren(...(page.getElementById("import-head")?.childNodes || []));
    result.replaceChildren(...part.childNodes);
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    const key = page.querySelector(".import-form [name=_idempotency_key]");
    if (key && request.status < 400) form.elements._idempotency_key.value = key.value;
    result.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((token) => { token.value = form.elements.csrfmiddlewaretoken.value; });
    prepare();
    if (!wasImported && (keepChoices() || keepAgreed())) return;
    if (wasImported) {
      agreed.clear();
      delete before.choices.create_rates;
      delete before.choices.header; // the next file may have other rows above its header
      delete before.choices.quantities; // rows that are imported already would be added once more
      delete before.choices.conflicts; // the next file may have other values that are older than those of the shop
      form.kept.forget(before);
    }
    (changed && document.getElementById(changed) || (head.querySelector(".import-question, .error") ? head : result)).focus();
    changed = "";
  }

  // A corrected file is checked with the choices that were made for the file before it. It is one if at least half of its
  // columns were there before, or if it has the rows that were left out. Columns are recognised by their names.
  function keepChoices() {
    const parts = nameColumns(), names = parts.map(([name]) => name), known = names.filter((name) => before.names.includes(name));
    if (!names.length) return false;
    const isCorrected = names[0] === REASONS || 2 * known.length >= names.length;
    const keepsColumns = isCorrected && !form.elements.columns.value && parts.filter(takeMeaning).length > 0;
    const keepsOthers = isCorrected && Object.keys(before.choices).some((name) => !(name in choices)), again = keepsColumns || keepsOthers;
    if (keepsColumns) form.elements.columns.value = readChoices();
    if (keepsOthers) choices = { ...before.choices, ...choices };
    if (again) form.querySelector("[data-kept-file]").textContent = texts.asBefore;
    else Object.assign(before, { names, choices, meanings: Object.fromEntries(parts.filter(([, part]) => isChosen(part)).map(([name, part]) => [name, part.value])) });
    remember();
    if (again) check();
    return again;
  }

  // Return the columns in the result with their names. Those that have the same name are numbered.
  function nameColumns() {
    const parts = Array.from(result.querySelectorAll("[data-name]")), seen = {};
    const number = (name) => { seen[name] = (seen[name] || 0) + 1; return seen[name] > 1 ? `${name}\n${seen[name]}` : name; };
    return parts.map((part) => [number(part.dataset.name), part]);
  }

  const isChosen = (part) => part.matches("select") && part.value !== "?" && part.dataset.assumed === undefined;

  // Choose the meaning that the column had in the file before. Return whether this is another one than it has.
  function takeMeaning([name, part]) {
    const meaning = before.meanings[name], isThere = Array.from(part.options || []).some((option) => meaning && option.value === meaning);
    if (!isThere || (isChosen(part) && part.value === meaning)) return false;
    part.value = meaning;
    delete part.dataset.assumed;
    return true;
  }

  // Names to which the user has agreed are created without another question, also for a corrected file.
  function keepAgreed() {
    const missing = listMissing(), isAgreed = agreed.has(ALL) || missing.every((name) => agreed.has(name));
    const again = missing.length > 0 && isAgreed && !form.elements.create_missing.checked;
    if (again) {
      form.elements.create_missing.checked = true;
      check();
    }
    return again;
  }

  const listMissing = () => Array.from(result.querySelectorAll("[data-missing]"), (part) => part.dataset.missing);

  const remember = () => form.kept.remember({ columns: form.elements.columns.value, choices, before, agreed: [...agreed] });

  // The file and the choices that were kept when the user left the page.
  async function restore() {
    const kept = await form.kept.find();
    Object.assign(before, kept?.before, kept?.chosen?.before);
    (kept?.chosen?.agreed || []).forEach((name) => agreed.add(name));
    if (!kept?.name || file.files.length || result.children.length) return;
    form.elements.columns.value = kept.chosen?.columns || "";
    choices = kept.chosen?.choices || {};
    if (kept.file) setFile(kept.file);
    const { lang } = document.documentElement;  // English has the times of the pages: 19:57, as in Swedish
    const time = new Date(kept.at).toLocaleTimeString(lang === "en" ? "sv" : lang, { timeStyle: "short" });
    form.querySelector("[data-kept-file]").textContent = texts[kept.file ? "kept" : "chooseAgain"].replace("{name}", kept.name).replace("{time}", time);
    check();
  }

  function setFile(chosen) {
    const files = new DataTransfer();
    if (chosen) files.items.add(chosen);
    file.files = files.files;
  }

  // `total` is the number of rows to import; without it, this is a dry run.
  function send(total, isAgain) {
    const body = new FormData();
    remember();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("file", file.files[0]);
    body.append("columns", form.elements.columns.value);
    if (form.elements.moving) body.append("moving", form.elements.moving.value);
    Object.entries(choices).forEach(([name, value]) => body.append(name, value));
    if (form.elements.create_missing.checked) body.append("create_missing", "true");
    if (!total) body.append("dry_run", "true");
    else body.append("_idempotency_key", form.elements._idempotency_key.value); // a second attempt has the same key
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("X-Task", "yes"); // a refused token of an earlier session is answered with a new one
    request.upload.addEventListener("progress", showUpload);
    request.upload.addEventListener("load", function () {
      showProgress(total ? texts.importing : texts.checking);
      timer = window.setInterval(() => pollProgress(request, total), POLL_MILLISECONDS);
    });
    request.addEventListener("load", function () {
      setBusy(false);
      const token = request.getResponseHeader("X-CSRFToken"); // the user has signed in again since the page was opened
      if (token) form.elements.csrfmiddlewaretoken.value = token;
      if (token && !isAgain) send(total, true);
      else showAnswer(request, total && request.status < 400);
    });
    request.addEventListener("error", function () {
      setBusy(false);
      say(texts.unsent);
    });
    setBusy(true);
    showProgress(texts.sending);
    request.send(body);
  }

  // Check the file with what was chosen for a column.
  function chooseColumns(select) {
    delete select.dataset.assumed;
    form.elements.columns.value = readChoices();
    form.elements.create_missing.checked = false;
    check();
  }

  const check = () => file.files.length && send(0);
  // A browser reports no change if the same file is chosen again, as a corrected file is. So the field is cleared first.
  let chosen = null;
  file.addEventListener("click", function () { [chosen, file.value] = [file.files[0], ""]; });
  file.addEventListener("cancel", () => setFile(chosen));
  file.addEventListener("change", function () {
    form.elements.columns.value = "";
    form.elements.create_missing.checked = false;
    choices = {};
    form.querySelector("[data-kept-file]").textContent = "";
    if (file.files.length) result.replaceChildren(); // what was open or wrong in the file before
    if (file.files.length) form.kept.keep(file.files[0]);
    check();
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); check(); });
  result.addEventListener("change", function (event) {
    if (!event.target.matches("select")) return;
    changed = event.target.id;
    if (event.target.matches("[data-choice]")) choices = { ...choices, [event.target.name]: event.target.value };
    else return chooseColumns(event.target);
    check();
  });
  head.addEventListener("click", function (event) {
    const given = event.target.closest("[data-answer]")?.dataset.answer;
    if (!given || !file.files.length) return; // the address of the answer is that of the page with this choice
    event.preventDefault();
    const [, name, value] = given.match(/^([a-z_]+)=(.*)$/);
    if (name !== "columns") { // a row as the header, or rates of VAT
      choices = { ...choices, [name]: value };
      return check();
    }
    for (const [, quoted, plain] of value.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g)) { // the cells of a line of CSV
      const [, letter, meaning] = (plain ?? quoted.replaceAll('""', '"')).match(/^=([A-Z]+):(.*)$/);
      const select = document.getElementById(`column-${letter}`);
      if (meaning && !Array.from(select.options).some((option) => option.value === meaning)) select.add(new Option(meaning));
      select.value = meaning || "-";
      delete select.dataset.assumed;
    }
    form.elements.columns.value = readChoices();
    check();
  });
  result.addEventListener("click", function (event) {
    if (event.target.matches("[data-ignore]")) {
      result.querySelectorAll("select.unknown").forEach((select) => { select.value = "-"; });
      form.elements.columns.value = readChoices();
      check();
    }
    if (event.target.matches("[data-create-missing]")) {
      listMissing().forEach((name) => agreed.add(name));
      if (event.target.dataset.createMissing === "all") agreed.add(ALL);
      form.elements.create_missing.checked = true;
      check();
    }
    const rows = event.target.dataset.import;
    if (rows) send(Number(rows));
  });
  prepare();
  restore();
})();
