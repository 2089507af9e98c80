// What was typed in a task, and its key. Back, a reload, a new sign-in and a broken connection show both again.
(function () {
  const form = document.querySelector("form.task");
  if (!form || form.dataset.plain !== undefined) return;
  const store = form.dataset.keepsDraft === undefined ? sessionStorage : localStorage;
  const { user } = form.dataset;  // inventory_api/forget.js removes the drafts of other users
  const place = `task ${user} ${location.pathname}${location.search}`;
  const key = form.elements._idempotency_key;
  const fields = () => Array.from(form.elements).filter((field) => field.name && !["csrfmiddlewaretoken", "choose", "_idempotency_key"].includes(field.name));
  let isDirty = false, isFinished = false;

  function save() {
    if (isFinished) return;
    const values = fields().map((field) => [field.name, ["radio", "checkbox"].includes(field.type) ? field.checked : field.value]);
    try {
      store.setItem(place, key.value);
      store.setItem(`draft ${user} ${key.value}`, JSON.stringify({ values, lines: form.querySelectorAll(".task-line").length }));
    } catch { /* The storage is full or switched off: the form works without a draft. */ }
  }

  function restore(draft) {
    while (form.addLine && form.querySelector("[data-add-line]") && form.querySelectorAll(".task-line").length < draft.lines) form.addLine();
    fields().forEach(function (field, index) {
      const [name, value] = draft.values[index] || [];
      if (name !== field.name) return;
      if (["radio", "checkbox"].includes(field.type)) field.checked = value;
      else field.value = value;
    });
  }

  function offerNew() {
    const notice = document.createElement("p"), button = document.createElement("button");
    notice.className = "message";
    Object.assign(button, { type: "button", className: "button", textContent: form.dataset.afresh });
    button.addEventListener("click", () => {
      finish();
      store.removeItem(`draft ${user} ${key.value}`);
      location.assign(location.href);
    });
    notice.append(form.dataset.kept, " ", button);
    form.querySelector(".notices").append(notice);
  }

  // Forget the unfinished form of this address. The entry of the history keeps the key, so that Back shows it again.
  function finish() {
    [isDirty, isFinished] = [false, true];
    if (store.getItem(place) === key.value) store.removeItem(place);
    if (form.dataset.keepsDraft !== undefined) store.removeItem(`draft ${user} ${key.value}`);
  }

  const [visit] = performance.getEntriesByType("navigation");
  const isAgain = visit?.type === "back_forward" || visit?.type === "reload";
  const isAnswer = form.querySelector(".wrong, .refusal");  // the server shows what was typed
  const kept = (isAgain && history.state?.taskKey) || store.getItem(place);
  const draft = !isAnswer && kept && kept !== key.value && JSON.parse(store.getItem(`draft ${user} ${kept}`) || "null");
  if (draft) {
    key.value = kept;
    restore(draft);
    offerNew();
  }
  history.replaceState({ ...history.state, taskKey: key.value }, "");
  form.addEventListener("input", () => { isDirty = true; save(); });
  form.addEventListener("click", () => setTimeout(save));
  addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
  form.task = { save, finish, leave: () => { isDirty = false; } };
})();
