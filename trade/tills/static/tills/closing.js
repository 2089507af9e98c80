// The closing of the till's drawer: what should be in it, and what was counted. It needs a network.
import { NoAnswer, readRefusal, request } from "./api.js";
import { readCents, toAmount, toCents, writeMoney } from "./money.js";
import { listRows, UNSENT } from "./queue.js";
import { fill, find, say, showScreen, tell, writeTime } from "./screen.js";
import { read } from "./store.js";

const ADDRESS = "/api/closings/";
let key = "";  // of the request that closes: after a lost answer it is sent again, and closes once

export function startClosing() {
  find("#closing-form").addEventListener("submit", (event) => {
    event.preventDefault();
    close();
  });
  ["#counted", "#float"].forEach((name) => find(name).addEventListener("input", check));
  find("#print-closing").addEventListener("click", () => print());
}

export async function openClosing() {
  showScreen("closing", "queue");
  find("#closing-place").replaceChildren();
  find("#closing-form").hidden = find("#print-closing").hidden = true;
  const answer = await call(`${ADDRESS}preview/`);
  if (!answer) return;
  const unsent = (await listRows()).filter((row) => UNSENT.includes(row.state)).length;
  if (unsent) tell(say("unsent_at_closing", { number: unsent }), { isWrong: true });
  draw(answer.data);
  find("#closing-form").reset();
  find("#closing-form").hidden = false;
  key = crypto.randomUUID();
  check();
}

// Return the answer, or undefined and say why there is none.
async function call(path, options = {}) {
  try {
    const answer = await request(path, { key: (await read("till"))?.key, ...options });
    if ([200, 201].includes(answer.status)) return answer;
    tell(readRefusal(answer), { isWrong: true });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    tell(say("closing_offline"), { isWrong: true });
  }
  return undefined;
}

function check() {
  const [counted, kept] = ["#counted", "#float"].map((name) => readCents(find(name).value));
  find("#counted").ariaInvalid = find("#counted").value && counted === null ? "true" : null;
  find("#float").ariaInvalid = find("#float").value && (kept === null || (counted !== null && kept > counted)) ? "true" : null;
  find("#close").disabled = counted === null || kept === null || kept > counted;
}

async function close() {
  const [counted, float] = ["#counted", "#float"].map((name) => toAmount(readCents(find(name).value)));
  find("#close").disabled = true;
  const body = JSON.stringify({ counted, float, note: find("#closing-note").value.trim() });
  const answer = await call(ADDRESS, { method: "POST", body, headers: { "Idempotency-Key": key } });
  if (!answer) return check();
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
  const item = fill("closing", {
    shop: shop?.name || "", title: say("closing_number", { number }), till: closing.till_name || "",
    time: say("closing_time", { from: writeTime(from), to: writeTime(at) }),
    late: more ? say("late_sales", { number: more, names: late.slice(0, 5).map((one) => one.reference).join(", ") }) : "",
    note: closing.note || "",
  });
  const rows = [
    [say("closing_sales", { number: closing.sales }), closing.total],
    [say("discount"), closing.discounts],
    [say("closing_returns", { number: closing.returns }), closing.returned],
    ...payments.map((one) => [kinds[one.kind], one.amount]),
    ...taxes.filter((one) => one.rate !== null).map((one) => [say("closing_tax", { rate: one.rate, gross: write(one.gross) }), one.tax]),
    [say("opening"), closing.opening], [say("cash_in"), closing.cash_in], [say("cash_out"), closing.cash_out],
    [say("expected"), closing.expected],
    ...(isMade ? [["counted", counted], ["difference", closing.difference], ["float", closing.float], ["taken_out", closing.taken_out]]
      .map(([name, amount]) => [say(name), amount]) : []),
  ];
  find("[data-lines]", item).replaceChildren(...rows.map(([name, amount]) => fill("receipt-line", { name, quantity: "", amount: write(amount) })));
  find("#closing-place").replaceChildren(item);
}
