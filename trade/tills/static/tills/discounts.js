// Discounts of sales, shared over their lines as by share_discount() in trade/selling/money.py, and the VAT of shops whose
// prices are net, as in stock/models/sql_sales.py.
import { add, costOf, listParts, share, sumLines } from "./costs.js";
import { isWholeCurrency, percentOf, toAmount, toCents } from "./money.js";

// Return the step of the parts in cents: whole units of a currency without decimals.
const findStep = (prices) => (isWholeCurrency() && prices.every((price) => price % 100n === 0n) ? 100n : 1n);

// Return the cents of a discount of lines with these prices: {percent}, {amount} or none. With the `rest` of an order, the
// amount is that of the order, of which the lines have their part: as AgreedDiscount in trade/reservations/discounts.py.
function countDiscount(discount, prices) {
  if (!discount) return 0n;
  if (discount.rest !== undefined) {
    const whole = add(prices), all = whole + discount.rest, given = toCents(discount.amount), step = findStep(prices);
    const agreed = given < all ? given : all;
    return share(agreed, [whole, discount.rest], agreed % step ? 1n : step)[0];
  }
  return discount.amount ? toCents(discount.amount) : percentOf(add(prices), toCents(discount.percent), findStep(prices));
}

export const findDiscount = ({ lines, discount }) => countDiscount(discount, listParts(lines).map(costOf));

// Return what is paid for each line, or for each part of kits, without VAT that is added.
export function listCosts({ lines, discount }) {
  const prices = listParts(lines).map(costOf), given = countDiscount(discount, prices), step = findStep(prices);
  const parts = share(given, prices, given % step ? 1n : step);
  return prices.map((price, place) => price - parts[place]);
}

// Return the VAT of these costs. It is rounded once for each rate.
function addTax(costs) {
  const sums = new Map();
  costs.filter(({ rate }) => rate).forEach(({ rate, cost }) => sums.set(rate, (sums.get(rate) || 0n) + cost));
  return add([...sums].map(([rate, cost]) => percentOf(cost, toCents(rate), isWholeCurrency() ? 100n : 1n)));
}

// Return the VAT that is added to the lines. What comes back has that of all that came back so far, less that of what came
// back `before`.
export function findTax({ lines, discount, before }) {
  const parts = listParts(lines), costs = listCosts({ lines, discount }).map((cost, place) => ({ rate: parts[place].rate, cost }));
  const earlier = (before || []).map(({ rate, cost }) => ({ rate, cost: toCents(cost) }));
  return addTax([...costs, ...earlier]) - addTax(earlier);
}

// Return what the customer pays, or gets back.
export const sumBooking = (booking) => sumLines(booking.lines) - findDiscount(booking) + findTax(booking);

// Return the discount that somebody has typed, null without one, or undefined if it is none.
export function readDiscount(text, kind, readAmount) {
  if (!text.trim()) return null;
  const cents = kind === "percent" ? toCents(text) : readAmount(text);
  if (cents === null || (kind === "percent" && cents > 10_000n)) return undefined;
  return cents ? { [kind]: toAmount(cents) } : null;
}
