// The screens Sell, Receive, Count and Return: find or scan products, correct the lines, and book them.
import { hasCamera, NoReader, openCamera } from "./camera.js";
import { Cart, MAX_QUANTITY } from "./cart.js";
import { getFinder } from "./catalogue.js";
import { hasExpired } from "./clock.js";
import { sumBooking } from "./discounts.js";
import { drawExtras, fillExtras, listExtras, sellsAtListPrice, startExtras } from "./extras.js";
import { findPrice, readCents, sumLines, toAmount, toCents, toTyped, toTypedUnits, toUnits, writeMoney, writePrice, writeUnits } from "./money.js";
import { drawPicture } from "./pictures.js";
import { asksAboutPrices, hasDoubt } from "./prices.js";
import { addBookings, sayNotBooked } from "./queue.js";
import { PRICED, offerReturns, showReceipt } from "./receipt.js";
import { listenToKeys } from "./scan.js";
import { fill, find, makeButton, say, showScreen, tell } from "./screen.js";
import { listChanges } from "./settle.js";
import { getSheet, offerSheets } from "./sheets.js";
import { countStock, keepsStock } from "./stock.js";

const CODE = /^\s*\d{8,}\s*$/;  // a part of a code names nothing
const carts = Object.fromEntries(["sell", "receive", "count", "return"].map((kind) => [kind, new Cart(kind)]));
let cart = carts.sell, booked = () => {}, pending = Promise.resolve();  // what is done while a booking is written comes after it

export const isIdle = () => Object.values(carts).every((one) => !one.lines.length);

export function openBooking(kind) {
  cart = carts[kind];
  if (kind !== "return") carts.return.clear();
  showScreen("booking", kind);
  find("#booking-title").textContent = [say(kind), cart.sale?.reference].filter(Boolean).join(": ");
  find("#finding").hidden = kind === "return";
  find("#book").textContent = say(`${kind}_button`);
  find("#results").replaceChildren();
  fillExtras(cart);
  drawSheets();
  drawLines();
  if (matchMedia("(pointer: fine)").matches) find("#find").focus();
}

export const drawSheets = () => offerSheets(cart.kind === "count");
const hidesStock = () => Boolean(getSheet(cart)?.blind);

export function startBooking(sendSoon) {
  booked = sendSoon;
  startExtras({ getCart: () => cart, draw: drawTotal, open: () => openBooking("sell"), booked: sendSoon, afterBooking: () => pending });
  const input = find("#find");
  input.addEventListener("input", () => drawResults(getFinder().search(input.value)));
  find("#finding").addEventListener("submit", (event) => {
    event.preventDefault();
    takeText(input.value);
  });
  find("#book").addEventListener("click", () => asksAboutPrices(cart) || (pending = book()));
  offerReturns((row, rest) => { carts.return.fillFrom(row, rest); openBooking("return"); });  // of a sale of this device
  find("#sheet").addEventListener("change", drawLines);
  listenToKeys(input, takeText);
  find("#camera").hidden = !hasCamera();
  find("#camera").addEventListener("click", () => {
    openCamera(find("#camera-dialog"), takeText).catch((error) => {
      tell(error instanceof NoReader ? say("no_reader") : say("no_camera"), { isWrong: true });
    });
  });
}

// Add what a text names: the product of a code, or the only one that has all of its words.
const takeText = (text) => pending.then(() => takeNow(text));

function takeNow(text) {
  if (!text.trim() || cart.kind === "return") return;
  const scanned = getFinder().scan(text);
  const searched = scanned.length || CODE.test(text) ? [] : getFinder().search(text);
  const found = [...scanned, ...searched.map((product) => ({ product, quantity: product.decimals ? null : 1 }))];
  if (found.length === 1) return take(found[0]);
  find("#find").select();
  drawResults(found.map((one) => one.product));
  tell(say(found.length ? "several_found" : "nothing_found", { text }), { isWrong: !found.length });
}

function take(found) {
  const input = Object.assign(find("#find"), { value: "" });
  drawResults([]);
  if (found.isTooFine) return tell(say("too_fine", { name: found.product.name }), { isWrong: true });
  if (cart.kind === "count" && !keepsStock(found.product)) return tell(say("not_counted", { name: found.product.name }), { isWrong: true });
  const { product } = found, { line, quantity } = cart.take(found);
  drawLines();
  if (!line) return tell(say("cart_full"), { isWrong: true });
  const isWrong = hasExpired(found.expiresOn), over = isWrong ? say("expired", { date: found.expiresOn }) : "";
  const numbers = quantity === null ? {} : { number: writeUnits(quantity, line), total: writeUnits(line.quantity, line) };
  tell(`${say(quantity === null ? "enter_amount" : "added", { name: product.name, ...numbers })} ${over}`.trim(), { isWrong });
  if (quantity === null) return find("[name=quantity]", find("#lines").children[cart.lines.indexOf(line)]).focus();
  if (document.activeElement.closest?.("#results")) input.focus();
}

function drawResults(products) {
  find("#results").replaceChildren(...products.map((product) => {
    const stock = hidesStock() || !keepsStock(product) ? "" : say("in_stock", { number: writeUnits(countStock(product), product) });
    const details = [product.sku, writePrice(product), stock].filter(Boolean).join(" · ");
    const item = fill("result", { name: product.name, details });
    drawPicture(find("img", item), product);
    find("button", item).addEventListener("click", () => pending.then(() => take({ product, quantity: product.decimals ? null : 1 })));
    return item;
  }));
}

