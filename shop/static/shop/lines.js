// The lines of a task: the keyboard, hand scanners, and lines that are added. A scanner types a code and Enter.
(function () {
  const SCANNED_LENGTH = 7;  // a number of more digits in a quantity is a scanned code
  const form = document.querySelector("form.task");
  if (!form) return;
  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const inputs = (line) => Array.from(line.querySelectorAll("input:not([type=hidden])")).filter((input) => input.offsetParent);

  function addLine() {
    const all = lines(), last = all[all.length - 1], copy = last.cloneNode(true);
    copy.classList.remove("wrong");
    copy.querySelectorAll(".error, .candidates, .beside").forEach((part) => part.remove());
    copy.querySelectorAll(".wrong").forEach((part) => part.classList.remove("wrong"));
    copy.querySelectorAll("input").forEach((input) => { input.value = input.dataset.initial || ""; input.autofocus = false; });
    copy.innerHTML = copy.innerHTML.replaceAll(`-${all.length - 1}"`, `-${all.length}"`);
    last.after(copy);
    copy.querySelectorAll("input").forEach((input) => { input.value = input.dataset.initial || ""; });
    return copy;
  }

  function openNext(line) {
    const next = lines()[lines().indexOf(line) + 1];
    if (next) return next;
    return form.querySelector(".given") ? null : addLine();
  }

  function goTo(input) {
    if (!input) return form.querySelector(".send-task .primary").focus();
    input.focus();
    input.select?.();
  }

  function leave(input) {
    if (input.value === "=" && input.dataset.expected) input.value = input.dataset.expected;
    const line = input.closest(".task-line"), others = inputs(line);
    if (input.matches("[data-product]")) return goTo(line.querySelector("[data-quantity]"));
    if (!input.matches("[data-quantity]") && others.indexOf(input) < others.length - 1) return goTo(others[others.indexOf(input) + 1]);
    const next = openNext(line);
    goTo(next && (next.querySelector("[data-product]:not([type=hidden])") || inputs(next)[0]));
  }

  // A code that was scanned into a quantity begins the next line.
  function moveScan(input) {
    const code = input.value.trim(), initial = input.dataset.initial || "";
    if (!input.dataset.initial || code.replace(initial, "").length < SCANNED_LENGTH) return false;
    input.value = initial;
    const product = openNext(input.closest(".task-line")).querySelector("[data-product]");
    product.value = code.startsWith(initial) && code.length > 13 ? code.slice(initial.length) : code;
    leave(product);
    return true;
  }

  form.addEventListener("keydown", function (event) {
    const input = event.target;
    if (event.key !== "Enter" || event.isComposing || !input.closest?.(".task-line") || input.matches("button")) return;
    if (input.matches("[data-product]") && !input.value.trim()) return;  // Enter in an empty line sends the form
    event.preventDefault();
    if (!(input.matches("[data-quantity]") && moveScan(input))) leave(input);
  });

  form.addEventListener("click", function (event) {
    const button = event.target.closest?.("[data-choose], [data-add-line]");
    if (!button) return;
    event.preventDefault();
    if (button.matches("[data-add-line]")) return goTo(addLine().querySelector("[data-product]"));
    const cell = button.closest(".cell"), product = cell.querySelector("[data-product]");
    product.value = button.dataset.choose;
    cell.querySelectorAll(".error, .candidates").forEach((part) => part.remove());
    cell.classList.remove("wrong");
    product.dispatchEvent(new Event("input", { bubbles: true }));
    const wrong = form.querySelector(".candidates button");
    wrong ? wrong.focus() : form.querySelector(".send-task .primary").focus();
  });

  form.addEventListener("change", function (event) {
    if (event.target.matches("[data-show-rare]")) {
      form.classList.toggle("with-rare", event.target.checked);
      localStorage.setItem("with-rare", event.target.checked ? "yes" : "");  // a shop with lots chooses this once
    }
    const time = event.target.closest(".task-line")?.querySelector("[data-counted-at]");
    if (time && event.target.matches("[data-quantity]")) time.value = new Date().toISOString();
  });

  // Without this script a form has several empty lines. With it, there is one, because Enter adds the next.
  const isEmpty = (line) => inputs(line).every((input) => input.value === (input.dataset.initial || ""));
  if (!form.querySelector(".given")) {
    for (let all = lines(); all.length > 1 && isEmpty(all[all.length - 1]) && isEmpty(all[all.length - 2]); all = lines()) all[all.length - 1].remove();
  }
  form.querySelectorAll("[data-add-line]").forEach((button) => { button.hidden = false; });
  form.addLine = addLine;
  const rare = form.querySelector("[data-show-rare]");
  if (rare && localStorage.getItem("with-rare")) [rare.checked] = [true, form.classList.add("with-rare")];
  const wrong = form.querySelector(".wrong .candidates button, .wrong input, .wrong select");
  const first = form.querySelector("[autofocus]");
  if (wrong) wrong.focus();
  else if (first?.value) leave(first);  // the address names the product, so the quantity is next
  else if (!first) goTo(inputs(form)[0]);
})();
