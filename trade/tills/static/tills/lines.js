// A line of a cart on the screen: its fields, and what is said beside them.
import { countLeft, MAX_QUANTITY } from "./cart.js";
import { getFinder } from "./catalogue.js";
import { sumLines } from "./costs.js";
import { sellsAtListPrice } from "./extras.js";
import { findPrice, lowerPrice, readCents, toAmount, toCents, toTyped, toTypedUnits, toUnits, writeMoney, writeUnits } from "./money.js";
import { drawPicture } from "./pictures.js";
import { hasDoubt, sayPrice } from "./prices.js";
import { fill, find, say } from "./screen.js";
import { listChanges } from "./settle.js";
import { hidesStock } from "./sheets.js";
import { countStock, isShortOf, keepsStock } from "./stock.js";

// Return the item of a line. `screen` draws the stock after something was typed, and the lines after one was removed.
export function drawLine(line, cart, screen) {
  const item = fill("line", { name: line.name });
  drawPicture(find("img", item), getFinder().get(line.product));
  drawNote(item, line, cart);
  const changed = () => { cart.save(); screen.drawStock(); };
  const [quantity, price] = [find("[name=quantity]", item), find("[name=price]", item)];
  quantity.value = line.quantity === null ? "" : toTypedUnits(line.quantity, line.decimals);
  quantity.ariaInvalid = line.quantity === null ? "true" : null;
  quantity.inputMode = line.decimals ? "decimal" : "numeric";
  const units = line.decimals && line.unit ? [[quantity, ` (${line.unit})`], [price, ` / ${line.unit}`]] : [];
  units.forEach(([field, text]) => find("small", field.closest("label")).append(text));
  quantity.setAttribute("aria-label", say("quantity_of", { name: line.name }));
  watch(quantity, (text) => {
    const number = toUnits(text, line.decimals);
    if (number === null || number < (["count", "return"].includes(cart.kind) ? 0 : 1) || number > (line.sold ? countLeft(line) : MAX_QUANTITY)) return false;
    if (line.total && number !== line.quantity) {
      line.price = toAmount(findPrice(toCents(line.total), number, line.decimals));
      price.value = toTyped(line.price);
    }
    return Object.assign(line, { quantity: number });
  }, changed);
  price.value = toTyped(line.price);
  price.setAttribute("aria-label", say("price_of", { name: line.name }));
  price.closest("label").hidden = cart.kind !== "sell";
  price.readOnly = sellsAtListPrice();
  watch(price, (text) => {
    if (!text.trim() && line.applied && !line.total) return Object.assign(line, { isTyped: false });  // the price that applies comes back
    return readCents(text) !== null && Object.assign(line, { price: toAmount(readCents(text)), total: null, isTyped: true });
  }, changed);
  price.addEventListener("blur", changed);
  const percent = find("[data-percent]", item);
  percent.hidden = price.readOnly || cart.kind !== "sell";
  percent.setAttribute("aria-label", say("percent_of", { name: line.name }));
  percent.addEventListener("click", () => {
    const off = toCents((prompt(say("percent_of", { name: line.name })) || "").replace("%", ""));
    if (off === null || off > 10_000n) return;
    price.value = toTyped(toAmount(lowerPrice(toCents(line.applied ?? line.listed), off)));
    price.dispatchEvent(new Event("input"));
  });
  const scrap = Object.assign(find("[name=scrap]", item), { checked: line.condition === "scrap" });
  scrap.closest("label").hidden = cart.kind !== "return";
  scrap.addEventListener("change", () => cart.setCondition(line, scrap.checked ? "scrap" : "resell"));
  const isReturn = cart.kind === "return", back = find("[data-take]", item), most = isReturn && say("of", { number: writeUnits(countLeft(line), line) });
  Object.assign(back, { hidden: !isReturn, textContent: most, ariaLabel: `${line.name}: ${most}` });
  back.addEventListener("click", () => {
    quantity.value = toTypedUnits(countLeft(line), line.decimals);
    quantity.dispatchEvent(new Event("input"));
  });
  find("[data-remove]", item).hidden = isReturn;
  find("[data-remove]", item).setAttribute("aria-label", say("remove", { name: line.name }));
  find("[data-remove]", item).addEventListener("click", () => { cart.remove(line); screen.drawLines(); });
  return item;
}

// Take what is typed if it is right. Otherwise nothing can be booked until it is.
function watch(field, take, changed) {
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", () => {
    field.ariaInvalid = take(field.value) ? null : "true";
    changed();
  });
}

// Say beside the line what is doubtful, how much is in stock, and what has changed since it was added.
export function drawNote(item, line, cart) {
  const product = getFinder().get(line.product), left = product ? countStock(product) : 0;
  const isSale = cart.kind === "sell", isShort = isSale && isShortOf(line, cart.lines);
  const cost = isSale && line.decimals && line.quantity && writeMoney(sumLines([line]));
  const stock = () => (keepsStock(product) ? say(isShort ? "short" : "in_stock", { number: writeUnits(left, line) }) : "");
  const note = product && !hidesStock(cart) && stock(), changes = listChanges({ kind: cart.kind, lines: [line] }, getFinder());
  const texts = [hasDoubt(line, cart) && say("doubtful_price"), isSale && sayPrice(line), cost, note, ...changes.map(([name, values]) => say(name, values))];
  find("[data-slot=note]", item).textContent = texts.filter(Boolean).join(" · ");
  item.classList.toggle("short", isShort);
  const price = find("[name=price]", item);
  if (isSale && !line.isTyped && price !== document.activeElement && !price.ariaInvalid) price.value = toTyped(line.price);
}
