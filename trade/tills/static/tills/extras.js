// What a booking has besides its lines: a discount, and how it is paid. Sales that are parked, and the last sale, which can
// be undone.
import { fillBuyer, startBuyers } from "./buyers.js";
import { getFeed } from "./catalogue.js";
import { sumLines } from "./costs.js";
import { findDiscount, findTax, readDiscount, sumBooking } from "./discounts.js";
import { changeOf, readCents, toAmount, toCents, toTyped, writeMoney } from "./money.js";
import { inOrder } from "./order.js";
import { nameKind, sayParts } from "./paid.js";
import { listParked, nameParked, park, takeUp } from "./parked.js";
import { addBookings, listRows, sayNotBooked } from "./queue.js";
import { startReturn } from "./returns.js";
import { find, makeButton, nameNumber, say, tell, writeTime } from "./screen.js";
import { listen } from "./store.js";

const FIELDS = ["#discount", "#discount-kind", "#payment", "#tendered", "#part", "#rest", "#tip"];
let screen, last = null;

export const sellsAtListPrice = () => Boolean(getFeed()?.sells_at_list_price);
const takesPayments = () => Boolean(getFeed()?.payments);

// `screen` has the functions of the screen of bookings: getCart, draw, price, open and booked.
export function startExtras(functions) {
  screen = functions;
  FIELDS.forEach((name) => find(name).addEventListener("input", take));
  startBuyers(functions.getCart, () => screen.price());
  find("#park-form").addEventListener("submit", () => inOrder(parkCart).then((isKept) => isKept && screen.open()).catch(fail));
  find("#undo").addEventListener("click", () => undo().catch((error) => { fail(error); return drawKept(); }));
  listen((topic) => { if (["queue", "parked"].includes(topic)) drawKept(); });
  drawKept();
}

const fail = (error) => tell(sayNotBooked(error), { isWrong: true });

// Fill the fields with what the cart has.
export function fillExtras({ kind, sale, discount, payment, customer, name }) {
  fillBuyer(customer);
  const [unit] = Object.keys(discount || {}), isReturn = kind === "return";
  find("#discount-kind").value = unit || "percent";
  find("#discount").value = unit ? toTyped(discount[unit]) : "";
  find("#payment").value = isReturn ? sale?.payments?.[0]?.kind || "cash" : payment?.kind ?? "cash";
  ["tendered", "part", "tip"].forEach((name) => { find(`#${name}`).value = payment?.[name] ? toTyped(payment[name]) : ""; });
  find("#rest").value = payment?.rest || "";
  find("#park-name").value = name || "";
  find("#paying").open = Boolean(payment?.tendered || payment?.part || payment?.tip);
  find("#parking").open = false;
}

export function choosePayment(kind) {
  find("#payment").value = kind;
  take();
}

// Take what somebody types, if it is right.
function take() {
  const cart = screen.getCart(), kind = find("#payment").value, rest = find("#rest").value;
  const [tendered, part, tip] = ["#tendered", "#part", "#tip"].map((name) => readTyped(name)).map((cents) => (cents ? toAmount(cents) : null));
  const discount = readDiscount(find("#discount").value, find("#discount-kind").value, readCents);
  Object.assign(cart, { discount: discount || null, payment: { kind, tendered, part, rest, tip } });
  cart.save();
  screen.draw();
}

// Return the cents that a field has, 0 if it is empty, or null if they are none.
const readTyped = (name) => (find(name).value.trim() ? readCents(find(name).value) : 0n);

// Return what is paid in the first way, of the total: with a part, the rest is paid in another way, and the tip with it, or
// later.
function readPaid(total) {
  const tendered = find("#payment").value === "cash" ? readTyped("#tendered") : 0n;
  const [part, tip] = ["#part", "#tip"].map(readTyped), amount = part || total;
  const isWrong = [tendered, part, tip].includes(null) || amount > total, rest = amount < total ? find("#rest").value : "";
  return { tendered, part, tip, amount, rest, isWrong, due: amount + (rest ? 0n : tip || 0n) };
}

// The shop may have chosen list prices after somebody has typed others.
function keepToList(cart) {
  cart.discount = null;
  cart.lines.filter((line) => !line.total).forEach((line) => Object.assign(line, { price: line.applied ?? line.listed, isTyped: false }));
}

// Show the fields that the cart has, and return whether they are right.
export function drawExtras(cart) {
  const isSale = cart.kind === "sell", isPaid = takesPayments() && (isSale || Boolean(cart.sale?.payments));
  if (isSale && sellsAtListPrice()) keepToList(cart);
  const total = sumBooking(cart), paid = readPaid(total), kind = find("#payment").value, isCash = isSale && kind === "cash";
  const discount = readDiscount(find("#discount").value, find("#discount-kind").value, readCents);
  const isTooMuch = discount === undefined || findDiscount(cart) > sumLines(cart.lines);
  const isMissing = isPaid && isCash && Boolean(paid.tendered) && paid.tendered < paid.due, hasParts = isPaid && isSale && Boolean(kind);
  const isWrong = isMissing || (hasParts && paid.isWrong);
  const left = hasParts && !paid.rest && !paid.isWrong ? total - paid.amount : 0n;
  find("#discount").closest("span").hidden = !isSale || sellsAtListPrice();
  find("#paying").hidden = !isPaid;
  find("#tendered").closest("label").hidden = !isPaid || !isCash;
  find("#discount").ariaInvalid = isSale && isTooMuch ? "true" : null;
  find("#in-part").hidden = !hasParts;
  find("#buyer").closest("label").hidden = !isSale || !getFeed()?.customers;
  find("#tip-kind").textContent = paid.rest && nameKind(paid.rest);
  find("#tendered").ariaInvalid = isMissing || paid.tendered === null ? "true" : null;
  find("#part").ariaInvalid = paid.part === null || paid.amount > total ? "true" : null;
  find("#tip").ariaInvalid = paid.tip === null ? "true" : null;
  const change = isPaid && isCash && paid.tendered ? changeOf(paid) : 0n;
  find("#change").textContent = [
    isMissing ? say("missing", { amount: writeMoney(-change) }) : change > 0n && say("change", { amount: writeMoney(change) }),
    left > 0n && say("left", { amount: writeMoney(left) }),
    ...(isWrong || !isPaid ? [] : sayParts({ ...listExtras(cart), kind: cart.kind })),
  ].filter(Boolean).join(" ");
  find("#parking").hidden = find("#undo").hidden = !isSale;
  find("#park").disabled = !cart.lines.length;
  find("#undo").hidden ||= !last;
  const tax = findTax(cart);
  find("#added-tax").textContent = tax ? say("added_tax", { amount: writeMoney(tax) }) : "";
  find("#extras").hidden = !isSale;
  drawWays(cart, isWrong || !total || !isPaid);
  return !(isSale && isTooMuch) && !isWrong;
}

