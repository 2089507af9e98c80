// The screens Sell, Receive, Count and Return: find or scan products, correct the lines, and book them.
import { hasCamera, NoReader, openCamera } from "./camera.js";
import { Cart } from "./cart.js";
import { getFinder } from "./catalogue.js";
import { hasExpired } from "./clock.js";
import { sumBooking } from "./discounts.js";
import { choosePayment, drawExtras, fillExtras, listExtras, startExtras } from "./extras.js";
import { drawLine, drawNote } from "./lines.js";
import { writeMoney, writePrice, writeUnits } from "./money.js";
import { inOrder } from "./order.js";
import { sayLeft, sayParts } from "./paid.js";
import { drawPicture } from "./pictures.js";
import { asksAboutPrices, priceLines, withPrice } from "./prices.js";
import { addBookings, sayNotBooked } from "./queue.js";
import { PRICED, offerReturns, showReceipt } from "./receipt.js";
import { listenToKeys } from "./scan.js";
import { fill, find, makeButton, nameNumber, say, showScreen, tell } from "./screen.js";
import { getSheet, hidesStock, offerSheets } from "./sheets.js";
import { countStock, keepsStock } from "./stock.js";
import { drawTiles } from "./tiles.js";

const CODE = /^\s*\d{8,}\s*$/;  // a part of a code names nothing
const carts = Object.fromEntries(["sell", "receive", "count", "return"].map((kind) => [kind, new Cart(kind)]));
const isOffered = (product) => cart.kind === "sell" || !product.kit;
let cart = carts.sell, booked = () => {}, isWriting = false;

export const isIdle = () => Object.values(carts).every((one) => !one.lines.length);

export function openBooking(kind) {
  cart = carts[kind];
  if (kind !== "return") carts.return.clear();
  showScreen("booking", kind);
  find("#booking-title").textContent = [say(kind), cart.sale && nameNumber(cart.sale)].filter(Boolean).join(": ");
  find("#finding").hidden = kind === "return";
  find("#all").hidden = kind !== "return";
  find("#results").replaceChildren();
  fillExtras(cart);
  drawSheets();
  drawLines();
  if (matchMedia("(pointer: fine)").matches) find("#find").focus();
}

// Draw what the catalogue offers besides the products: the counting sheets, and the tiles.
export function drawSheets() {
  offerSheets(cart.kind === "count");
  drawTiles(cart, takeOne);
}

function takeOne(product) {
  clearFind();
  inOrder(() => take({ product, quantity: product.decimals ? null : 1 }));
}

