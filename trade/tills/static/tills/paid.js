// How a sale is paid, in words: for the buttons that sell, and for receipts.
import { sumBooking } from "./discounts.js";
import { changeOf, toAmount, toCents, toTyped, writeMoney } from "./money.js";
import { find, say } from "./screen.js";

export const nameKind = (kind) => find(`#payment option[value="${kind}"]`).textContent;

// Return the label of each payment and its amount, for a receipt: [name, cents].
export function describePayments({ kind, payments = [] }) {
  return payments.flatMap((one) => {
    const amount = toCents(one.amount), tip = one.tip ? toCents(one.tip) : 0n, tendered = one.tendered ? toCents(one.tendered) : null;
    const tips = tip ? [[say("tip"), tip]] : [];
    const name = nameKind(one.kind);
    if (tendered === null) return [[kind === "return" ? say("refund", { name }) : name, amount], ...tips];
    return [[name, tendered], ...tips, [say("change_given"), changeOf({ tendered, amount, tip })]];
  });
}

// Return how much is paid in which way, for a sale that is paid in two ways or with a tip.
export function sayParts({ kind, payments = [] }) {
  if (kind !== "sell" || !(payments.length > 1 || payments[0]?.tip)) return [];
  const write = (cents) => toTyped(toAmount(cents));
  return payments.map((one) => {
    const [amount, tip] = [one.amount, one.tip || "0"].map(toCents), values = { kind: nameKind(one.kind), sum: writeMoney(amount + tip) };
    return say(tip ? "paid_with_tip" : "paid_part", { ...values, amount: write(amount), tip: write(tip) });
  });
}

// Return the sentence about what is left to pay of a sale whose payment is noted, or an empty text.
export function sayLeft(row) {
  if (row.kind !== "sell" || !(row.payments || row.customer || row.payment)) return "";
  const left = (row.payments || []).reduce((rest, one) => rest - toCents(one.amount), sumBooking(row));
  return left > 0n ? say("left", { amount: writeMoney(left) }) : "";
}
