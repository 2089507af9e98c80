// A receipt: what was booked, with its number. It can be printed.
import { listLineCosts } from "./costs.js";
import { findDiscount, findTax, sumBooking } from "./discounts.js";
import { toTyped, writeMoney, writePrice, writeUnits } from "./money.js";
import { describePayments, sayLeft } from "./paid.js";
import { listRows } from "./queue.js";
import { startReturn } from "./returns.js";
import { fill, find, nameNumber, say, showScreen, tell, writeTime } from "./screen.js";
import { read } from "./store.js";

export const PRICED = ["sell", "return"];
let openReturn = () => {};

// Let the receipts of sales offer a return.
export const offerReturns = (open) => { openReturn = open; };

export async function showReceipt(row) {
  const shop = (await read("till"))?.shop;
  const values = {
    shop: shop?.name || "", title: say(row.kind), reference: nameNumber(row), time: writeTime(row.at),
    total: PRICED.includes(row.kind) ? writeMoney(sumBooking(row)) : "",
    fiscal: row.payments ? say("not_fiscal") : "",
    clamped: row.clamped_from ? say("clamped", { time: writeTime(row.clamped_from) }) : "",
  };
  const receipt = fill("receipt", values), costs = listLineCosts(row.lines);
  find("[data-lines]", receipt).replaceChildren(...row.lines.map((line, place) => fill("receipt-line", {
    name: line.name,
    quantity: PRICED.includes(row.kind) ? say("times", { number: writeUnits(line.quantity, line), price: writePrice(line) }) : writeUnits(line.quantity, line),
    amount: PRICED.includes(row.kind) ? writeMoney(costs[place]) : "",
  })));
  if (row.discount) {
    const percent = row.discount.percent && `${toTyped(row.discount.percent.replace(/\.?0+$/, ""))} %`;
    const name = [say("discount"), percent].filter(Boolean).join(" ");
    find("[data-lines]", receipt).append(fill("receipt-line", { name, quantity: "", amount: `−${writeMoney(findDiscount(row))}` }));
  }
  const tax = findTax(row);
  if (tax) find("[data-lines]", receipt).append(fill("receipt-line", { name: say("tax"), quantity: "", amount: writeMoney(tax) }));
  find("[data-payments]", receipt).replaceChildren(...describePayments(row).map(([name, cents]) =>
    fill("receipt-line", { name, quantity: "", amount: writeMoney(cents) })));
  if (sayLeft(row)) find("[data-payments]", receipt).append(fill("receipt-line", { name: sayLeft(row), quantity: "", amount: "" }));
  find("#receipt-place").replaceChildren(receipt);
  const rest = row.kind === "sell" && !["dropping", "dropped"].includes(row.state) && startReturn(row, await listRows());
  find("#return").hidden = !rest || !rest.lines.length;
  find("#return").onclick = () => openReturn(row, rest);
  showScreen("receipt", "");
  tell("");
  find("#print").focus();
}
