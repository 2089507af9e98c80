// The lines of a task: the keyboard, hand scanners, and lines that are added. A scanner types a code and Enter.
(function () {
  const MAX_GAP_MS = 100;  // people type more slowly than scanners
  const MIN_LETTERS = 3;
  const NUMBER = /^\d{1,6}(?:[.,]\d{1,3})?\s*\p{L}{0,3}$/u;  // what people type as a quantity, also with its unit
  const form = document.querySelector("form.task");
  if (!form) return;
  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const inputs = (line) => Array.from(line.querySelectorAll("input:not([type=hidden])")).filter((input) => input.offsetParent);

  const firstOf = (line) => line.querySelector("[data-product]:not([type=hidden])") || inputs(line)[0];

  // The server has the same rule for the lines that are not sent.
  const isEmpty = (line) => Array.from(line.querySelectorAll("input:not([type=hidden])")).every((input) => ["", input.dataset.initial].includes(input.value.trim()));

  // Remove the errors of a part of the form.
  function clearErrors(part) {
    [part, ...part.querySelectorAll(".wrong")].forEach((one) => one.classList.remove("wrong"));
    part.querySelectorAll(".error, .candidates, .rest").forEach((one) => one.remove());
    part.querySelectorAll("[aria-invalid]").forEach((input) => ["aria-invalid", "aria-describedby"].forEach((name) => input.removeAttribute(name)));
  }

  function addLine() {
    const last = lines().at(-1), copy = last.cloneNode(true);
    clearErrors(copy);
    Object.assign(copy, { className: "task-line", inert: false });
    delete copy.dataset.agreed;
    copy.querySelectorAll(".beside").forEach((part) => part.remove());
    copy.querySelectorAll("input").forEach((input) => { input.value = input.dataset.initial || ""; input.autofocus = false; });
    last.after(copy);
    numberLines(lines().length - 1);
    return copy;
  }

  // Give the fields of each line from `first` on the ids with its number.
  function numberLines(first = 0) {
    lines().forEach((line, number) => number >= first && ["id", "for", "aria-describedby"].forEach((name) => line.querySelectorAll(`[${name}]`).forEach((part) => {
      part.setAttribute(name, part.getAttribute(name).replace(/-\d+(?= |$)/g, `-${number}`));
    })));
  }

  function openNext(line) {
    const next = lines()[lines().indexOf(line) + 1];
    if (next) return next;
    return form.querySelector(".given") ? null : addLine();
  }

  let shown = {};  // the field in which somebody types, and what it had before

  const keep = (input) => { if (input.matches?.("[data-quantity]")) shown = { input, value: input.value.trim() }; };
  form.addEventListener("focusin", ({ target }) => keep(target));

  function goTo(input) {
    if (!input) return form.querySelector(".send-task :is(.primary, .danger)").focus();
    input.focus();
    input.select?.();
    keep(input);
  }

  // The next line that is not counted, by its button: a telephone opens no keyboard for one.
  function goToUncounted(line) {
    const all = lines(), next = all.slice(all.indexOf(line) + 1).find((one) => !one.querySelector("[data-quantity]").value);
    goTo(next && (next.querySelector("[data-take]") || next.querySelector("[data-quantity]")));
  }

  // The place where the next scan is expected: the first product or quantity that is empty.
  function goToNext() {
    const given = form.querySelector(".given"), last = lines().at(-1);
    if (last && !given) return goTo(firstOf(isEmpty(last) ? last : addLine()));
    const all = inputs(form);
    const isNext = (input) => given ? input.matches("[data-quantity]") : !input.closest("details");
    goTo(all.find((input) => !input.value && isNext(input)) || all.find(isNext) || all[0]);
  }

  // Go to the first error, so that a scan replaces what was wrong. That of a whole line is mostly that of its quantity.
  function goToWrong() {
    const wrong = form.querySelector(".candidates button, .task-line.wrong [data-quantity], .cell.wrong input, .field.wrong :is(input, select, textarea), .choices.wrong input");
    if (wrong) goTo(wrong);
    return Boolean(wrong);
  }

  function leave(input) {
    const line = input.closest(".task-line"), others = inputs(line);
    const quantity = input.matches("[data-product]") && line.querySelector("[data-quantity]");
    if (quantity) return goTo(quantity);
    if (!input.matches("[data-quantity]") && others.indexOf(input) < others.length - 1) return goTo(others[others.indexOf(input) + 1]);
    const next = openNext(line);
    goTo(next && firstOf(next));
  }

  // --- Scans into a quantity ---

  let burst = { text: "", at: 0, input: null, before: "" };  // what was typed without a pause, and what was there before: `ticked` in the box of the line

  const isCharacter = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

  function watch(event, target) {
    const { key, timeStamp } = event;
    if (!isCharacter(event)) return;
    const isNew = burst.input !== target || timeStamp - burst.at > MAX_GAP_MS;
    if (isNew) burst = { text: "", input: target, before: target.value, ticked: findBox(target.closest(".task-line"))?.checked };
    Object.assign(burst, { text: burst.text + key, at: timeStamp });
  }

  const isCode = (text) => /\d{7}/.test(text) || (text.length >= MIN_LETTERS && /\p{L}/u.test(text));

  // Returns the code that was scanned into a quantity, and the quantity without it.
  function findScan(input, time) {
    const value = input.value.trim(), former = form.querySelector(".given") && shown.input === input ? shown.value : null;
    // A whole code replaced what was selected, also if the scanner or the browser was slow.
    if (former !== null && isCode(value) && findLine(value)) return [value, former];
    const isWhole = !burst.before || NUMBER.test(burst.before);  // false after a pause in a scan
    const isBurst = isWhole && burst.input === input && time - burst.at < MAX_GAP_MS;
    if (isBurst && isCode(burst.text)) return [burst.text, burst.before];
    return isCode(value) && !NUMBER.test(value) ? [value, former ?? input.dataset.initial ?? ""] : null;
  }

  // A code that was scanned into a quantity begins the next line, or leads to the line of its product if all are given.
  // A code that the list does not have is no quantity.
  function moveScan(input, time) {
    const [code, quantity] = findScan(input, time) || [], isGiven = Boolean(form.querySelector(".given"));
    const line = code && (isGiven ? findLine(code) : openNext(input.closest(".task-line")));
    if (!line && !(code && isGiven)) return false;
    input.value = quantity;
    if (isGiven) tick(input.closest(".task-line"), burst.ticked);
    burst.input = null;  // the next scan begins anew
    const said = line ? [] : [Object.assign(document.createElement("p"), { className: "refusal", textContent: form.dataset.notListed.replace("{code}", code) })];
    if (isGiven) form.querySelector(".notices").replaceChildren(...said);
    if (!line) return goTo(input), true;
    const product = line.querySelector("[data-product]");
    if (product) product.value = code;
    if (isGiven) countScan(line, code);
    tick(line);
    goTo(line.querySelector("[data-quantity]"));
    form.dispatchEvent(new Event("input"));
    return true;
  }

  // A code that was scanned into an amount of money is another line, and the amount stays.
  function moveFromMoney(input, time) {
    const { text, before } = burst;
    if (input !== burst.input || time - burst.at >= MAX_GAP_MS || !isCode(text) || !form.querySelector("[data-add-line]")) return false;
    Object.assign(input, { value: before });
    burst.input = null;
    takeCode(text);
    goTo(scanned);
    return true;
  }

  // One GTIN is written with and without zeros before it, and is a part of GS1 data.
  const squash = (code) => (code.match(/^(?:\][A-Za-z]\d)?\(?01\)?(\d{14})/)?.[1] || code).toLowerCase().replace(/^0+(?=\d{7})/, "");

  // The codes of a line's product, each with how many it stands for.
  const readCodes = (line) => (line.querySelector("[name=product]").dataset.codes || "").split("\n").map((row) => row.split("\t")).map(([code, units]) => [squash(code), Number(units || 1)]);

  // Add what the code stands for to the line, if the form counts scans.
  function countScan(line, code) {
    if (line.querySelector("[data-counts-scans]")) count(line.querySelector("[data-quantity]"), readCodes(line).find(([one]) => one === squash(code))[1]);
  }

  // A line with a box is ticked by its number and by a scan.
  const findBox = (line) => line?.querySelector("[name=ticked]");

  function tick(line, isTicked = true) {
    const box = findBox(line);
    if (box) box.checked = isTicked;
  }

  // The line of the code's product. If it has several, for its lots, the first one without a number, or not ticked.
  function findLine(code) {
    const found = lines().filter((line) => readCodes(line).some(([one]) => one === squash(code)));
    return found.find((line) => !line.querySelector("[data-quantity]").value) || found.find((line) => !(findBox(line)?.checked ?? true)) || found[0];
  }

  // --- Scans by the camera ---

  let scanned = null;  // the quantity of the last scan

  // Put a code into the next line, or one more into the line that has it. Return the number of the line.
  function takeCode(code) {
    const isGiven = form.querySelector(".given"), last = lines().at(-1);
    const same = isGiven ? findLine(code) : lines().find((line) => !line.inert && !line.matches(".priced") && line.querySelector("[data-product]").value === code);
    const line = same || (isGiven ? null : isEmpty(last) ? last : addLine());
    if (!line) return "";
    scanned = line.querySelector("[data-quantity]");
    if (!same) line.querySelector("[data-product]").value = code;
    else if (isGiven) countScan(line, code);
    else if (scanned.dataset.initial) count(scanned, 1);
    scanned.dispatchEvent(new Event("input", { bubbles: true }));
    return scanned.value;
  }

  // --- The lines of a cart ---

  // Add to a whole quantity, of which one stays.
  function count(input, step) {
    if (/^\d{0,6}$/.test(input.value)) input.value = Math.max(Number(input.value) + step, 1);
  }

  function remove(line) {
    if (lines().length === 1) addLine();
    line.remove();
    numberLines();
    form.dispatchEvent(new Event("input"));
    goToNext();
  }

  function moveUp(line, button) {
    line.previousElementSibling?.before(line);
    numberLines();
    button.focus();
    form.dispatchEvent(new Event("input"));
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest?.("[name=tile], [data-step], [data-remove], [data-up]"), line = button?.closest(".task-line");
    if (!button) return;
    event.preventDefault();
    if (!line) return void takeCode(button.value);
    if (button.matches("[data-remove]")) return remove(line);
    if (button.matches("[data-up]")) return moveUp(line, button);
    const input = line.querySelector("[data-quantity]");
    count(input, Number(button.dataset.step));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("keydown", function (event) {
    const input = event.target;
    const isMoney = input.matches?.("[inputmode=decimal]:not([data-quantity])");
    if (isMoney || input.matches?.("[data-quantity]")) watch(event, input);
    const step = { ArrowUp: "1", ArrowDown: "-1" }[event.key];
    const more = step && input.matches?.("[data-quantity]") && input.closest(".task-line").querySelector(`[data-step="${step}"]:not([hidden])`);
    if (more) return [more.click(), event.preventDefault()];
    if (event.key === "Enter" && event.ctrlKey) return [event.preventDefault(), form.requestSubmit()];
    if (event.key === "Enter" && isMoney && moveFromMoney(input, event.timeStamp)) return event.preventDefault();
    if (event.key !== "Enter" || event.isComposing || !input.closest?.(".task-line") || input.matches("button")) return;
    const line = input.closest(".task-line"), isFirst = !form.querySelector(".given") && input === firstOf(line);
    if (input.matches("[data-product]") ? !input.value.trim() : isFirst && isEmpty(line)) return;  // Enter in an empty line sends the form
    event.preventDefault();
    if (!(input.matches("[data-quantity]") && moveScan(input, event.timeStamp))) leave(input);
  });

  // --- Counts ---

  const findQuantity = (button) => button.parentElement.querySelector("[data-quantity]");

  // The sign = stands for the number that is expected. The time is that at which the number was typed.
  form.addEventListener("input", function ({ target }) {
    if (!target.matches("[data-quantity]")) return;
    if (target.value.trim() === "=" && target.dataset.expected) target.value = target.dataset.expected;
    tick(target.closest(".task-line"));
    const time = target.closest(".task-line").querySelector("[data-counted-at]");
    if (time) time.value = new Date().toISOString();
  });

  form.addEventListener("click", function (event) {
    const button = event.target.closest?.("[data-take]");
    if (!button) return;
    const input = findQuantity(button);
    input.value = input.dataset.expected;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    goToUncounted(button.closest(".task-line"));
  });

  // All that is expected has arrived. More than that stays.
  const readNumber = (text) => Number(text.replace(",", ".")) || 0;
  form.addEventListener("click", function (event) {
    if (!event.target.matches?.("[data-all]")) return;
    form.querySelectorAll("[data-quantity][data-expected]").forEach((input) => {
      if (readNumber(input.value) < readNumber(input.dataset.expected)) input.value = input.dataset.expected;
    });
    form.dispatchEvent(new Event("input"));
    goTo();
  });

  // A number or a scan that is typed at the button of a line goes into its field.
  form.addEventListener("keydown", function (event) {
    if (!event.target.matches("[data-take]") || !isCharacter(event) || event.key === " ") return;
    const input = findQuantity(event.target);
    goTo(input);
    watch(event, input);
  });

  // --- Choices, further lines and fields ---

  form.addEventListener("click", function (event) {
    const button = event.target.closest?.("[data-choose], [data-add-line], [data-rest]");
    if (!button) return;
    event.preventDefault();
    if (button.matches("[data-rest]")) return takeRest(button);
    if (button.matches("[data-add-line]")) return goTo(firstOf(addLine()));
    const cell = button.closest(".cell, .field"), product = cell.querySelector("[data-product], [data-look-up]");
    product.value = button.dataset.choose;
    clearErrors(cell);
    product.dispatchEvent(new Event("input", { bubbles: true }));
    const wrong = form.querySelector(".candidates button");
    wrong ? wrong.focus() : form.querySelector(".send-task :is(.primary, .danger)").focus();
  });

  // Take what there is, so that Enter sends the form.
  function takeRest(button) {
    const line = button.closest(".task-line"), input = line.querySelector("[data-quantity]");
    input.value = button.dataset.rest;
    clearErrors(line);
    form.querySelector(".notices").replaceChildren();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    form.querySelector(".send-task :is(.primary, .danger)").focus();
  }

  form.addEventListener("change", function (event) {
    if (event.target.matches("[data-show-rare]")) {
      form.classList.toggle("with-rare", event.target.checked);
      localStorage.setItem("with-rare", event.target.checked ? "yes" : "");  // a shop with lots chooses this once
    }
  });

  // Without this script a form has several empty lines. With it, there is one, because Enter adds the next.
  if (!form.querySelector(".given")) {
    for (let all = lines(); all.length > 1 && isEmpty(all[all.length - 1]) && isEmpty(all[all.length - 2]); all = lines()) all[all.length - 1].remove();
  }
  form.querySelectorAll("[data-add-line], [data-all], [data-take], [data-step], [data-remove], [data-up]").forEach((button) => { button.hidden = false; });
  form.querySelectorAll("[data-take] + .beside").forEach((number) => { number.hidden = true; });
  Object.assign(form, { isEmpty, clearErrors, addLine, numberLines, goToNext, goToWrong, goToUncounted, leave, takeCode, goToScanned: () => scanned && goTo(scanned) });
  const rare = form.querySelector("[data-show-rare]");
  if (rare && localStorage.getItem("with-rare")) [rare.checked] = [true, form.classList.add("with-rare")];
  const first = form.querySelector("[autofocus]");
  const hasWrong = goToWrong();
  if (!hasWrong && first?.value && form.querySelector("[data-quantity]")) leave(first);  // the address names the product, so the quantity is next
  else if (!hasWrong && (!first || first.value)) goToNext();
  // Screen readers tell what is put into a live region, and not what a new page already has there.
  const notices = form.querySelector(".notices");
  setTimeout(() => notices.replaceChildren(...notices.childNodes));
})();
