// Discounts of sales, shared over their lines as by share_discount() in stock/booking/discounts.py, and the VAT of shops whose
// prices are net, as in stock/sales/sql.py.
import { costOf, isWholeCurrency, sumLines, toAmount, toCents } from "./money.js";

const add = (numbers) => numbers.reduce((sum, one) => sum + one, 0n);

// Return the step of the parts in cents: whole units of a currency without decimals.
const findStep = (prices) => (isWholeCurrency() && prices.every((price) => price % 100n === 0n) ? 100n : 1n);

// Return a percentage, which has two decimals, rounded half up to a multiple of the step.
const percentOf = (cents, percent, step) => (2n * cents * toCents(percent) + 10_000n * step) / (20_000n * step) * step;

// Return the cents of a discount of lines with these prices: {percent}, {amount} or none.
function countDiscount(discount, prices) {
  if (!discount) return 0n;
  return discount.amount ? toCents(discount.amount) : percentOf(add(prices), discount.percent, findStep(prices));
}

export const findDiscount = ({ lines, discount }) => countDiscount(discount, lines.map(costOf));

// Return what is paid for each line, without VAT that is added.
export function listCosts({ lines, discount }) {
  const prices = lines.map(costOf), given = countDiscount(discount, prices), step = findStep(prices);
  const parts = share(given, prices, given % step ? 1n : step);
  return prices.map((price, place) => price - parts[place]);
}

// Return the VAT of these costs. It is rounded once for each rate.
function addTax(costs) {
  const sums = new Map();
  costs.filter(({ rate }) => rate).forEach(({ rate, cost }) => sums.set(rate, (sums.get(rate) || 0n) + cost));
  return add([...sums].map(([rate, cost]) => percentOf(cost, rate, isWholeCurrency() ? 100n : 1n)));
}

// Return the VAT that is added to the lines. What comes back has that of all that came back so far, less that of what came
// back `before`.
export function findTax({ lines, discount, before }) {
  const costs = listCosts({ lines, discount }).map((cost, place) => ({ rate: lines[place].rate, cost }));
  const earlier = (before || []).map(({ rate, cost }) => ({ rate, cost: toCents(cost) }));
  return addTax([...costs, ...earlier]) - addTax(earlier);
}

// Return what the customer pays, or gets back.
export const sumBooking = (booking) => sumLines(booking.lines) - findDiscount(booking) + findTax(booking);

// Return the part of each price. What is left after rounding down goes to the largest remainders.
function share(given, prices, step) {
  const whole = add(prices);
  if (!given || !whole) return prices.map(() => 0n);
  const units = prices.map((price) => given * price / step), parts = units.map((unit) => unit / whole);
  const left = Number(given / step - add(parts)), places = prices.map((_, place) => place);
  const largest = new Set(places.sort((one, other) => Number(units[other] % whole - units[one] % whole) || one - other).slice(0, left));
  return parts.map((part, place) => (part + (largest.has(place) ? 1n : 0n)) * step);
}

// Return the discount that somebody has typed, null without one, or undefined if it is none.
export function readDiscount(text, kind, readAmount) {
  if (!text.trim()) return null;
  const cents = kind === "percent" ? toCents(text) : readAmount(text);
  if (cents === null || (kind === "percent" && cents > 10_000n)) return undefined;
  return cents ? { [kind]: toAmount(cents) } : null;
}
