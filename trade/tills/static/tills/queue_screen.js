// The screen of the queue: what is unsent, what a person has to settle, and what was sent today.
import { getFinder } from "./catalogue.js";
import { now } from "./clock.js";
import { listParts } from "./costs.js";
import { sumBooking } from "./discounts.js";
import { toUnits, writeMoney, writeUnits } from "./money.js";
import { sayNotBooked, UNSENT } from "./queue.js";
import { showReceipt } from "./receipt.js";
import { dayOf, fill, find, isolate, makeButton, say, tell, writeTime } from "./screen.js";
import { addSame, bookAgain, countAgain, countAndBookAgain, drop, keepLater, listChanges, listOutdated, stopCounting } from "./settle.js";
import { keepsStock } from "./stock.js";

const isCounted = (line) => keepsStock(getFinder().get(line.product));

// Return the rows of each group, newest first.
export function groupRows(rows) {
  const today = dayOf(now());
  const isToday = (row) => ["sent", "dropped"].includes(row.state) && dayOf(row.done_at) === today;
  const choose = (isIn) => rows.filter(isIn).reverse();
  const [unsent, settle] = [choose((row) => UNSENT.includes(row.state)), choose((row) => row.state === "settle")];
  return { unsent, settle, today: choose(isToday) };
}

export function drawQueue(rows, sendSoon) {
  const groups = groupRows(rows);
  Object.keys(groups).forEach((name) => {
    const list = find(`#${name}`);
    if (list.contains(document.activeElement) && list.querySelector("form:not([hidden])")) return;  // somebody types there
    list.replaceChildren(...groups[name].map((row) => drawRow(row, sendSoon)));
    find(`#no-${name}`).hidden = groups[name].length > 0;
  });
}

function drawRow(row, sendSoon) {
  const total = row.kind === "sell" ? writeMoney(sumBooking(row)) : "";
  const details = [writeTime(row.at), row.lines.map((line) => `${writeUnits(line.quantity, line)} × ${isolate(line.name)}`).slice(0, 3).join(", "), total];
  const item = fill("row", {
    title: `#${row.number} ${say(row.kind)}`, details: details.filter(Boolean).join(" · "), state: say(`state_${row.state}`),
    clamped: row.clamped_from ? say("clamped", { time: writeTime(row.clamped_from) }) : "",
    customer: row.customer_archived ? say("customer_archived", { name: row.customer.text }) : "",
    refusal: row.state === "settle" ? sayWhy(row) : row.drop?.note || "",
  });
  find("[data-receipt]", item).addEventListener("click", () => showReceipt(row));
  if (row.state === "settle") item.append(drawSettling(row, sendSoon));
  return item;
}

function sayWhy(row) {
  if (!row.outdated) return row.refusal?.text || "";
  return say("outdated", { names: listOutdated(row).map((line) => line.name).join(", ") });
}

function drawSettling(row, sendSoon) {
  const item = fill("settling", {});
  listChanges(row, getFinder()).forEach(([name, values]) => {
    find("[data-changes]", item).append(Object.assign(document.createElement("li"), { textContent: say(name, values) }));
  });
  const isReused = row.refusal?.code === "idempotency_key_reused";
  const settle = async (work) => {
    document.activeElement.blur();  // the list is not drawn again while somebody types there
    try {
      await work();
      sendSoon();
    } catch (error) {
      tell(sayNotBooked(error), { isWrong: true });
    }
  };
  const open = (form) => {
    form.hidden = !form.hidden;
    if (!form.hidden) find("input", form).focus();
  };
  const [count, dropping] = [find("[data-count]", item), find("[data-drop]", item)];
  const isOutdated = Boolean(row.outdated), sendAgain = isReused ? "new_number" : "send_again";
  find("[data-ways]", item).append(
    ...(row.kind === "sell" && !isReused ? [makeButton(say("count_again"), () => open(count), "button primary")] : []),
    ...(row.refusal?.short?.length ? [makeButton(say("nobody_counts"), () => settle(() => stopCounting(row)))] : []),
    ...(isOutdated ? [makeButton(say("count_once_more"), () => open(count), "button primary")] : []),
    ...(isOutdated ? [makeButton(say("keep_later"), () => settle(() => keepLater(row)))] : [
      makeButton(say(sendAgain), () => settle(() => bookAgain(row))),
      makeButton(say("drop"), () => open(dropping)),
    ]),
  );
  find("button", count).textContent = say(isOutdated ? "count_button" : "book_both");
  find("[data-products]", count).append(...addSame((isOutdated ? listOutdated(row) : listParts(row.lines)).filter(isCounted)).map((line) => {
    const field = fill("shelf", { name: say("on_shelf", { name: line.name }) });
    const input = find("input", field), { decimals = 0 } = line;
    Object.assign(input, { step: 10 ** -decimals, inputMode: decimals ? "decimal" : "numeric" });
    Object.assign(input.dataset, { product: line.product, decimals });
    return field;
  }));
  count.addEventListener("submit", (event) => {
    event.preventDefault();
    const shelf = new Map([...count.querySelectorAll("input")].map(
      ({ value, dataset }) => [Number(dataset.product), toUnits(value, Number(dataset.decimals))]));
    const note = say("counted_note", { reference: row.reference });
    settle(() => (isOutdated ? countAgain(row, shelf) : countAndBookAgain(row, shelf, note)));
  });
  dropping.addEventListener("submit", (event) => {
    event.preventDefault();
    settle(() => drop(row, find("[name=note]", dropping).value.trim()));
  });
  return item;
}