function drawLines() {
  find("#lines").replaceChildren(...cart.lines.map(drawLine));
  find("#no-lines").hidden = cart.lines.length > 0;
  drawTotal();
}

// Say how much is in stock, beside the lines, and what all lines cost. The fields stay, because somebody may type there.
export function drawStock() {
  [...find("#lines").children].forEach((item, index) => drawNote(item, cart.lines[index]));
  drawTotal();
}

function drawNote(item, line) {
  const product = getFinder().get(line.product), left = product ? countStock(product) : 0;
  const inCart = cart.lines.reduce((sum, one) => sum + (one.product === line.product ? one.quantity : 0), 0);
  const isSale = cart.kind === "sell", isShort = isSale && inCart > left, cost = isSale && line.decimals && line.quantity && writeMoney(sumLines([line]));
  const stock = () => (keepsStock(product) ? say(isShort ? "short" : "in_stock", { number: writeUnits(left, line) }) : "");
  const note = product && !hidesStock() && stock(), changes = listChanges({ kind: cart.kind, lines: [line] }, getFinder());
  const texts = [hasDoubt(line, cart) && say("doubtful_price"), cost, note, ...changes.map(([name, values]) => say(name, values))];
  find("[data-slot=note]", item).textContent = texts.filter(Boolean).join(" · ");
  item.classList.toggle("short", isShort);
}

function drawTotal() {
  find("#book").disabled = !drawExtras(cart) || !cart.lines.length || Boolean(find("#lines [aria-invalid]"));
  find("#total").hidden = !PRICED.includes(cart.kind);
  find("#total-amount").textContent = writeMoney(sumBooking(cart));
}

function drawLine(line) {
  const item = fill("line", { name: line.name });
  drawPicture(find("img", item), getFinder().get(line.product));
  drawNote(item, line);
  const [quantity, price] = [find("[name=quantity]", item), find("[name=price]", item)];
  quantity.value = line.quantity === null ? "" : toTypedUnits(line.quantity, line.decimals);
  quantity.ariaInvalid = line.quantity === null ? "true" : null;
  quantity.inputMode = line.decimals ? "decimal" : "numeric";
  const units = line.decimals && line.unit ? [[quantity, ` (${line.unit})`], [price, ` / ${line.unit}`]] : [];
  units.forEach(([field, text]) => find("small", field.closest("label")).append(text));
  quantity.setAttribute("aria-label", say("quantity_of", { name: line.name }));
  watch(quantity, (text) => {
    const number = toUnits(text, line.decimals);
    if (number === null || number < (cart.kind === "count" ? 0 : 1) || number > (line.sold ? line.sold - (line.back || 0) : MAX_QUANTITY)) return false;
    if (line.total && number !== line.quantity) {
      line.price = toAmount(findPrice(toCents(line.total), number, line.decimals));
      price.value = toTyped(line.price);
    }
    return Object.assign(line, { quantity: number });
  });
  price.value = toTyped(line.price);
  price.setAttribute("aria-label", say("price_of", { name: line.name }));
  price.closest("label").hidden = cart.kind !== "sell";
  price.readOnly = sellsAtListPrice();
  watch(price, (text) => readCents(text) !== null && Object.assign(line, { price: toAmount(readCents(text)), total: null }));
  const scrap = Object.assign(find("[name=scrap]", item), { checked: line.condition === "scrap" });
  scrap.closest("label").hidden = cart.kind !== "return";
  scrap.addEventListener("change", () => cart.setCondition(line, scrap.checked ? "scrap" : "resell"));
  find("[data-remove]", item).setAttribute("aria-label", say("remove", { name: line.name }));
  find("[data-remove]", item).addEventListener("click", () => { cart.remove(line); drawLines(); });
  return item;
}

// Take what is typed if it is right. Otherwise nothing can be booked until it is.
function watch(field, take) {
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", () => {
    field.ariaInvalid = take(field.value) ? null : "true";
    cart.save();
    drawStock();
  });
}

// Write the booking to the store, then show that it is done. If the store refuses, nothing is sold.
async function book() {
  drawTotal();
  const { kind, id, lines, sale, before } = cart, button = find("#book");
  button.disabled = true;
  try {
    const sheet = getSheet(cart);
    const more = { ...listExtras(cart), ...(sheet && { sheet: sheet.id }), ...(sale && { sale: sale.cart, operation: sale.operation, before }) };
    const [row] = await addBookings([{ kind, lines, cart: id, ...more }]);
    carts[kind].clear();
    openBooking(kind === "return" ? "sell" : kind);
    const numbers = { reference: row.reference, total: writeMoney(sumBooking(row)) };
    tell(say(`${kind}_done`, numbers), { link: makeButton(say("receipt"), () => showReceipt(row)) });
    booked();
  } catch (error) {
    tell(sayNotBooked(error), { isWrong: true });
    button.disabled = false;
  }
}

// Empty the carts that were booked before the browser was killed, or by another tab with a copy of them.
export function forgetBooked(rows) {
  const done = new Set(rows.map((row) => row.cart)), found = Object.values(carts).filter((one) => done.has(one.id));
  if (found.map((one) => one.clear()).length) drawLines();
}