export function startBooking(sendSoon) {
  booked = sendSoon;
  startExtras({ getCart: () => cart, draw: drawTotal, price: drawStock, open: () => openBooking("sell"), booked: sendSoon });
  const input = find("#find");
  input.addEventListener("input", () => drawResults(getFinder().search(input.value).filter(isOffered)));
  find("#finding").addEventListener("submit", (event) => {
    event.preventDefault();
    takeText(input.value);
  });
  find("#book").addEventListener("click", () => inOrder(() => asksAboutPrices(cart) || book()));
  find("#book-other").addEventListener("click", () => inOrder(() => asksAboutPrices(cart) || bookByCard()));
  find("#all").addEventListener("click", () => { cart.takeAll(); drawLines(); });
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

function clearFind() {
  find("#find").value = "";
  drawResults([]);
}

function takeText(text) {
  clearFind();  // the next scan may be typed there before this one is taken
  inOrder(() => takeNow(text));
}

// Add what a text names: the product of a code, or the only one that has all of its words.
function takeNow(text) {
  if (!text.trim() || cart.kind === "return") return;
  const scanned = getFinder().scan(text);
  const searched = scanned.length || CODE.test(text) ? [] : getFinder().search(text).filter(isOffered);
  const found = [...scanned, ...searched.map((product) => ({ product, quantity: product.decimals ? null : 1 }))];
  if (found.length === 1) return take(found[0]);
  const input = find("#find");
  if (!input.value) Object.assign(input, { value: text }).select();
  drawResults(found.map((one) => one.product));
  tell(say(found.length ? "several_found" : "nothing_found", { text }), { isWrong: !found.length });
}

function take(found) {
  if (found.isTooFine) return tell(say("too_fine", { name: found.product.name }), { isWrong: true });
  if (!isOffered(found.product)) return tell(say("kit_only_sold", { name: found.product.name }), { isWrong: true });
  if (cart.kind === "count" && !keepsStock(found.product)) return tell(say("not_counted", { name: found.product.name }), { isWrong: true });
  const { product } = found, { line, quantity } = cart.take(found);
  drawLines();
  if (!line) return tell(say("cart_full"), { isWrong: true });
  const isWrong = hasExpired(found.expiresOn), over = isWrong ? say("expired", { date: found.expiresOn }) : "";
  const numbers = quantity === null ? {} : { number: writeUnits(quantity, line), total: writeUnits(line.quantity, line) };
  tell(`${say(quantity === null ? "enter_amount" : "added", { name: product.name, ...numbers })} ${over}`.trim(), { isWrong });
  if (quantity === null) find("[name=quantity]", find("#lines").children[cart.lines.indexOf(line)]).focus();
}

function drawResults(products) {
  find("#results").replaceChildren(...products.map((product) => {
    const stock = hidesStock(cart) || !keepsStock(product) ? "" : say("in_stock", { number: writeUnits(countStock(product), product) });
    const details = [product.sku, writePrice(withPrice(product, cart.customer)), stock].filter(Boolean).join(" · ");
    const item = fill("result", { name: product.name, details });
    drawPicture(find("img", item), product);
    find("button", item).addEventListener("click", () => takeOne(product));
    return item;
  }));
}

function drawLines() {
  priceLines(cart);
  find("#lines").replaceChildren(...cart.lines.map((line) => drawLine(line, cart, { drawStock, drawLines })));
  find("#no-lines").hidden = cart.lines.length > 0;
  drawTotal();
}

// Price the lines, and say beside them how much is in stock, and what all of them cost. The fields stay, because somebody may
// type there.
export function drawStock() {
  priceLines(cart);
  [...find("#lines").children].forEach((item, index) => drawNote(item, cart.lines[index], cart));
  drawTotal();
}

function drawTotal() {
  const isRight = drawExtras(cart) && !find("#buyer").ariaInvalid;
  find("#book").disabled = !isRight || isWriting || !listBooked(cart).length || Boolean(find("#lines [aria-invalid]"));
  find("#book-other").disabled = find("#book").disabled;
  find("#total").hidden = !PRICED.includes(cart.kind);
  find("#total-amount").textContent = writeMoney(sumBooking(cart));
}

// Return the lines to book: what does not come back of a sale is left out.
const listBooked = ({ kind, lines }) => (kind === "return" ? lines.filter(({ quantity }) => quantity !== 0) : lines);

// Write the booking to the store, then show that it is done. If the store refuses, nothing is sold.
async function book() {
  drawTotal();
  if (find("#book").disabled) return;
  isWriting = true;
  drawTotal();
  await write(cart).catch((error) => {
    setTimeout(() => tell(sayNotBooked(error), { isWrong: true }));  // after the messages of what was scanned meanwhile
  });
  isWriting = false;
  drawTotal();
}

// The next sale, or this one if the store refuses, begins with cash again.
async function bookByCard() {
  choosePayment("card");
  await book();
  choosePayment("cash");
}

async function write({ kind, id, sale, before }) {
  const sheet = getSheet(cart), lines = listBooked(cart);
  const more = { ...listExtras(cart), ...(sheet && { sheet: sheet.id }), ...(sale && { sale: sale.cart, operation: sale.operation, before }) };
  const [row] = await addBookings([{ kind, lines, cart: id, ...more }]);
  carts[kind].clear();
  openBooking(kind === "return" ? "sell" : kind);
  const numbers = { reference: nameNumber(row), total: writeMoney(sumBooking(row)) };
  tell([say(`${kind}_done`, numbers), ...sayParts(row), sayLeft(row)].filter(Boolean).join(" "), { link: makeButton(say("receipt"), () => showReceipt(row)) });
  booked();
}

// Empty the carts that were booked before the browser was killed, or by another tab with a copy of them.
export function forgetBooked(rows) {
  const done = new Set(rows.map((row) => row.cart)), found = Object.values(carts).filter((one) => done.has(one.id));
  if (found.map((one) => one.clear()).length) drawLines();
}
