// What was typed in a task, and its key. Back, a reload, a new sign-in and a broken connection show both again.
(function () {
  const form = document.querySelector("form.task");
  if (!form || form.dataset.plain !== undefined) return;
  const keepsDraft = form.dataset.keepsDraft !== undefined;
  const store = keepsDraft ? localStorage : sessionStorage;
  const { user } = form.dataset;  // inventory_api/forget.js removes the drafts of other users
  const places = `task ${user} `, place = places + writeAddress();
  const key = form.elements._idempotency_key;
  const isReview = Boolean(form.elements.book);  // the page of the differences, whose form has only the counted lines
  let isDirty = false, isFinished = false, isTyped = false;

  // Return the address without parameters that are empty, so that a form and a link lead to the same draft.
  function writeAddress() {
    const given = new URLSearchParams(Array.from(new URLSearchParams(location.search)).filter(([, value]) => value));
    return [location.pathname, given].filter(String).join("?");
  }

  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const fields = (part) => Array.from(part.querySelectorAll("input, select, textarea")).filter((field) => field.name && !["csrfmiddlewaretoken", "_idempotency_key"].includes(field.name));
  const fieldsOfForm = () => fields(form).filter((field) => !field.closest(".task-line"));
  const read = (field) => [field.name, ["radio", "checkbox"].includes(field.type) ? field.checked : field.value];
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
  }

  function offerNew() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button", textContent: form.dataset.afresh });
    button.addEventListener("click", () => {
      finish();
      store.removeItem(`draft ${user} ${key.value}`);
      location.assign(location.href);
    });
    say(form.dataset.kept, button);
  }

  // Offer the counts at other addresses that were begun on this device.
  function offerOthers() {
    const begun = Object.keys(store).filter((name) => name.startsWith(places) && name !== place).map((name) => [name, readDraft(store.getItem(name))]);
    const links = begun.filter(([, draft]) => draft?.title).map(([name, draft]) => Object.assign(document.createElement("a"), { href: name.slice(places.length), textContent: draft.title }));
    if (links.length) say(form.dataset.unfinished, ...links);
  }

  // Forget the unfinished form of this address. The entry of the history keeps the key, so that Back shows it again.
  function finish() {
    [isDirty, isFinished] = [false, true];
    if (store.getItem(place) === key.value) store.removeItem(place);
    if (keepsDraft) store.removeItem(`draft ${user} ${key.value}`);
  }

  const [visit] = performance.getEntriesByType("navigation");
  const isAgain = visit?.type === "back_forward" || visit?.type === "reload";
  const isAnswer = isReview || form.querySelector(".wrong, .refusal");  // the server shows what was typed
  const kept = (isAgain && history.state?.taskKey) || store.getItem(place);
  const draft = !isAnswer && kept && kept !== key.value && readDraft(kept);
  if (draft) {
    key.value = kept;
    restore(draft);
    offerNew();
  }
  if (keepsDraft && !isReview) offerOthers();
  history.replaceState({ ...history.state, taskKey: key.value }, "");
  form.addEventListener("input", function ({ target }) {
    if (!target.matches("form, [name]")) return;  // a switch of the page sends nothing
    [isDirty, isTyped] = [true, true];
    save();
  });
  form.addEventListener("click", () => setTimeout(() => isTyped && save()));
  addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
  form.task = { save, finish, leave: () => { isDirty = false; } };
})();