// Let the buttons say how much is paid in which way: first cash, then a card, always in these places. What somebody has
// chosen in place of cash, for this sale, has one button.
function drawWays(cart, isUnknown) {
  const { payments, payment } = isUnknown ? {} : listExtras(cart), total = sumBooking(cart);
  const write = (kind, cents) => `${nameKind(kind)} ${toTyped(toAmount(cents))}`, sum = ({ amount, tip }) => toCents(amount) + toCents(tip || "0");
  const ways = payment ? write("", total) : payments?.map((one) => write(one.kind, sum(one))).join(" + ");
  const isSale = cart.kind === "sell", button = say(`${cart.kind}_button`);
  find("#book").textContent = ways && !isSale ? `${button}: ${ways}` : ways || button;
  find("#book-other").hidden = !isSale || !ways || find("#payment").value !== "cash" || find("#part").value.trim() !== "";
  find("#book-other").textContent = write("card", total + (payment ? 0n : readTyped("#tip") || 0n));
}

// Return what the cart's booking has besides its lines. `amount` is shown, and sent only if it is `part` of what is due: the
// server knows the rest.
export function listExtras(cart) {
  const kind = find("#payment").value, total = sumBooking(cart), isSale = cart.kind === "sell";
  const isPaid = takesPayments() && kind && total > 0n && (isSale || cart.sale?.payments);
  const { part, tip, amount, tendered, rest } = isSale ? readPaid(total) : { amount: total }, tips = tip && { tip: toAmount(tip) };
  const payment = {
    kind, amount: toAmount(amount), ...(isSale && kind === "cash" && tendered && { tendered: toAmount(tendered) }),
    ...(part && part < total && { part: true }), ...(!rest && tips),
  };
  const second = rest ? [{ kind: rest, amount: toAmount(total - amount), ...tips }] : [];
  return {
    ...(takesPayments() && isSale && !kind && total > 0n && { payment: "later" }),
    ...(isSale && cart.discount && { discount: cart.discount }), ...(isPaid && { payments: [payment, ...second] }),
    ...(isSale && cart.customer && { customer: cart.customer }),
  };
}

// Keep the cart for later, and return whether there was room.
async function parkCart() {
  const cart = screen.getCart();
  if (!cart.lines.length) return true;
  const isKept = await park({ ...cart, name: find("#park-name").value.trim() });
  if (isKept) cart.clear();
  tell(say(isKept ? "is_parked" : "too_many_parked"), { isWrong: !isKept });
  return isKept;
}

async function openParked({ id }) {
  if (!await parkCart()) return;
  const found = await takeUp(id);
  if (found) screen.getCart().fillWith(found);
  screen.open();
}

async function drawKept() {
  const rows = await listRows(), sale = rows.filter((row) => row.kind === "sell").at(-1);
  const isUndone = sale && rows.some((row) => row.kind === "return" && row.sale === sale.cart && !["dropping", "dropped"].includes(row.state));
  last = sale && ["waiting", "sent"].includes(sale.state) && !isUndone ? sale : null;
  const parked = await listParked();
  const name = (one) => say("parked", { name: nameParked(one), time: writeTime(one.at), total: writeMoney(sumBooking(one)) });
  find("#parked-number").textContent = parked.length ? `(${parked.length})` : "";
  find("#parked").replaceChildren(...parked.map((one) => {
    const item = document.createElement("li");
    item.append(makeButton(name(one), () => inOrder(() => openParked(one)).catch(fail)));
    return item;
  }));
  screen.draw();
}

// Take the whole last sale back, and give back what was paid. It is sent after the sale.
async function undo() {
  const row = last;
  if (!row || !confirm(say("undo_asked", { reference: nameNumber(row), total: writeMoney(sumBooking(row)) }))) return;
  last = null;  // a second press of the button does nothing
  const { cart: sale, operation, payments } = row, cart = crypto.randomUUID(), { lines } = startReturn(row);
  // All but the last are given back in parts, so that the server gives back the rest by the last.
  const refunds = payments && {
    payments: payments.map(({ kind, amount }, place) => ({ kind, amount, ...(place < payments.length - 1 && { part: true }) })),
  };
  const [back] = await addBookings([{ kind: "return", lines, cart, sale, operation, ...refunds }]);
  tell(say("return_done", { reference: nameNumber(back), total: writeMoney(sumBooking(back)) }));
  screen.booked();
}
