// What was typed in a task, except passwords, and its key. Back, a reload, a new sign-in and a broken connection show both again.
(function () {
  const form = document.querySelector("form.task");
  if (!form || form.dataset.plain !== undefined) return;
  const keepsDraft = form.dataset.keepsDraft !== undefined;
  const store = keepsDraft ? localStorage : sessionStorage;
  const { user } = form.dataset;  // inventory_api/forget.js removes the drafts of other users
  const places = `task ${user} `;
  let place = places + writeAddress();
  const key = form.elements._idempotency_key;
  const isReview = Boolean(form.elements.book);  // the page of the differences, whose form has only the counted lines
  let isDirty = false, isFinished = false, isTyped = false;

  // Return the address without parameters that are empty, so that a form and a link lead to the same draft.
  function writeAddress() {
    const given = new URLSearchParams(Array.from(new URLSearchParams(location.search)).filter(([, value]) => value));
    return [location.pathname, given].filter(String).join("?");
  }

  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const fields = (part) => Array.from(part.querySelectorAll("input, select, textarea")).filter((field) => field.name && field.type !== "password" && !["csrfmiddlewaretoken", "_idempotency_key", "_said", "_sum"].includes(field.name));
  const fieldsOfForm = () => fields(form).filter((field) => !field.closest(".task-line"));
  const readValue = (field) => field.multiple ? Array.from(field.selectedOptions, (option) => option.value) : field.value;
  const read = (field) => [field.name, ["radio", "checkbox"].includes(field.type) ? field.checked : readValue(field)];
  const readDraft = (kept) => JSON.parse(store.getItem(`draft ${user} ${kept}`) || "null");
  // The products of a list can change. A line of it is found again by its hidden fields: the product, and its place.
  const identify = (line) => JSON.stringify(fields(line).filter((field) => field.type === "hidden" && !field.matches("[data-counted-at]")).map(read));

  function save() {
    if (isFinished || isReview) return;
    const title = isTyped ? document.querySelector("h1").textContent : "";
    const draft = { title, values: fieldsOfForm().map(read), lines: lines().map((line) => [identify(line), fields(line).map(read)]) };
    try {
      store.setItem(place, key.value);
      store.setItem(`draft ${user} ${key.value}`, JSON.stringify(draft));
    } catch { /* The storage is full or switched off: the form works without a draft. */ }
  }

  function write(found, values) {
    found.forEach(function (field, index) {
      const [name, value] = values?.[index] || [];
      if (name !== field.name) return;
      if (["radio", "checkbox"].includes(field.type)) field.checked = value;
      else if (field.multiple) Array.from(field.options).forEach((option) => { option.selected = value.includes(option.value); });
      else field.value = value;
    });
  }

  function restore(draft) {
    const isGiven = form.querySelector(".given");
    while (!isGiven && form.addLine && lines().length < draft.lines.length) form.addLine();
    write(fieldsOfForm(), draft.values);
    const given = new Map(draft.lines);
    lines().forEach((line, index) => write(fields(line), isGiven ? given.get(identify(line)) : draft.lines[index][1]));
    isTyped = Boolean(draft.title);
    form.goToNext?.();
  }

  function say(...parts) {
    const notice = document.createElement("p");
    notice.className = "message";
    notice.append(...parts);
    form.querySelector(".notices").append(notice);
    return notice;
  }

  function makeButton(textContent, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent });
    button.addEventListener("click", act);
    return button;
  }

  // Say how many products of a count were counted, and when.
  function describe(draft) {
    const rows = draft.lines.map(([, values]) => Object.fromEntries(values)), counted = rows.filter((row) => row.counted);
    if (!counted.length) return form.dataset.kept;
    const { lang } = document.documentElement;  // English has dates and times as the pages: in the form of Swedish
    const time = new Date(counted.map((row) => row.counted_at).sort().at(-1)), isToday = time.toDateString() === new Date().toDateString();
    const shown = time.toLocaleString(lang === "en" ? "sv" : lang, { timeStyle: "short", dateStyle: isToday ? undefined : "short" });
    const values = { number: counted.length, total: rows.filter((row) => row.product).length, time: shown };
    return form.dataset.counted.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  }

  function offerNew(draft) {
    const notice = say(keepsDraft ? describe(draft) : form.dataset.kept);
    const goOn = () => { notice.remove(); form.goToUncounted(); };
    if (keepsDraft && form.querySelector(".given")) notice.append(makeButton(form.dataset.goOn, goOn));
    notice.append(makeButton(form.dataset.afresh, () => {
      finish();
      store.removeItem(`draft ${user} ${key.value}`);
      location.assign(location.href);
    }));
  }

  // Offer the counts at other addresses that were begun on this device.
  function offerOthers() {
    for (const name of Object.keys(store).filter((one) => one.startsWith(places) && one !== place)) {
      const draft = readDraft(store.getItem(name));
      if (!draft?.title) continue;
      const link = Object.assign(document.createElement("a"), { className: "button", href: name.slice(places.length), textContent: form.dataset.goOn });
      const notice = say(`${draft.title}. ${describe(draft)}`, link, makeButton(form.dataset.afresh, () => {
        [`draft ${user} ${store.getItem(name)}`, name].forEach((kept) => store.removeItem(kept));
        notice.remove();
      }));
    }
  }

  // Forget the unfinished form of this address. The entry of the history keeps the key, so that Back shows it again.
  function finish() {
    [isDirty, isFinished] = [false, true];
    if (store.getItem(place) === key.value) store.removeItem(place);
    if (keepsDraft) store.removeItem(`draft ${user} ${key.value}`);
  }

  // Begin another form in the same window. It may have lines already.
  function renew(newKey) {
    store.removeItem(`draft ${user} ${key.value}`);
    [place, key.value, isFinished] = [places + writeAddress(), newKey, false];
    history.replaceState({ ...history.state, taskKey: newKey }, "");
    isDirty = isTyped = !lines().every(form.isEmpty);
    if (isTyped) save();
  }

  const [visit] = performance.getEntriesByType("navigation");
  const isAgain = visit?.type === "back_forward" || visit?.type === "reload";
  const isAnswer = isReview || form.querySelector(".wrong, .refusal");  // the server shows what was typed
  const kept = (isAgain && history.state?.taskKey) || store.getItem(place);
  const draft = !isAnswer && kept && kept !== key.value && readDraft(kept);
  if (draft) {
    key.value = kept;
    restore(draft);
    offerNew(draft);
  }
  if (keepsDraft && !isReview) offerOthers();
  history.replaceState({ ...history.state, taskKey: key.value }, "");
  form.addEventListener("input", function ({ target }) {
    if (!target.matches("form, [name]")) return;  // a switch of the page sends nothing
    [isDirty, isTyped] = [true, true];
    save();
  });
  form.addEventListener("click", function ({ target }) {
    if (target.closest(".refusal a")) finish();  // the form is opened again, with what somebody else has changed
    setTimeout(() => isTyped && save());
  });
  addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
  form.task = { save, finish, renew, leave: () => { isDirty = false; } };
})();
