// The import page: checks a chosen file at once, shows how far it is, and imports without choosing the file again.
(function () {
  const form = document.querySelector(".import-form");
  if (!form) return;
  const result = document.getElementById("import-result");
  const file = form.elements.file;
  const progress = form.querySelector(".import-progress");
  const bar = progress.querySelector("progress");
  const text = progress.querySelector("span");
  const before = { columns: "", names: "" }; // of the file that was checked before this one

  function prepare() {
    document.querySelectorAll("[data-without-script]").forEach((part) => { part.hidden = true; });
    document.querySelectorAll("[data-with-script]").forEach((part) => { part.hidden = false; });
  }

  // The field `columns`: a name with a comma or a quote is in quotes, with its column.
  function readChoices() {
    return Array.from(result.querySelectorAll("select[data-column]"), function (select) {
      if (select.value === "?") return "";
      const part = `${select.dataset.column}:${select.value === "-" ? "" : select.value}`;
      return /[",]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
    }).filter(Boolean).join(",");
  }

  function setBusy(busy) {
    progress.hidden = !busy;
    file.disabled = busy;
    result.querySelectorAll("button, select").forEach((control) => { control.disabled = busy; });
  }

  function showProgress(event, doing) {
    if (event.lengthComputable && event.loaded < event.total) {
      bar.value = 100 * event.loaded / event.total;
      text.textContent = `Sending the file: ${Math.round(bar.value)} %`;
    } else {
      bar.removeAttribute("value");
      text.textContent = doing;
    }
  }

  function say(message) {
    const paragraph = document.createElement("p");
    paragraph.className = "error";
    paragraph.setAttribute("role", "alert");
    paragraph.textContent = message;
    result.replaceChildren(paragraph);
  }

  // The answer is a page: its result takes the place of this one, or all that it says.
  function showAnswer(request) {
    const type = request.getResponseHeader("Content-Type") || "";
    if (!type.startsWith("text/html")) return say(`The server answered ${request.status}. Nothing was imported.`);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const part = page.getElementById("import-result") || page.querySelector("main");
    result.replaceChildren(...part.childNodes);
    const key = page.querySelector(".import-form [name=_idempotency_key]");
    if (key && request.status < 400) form.elements._idempotency_key.value = key.value;
    result.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((token) => { token.value = form.elements.csrfmiddlewaretoken.value; });
    prepare();
    if (!keepChoices()) result.focus();
  }

  // A corrected file with the same columns is checked with the choices that were made for the file before it.
  function keepChoices() {
    const names = Array.from(result.querySelectorAll("select[data-column]"), (select) => select.dataset.column).join("\n");
    const again = names !== "" && names === before.names && before.columns !== "" && form.elements.columns.value === "";
    if (again) form.elements.columns.value = before.columns;
    if (names) Object.assign(before, { columns: form.elements.columns.value, names });
    if (again) check();
    return again;
  }

  function send(dryRun, doing) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("file", file.files[0]);
    body.append("columns", form.elements.columns.value);
    if (dryRun) body.append("dry_run", "true");
    else body.append("_idempotency_key", form.elements._idempotency_key.value); // a second attempt has the same key
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (event) => showProgress(event, doing));
    request.addEventListener("load", function () { setBusy(false); showAnswer(request); });
    request.addEventListener("error", function () {
      setBusy(false);
      say("The file could not be sent. If it has changed since you chose it, choose it again.");
    });
    setBusy(true);
    showProgress({}, doing);
    request.send(body);
  }

  const check = () => file.files.length && send(true, "Checking the rows …");
  file.addEventListener("change", function () { form.elements.columns.value = ""; check(); });
  form.addEventListener("submit", function (event) { event.preventDefault(); check(); });
  result.addEventListener("change", function (event) {
    if (!event.target.matches("select[data-column]")) return;
    form.elements.columns.value = readChoices();
    check();
  });
  result.addEventListener("click", function (event) {
    const rows = event.target.dataset.import;
    if (rows) send(false, `Importing ${Number(rows).toLocaleString("en")} rows …`);
  });
  prepare();
})();
