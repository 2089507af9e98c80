// The prices of a cart: those that apply, and those that may be a mistake. The till marks these, and asks about them once
// before it sells.
import { addQuantities, findApplied } from "./applied.js";
import { findGroup, getFinder, hasPrices, listPrices } from "./catalogue.js";
import { now } from "./clock.js";
import { chargeOf, isDoubtful, toAmount, toCents, writeMoney, writePrice } from "./money.js";
import { say, shopDayOf, tell } from "./screen.js";

// Return the price that applies to a quantity of goods, which a customer buys now. The price of kits is a whole amount in a
// currency without decimals, also if it is the sum of their parts.
function applyTo({ id, kit, listed }, quantity, customer) {
  const price = kit ? toAmount(chargeOf(1, toCents(listed))) : listed;
  return findApplied({ listed: price, rows: listPrices(id), quantity, group: findGroup(customer?.group), day: shopDayOf(now()) }).price;
}

// Give the lines the prices that apply to their quantities and to the customer. A price that somebody has typed stays, and
// so does that of a label.
export function priceLines({ kind, lines, customer }) {
  if (kind !== "sell" || !(hasPrices() || lines.some(({ applied }) => applied))) return;
  const quantities = addQuantities(lines.map(({ product, quantity }) => [product, quantity]));
  lines.filter((line) => !line.total).forEach((line) => {
    line.isTyped ??= line.price !== line.listed;  // an earlier release has parked the line
    line.applied = applyTo({ ...line, id: line.product }, quantities.get(line.product), customer);
    if (!line.isTyped) line.price = line.applied;
  });
}

// Return the goods with the price that applies to one of them.
export const withPrice = (goods, customer) =>
  (hasPrices() ? { ...goods, price: applyTo({ ...goods, listed: goods.price }, 10 ** (goods.decimals ?? 0), customer) } : goods);

// Say beside a line how it has got its price, unless it is the list price or that of a label.
export function sayPrice({ price, listed, applied = price, total, isTyped }) {
  if (total || price === (isTyped ? applied : listed)) return "";
  return isTyped ? say("typed_price", { price: writeMoney(toCents(applied)) }) : say("list_price", { price: writeMoney(toCents(listed)) });
}

let confirmed = "";  // the prices about which the till has asked: selling again confirms them

export function hasDoubt(line, { kind }) {
  return kind === "sell" && isDoubtful(toCents(line.price), toCents(getFinder().get(line.product)?.price || "0"));
}

// Return whether the user has to confirm the prices first.
export function asksAboutPrices(cart) {
  const lines = cart.lines.filter((line) => hasDoubt(line, cart));
  const prices = JSON.stringify([cart.id, lines.map((line) => [line.product, line.price])]);
  if (!lines.length || prices === confirmed) return false;
  confirmed = prices;
  tell(say("doubtful_prices", { names: lines.map((line) => `${line.name} ${writePrice(line)}`).join(", ") }), { isWrong: true });
  return true;
}
