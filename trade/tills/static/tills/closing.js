// The closing of the till's drawer: what should be in it, and what was counted. It needs a network.
import { NoAnswer, readRefusal, request } from "./api.js";
import { sumBooking } from "./discounts.js";
import { readCents, toAmount, toCents, writeMoney } from "./money.js";
import { listRows, UNSENT } from "./queue.js";
import { sendQueue, withoutSending } from "./sender.js";
import { fill, find, say, showScreen, tell, writeTime } from "./screen.js";
import { read, write as store } from "./store.js";

const ADDRESS = "/api/closings/";
const OK = [200, 201];

export function startClosing() {
  find("#closing-form").addEventListener("submit", (event) => {
    event.preventDefault();
    close();
  });
  ["#counted", "#float", "#opening"].forEach((name) => find(name).addEventListener("input", check));
  find("#print-closing").addEventListener("click", () => print());
}

export async function openClosing() {
  showScreen("closing", "queue");
  find("#closing-place").replaceChildren();
  find("#closing-form").hidden = find("#print-closing").hidden = true;
  await withoutSending(() => {});  // what is being sent has arrived then
  await sendQueue();
  if (!await endBegun()) return;
  const answer = await call(`${ADDRESS}preview/`);
  if (!answer) return;
  tellUnsent(await listRows());
  draw(answer.data);
  find("#closing-form").reset();
  find("#closing-form").hidden = false;
  find("#first-opening").hidden = answer.data.number > 1;  // the first closing asks what was in the drawer before
  check();
}

function tellUnsent(rows) {
  const [unsent, settle] = [rows.filter((row) => UNSENT.includes(row.state)), rows.filter((row) => row.state === "settle")];
  const sum = settle.filter((row) => row.kind === "sell").reduce((total, row) => total + sumBooking(row), 0n);
  const open = settle.length && say("settle_at_closing", { number: settle.length, amount: writeMoney(sum) });
  const texts = [unsent.length && say("unsent_at_closing", { number: unsent.length }), open];
  if (texts.some(Boolean)) tell(texts.filter(Boolean).join(" "), { isWrong: true });
}

// Return the answer of the service, or undefined and say that there is none.
async function ask(path, options = {}) {
  const till = await read("till"), answer = await request(path, { key: till?.key, ...options }).catch((error) => {
    if (!(error instanceof NoAnswer)) throw error;
    return {};
  });
  return answer.data ? answer : tell(say(options.body ? "closing_unanswered" : "closing_offline"), { isWrong: true });
}

// Return the answer, or undefined and say why there is none, or what it refuses.
async function call(path, options) {
  const answer = await ask(path, options);
  return !answer || OK.includes(answer.status) ? answer : tell(readRefusal(answer), { isWrong: true });
}

const post = ({ key, body }) => ({ method: "POST", body, headers: { "Idempotency-Key": key } });

// Show the closing of this till that was sent and not answered, if the server has made it. Return whether there is none. An
// empty body tells it and makes no closing: it is refused, and in another way if its key is used.
async function endBegun() {
  const [begun, till] = [await read("closing"), await read("till")];
  if (!begun || begun.till !== till?.id) return true;
  const answer = await ask(ADDRESS, post({ ...begun, body: "{}" }));
  if (answer?.data.code === "idempotency_key_reused") await finish(begun);
  else if (answer) await store("closing", null);
  return answer && answer.data.code !== "idempotency_key_reused";
}

function check() {
  const [counted, kept] = ["#counted", "#float"].map((name) => readCents(find(name).value));
  find("#counted").ariaInvalid = find("#counted").value && counted === null ? "true" : null;
  find("#float").ariaInvalid = find("#float").value && (kept === null || (counted !== null && kept > counted)) ? "true" : null;
  const opening = find("#opening").value.trim(), isWrong = Boolean(opening) && readCents(opening) === null;
  find("#opening").ariaInvalid = isWrong ? "true" : null;
  find("#close").disabled = isWrong || counted === null || kept === null || kept > counted;
}

// Send the closing that is typed. It is kept with its key until it is answered: so it closes once, also after a restart.
async function close() {
  const [counted, float] = ["#counted", "#float"].map((name) => toAmount(readCents(find(name).value)));
  find("#close").disabled = true;
  const first = !find("#first-opening").hidden && find("#opening").value.trim() && { opening: toAmount(readCents(find("#opening").value)) };
  const body = JSON.stringify({ ...first, counted, float, note: find("#closing-note").value.trim() });
  const closing = { till: (await read("till"))?.id, key: crypto.randomUUID(), body };
  if (await endBegun()) {
    await store("closing", closing);
    await finish(closing);
  }
  check();
}

// Send the closing, and show it.
async function finish(closing) {
  const answer = await call(ADDRESS, post(closing));
  if (!answer) return;
  await store("closing", null);
  draw(answer.data);
  find("#closing-form").hidden = true;
  find("#print-closing").hidden = false;
  tell(say("is_closed", { number: answer.data.number }));
  find("#print-closing").focus();
}

const write = (amount) => (amount.startsWith("-") ? `−${writeMoney(toCents(amount.slice(1)))}` : writeMoney(toCents(amount)));

async function draw(closing) {
  const { number, made_at: at, from_at: from, counted, taxes, payments, late, late_count: more } = closing;
  const shop = (await read("till"))?.shop, isMade = counted !== undefined;
  const kinds = Object.fromEntries([...find("#payment").options].map((one) => [one.value, one.textContent]));
  const nameLate = ({ reference }) => reference.replace(/^till \d+/, closing.till_name);
  const item = fill("closing", {
    shop: shop?.name || "", title: say("closing_number", { number }), till: closing.till_name || "",
    time: say("closing_time", { from: writeTime(from), to: writeTime(at) }),
    late: more ? say("late_sales", { number: more, names: late.slice(0, 5).map(nameLate).join(", ") }) : "",
    note: closing.note || "",
  });
  const rows = [
    [say("closing_sales", { number: closing.sales }), closing.total],
    [say("discount"), closing.discounts],
    [say("closing_returns", { number: closing.returns }), closing.returned],
    ...payments.map((one) => [kinds[one.kind], one.amount]),
    ...(closing.not_paid ? [[kinds[""], closing.not_paid.total]] : []),
    ...(closing.tips || []).map((one) => [`${say("tip")}: ${kinds[one.kind]}`, one.amount]),
    ...taxes.filter((one) => one.rate !== null).map((one) => [say("closing_tax", { rate: one.rate, gross: write(one.gross) }), one.tax]),
    [say("opening"), closing.opening], [say("cash_in"), closing.cash_in], [say("cash_out"), closing.cash_out],
    ...(isMade ? [["float", closing.float], ["taken_out", closing.taken_out]].map(([name, amount]) => [say(name), amount]) : []),
  ];
  const figures = [["expected", closing.expected], ...(isMade ? [["counted", counted], ["difference", closing.difference]] : [])];
  find("[data-figures]", item).replaceChildren(...figures.map(([name, amount]) => {
    const line = fill("receipt-line", { name: say(name), quantity: "", amount: write(amount) });
    if (name === "difference" && toCents(amount.replace("-", ""))) line.classList.add(amount.startsWith("-") ? "minus" : "plus");
    return line;
  }));
  find("[data-lines]", item).replaceChildren(...rows.map(([name, amount]) => fill("receipt-line", { name, quantity: "", amount: write(amount) })));
  find("#closing-place").replaceChildren(item);
}
