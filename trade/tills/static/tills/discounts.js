// Discounts of sales, shared over their lines as by share_discount() in stock/booking/discounts.py.
import { costOf, isWholeCurrency, sumLines, toAmount, toCents } from "./money.js";

const add = (numbers) => numbers.reduce((sum, one) => sum + one, 0n);

// Return the step of the parts in cents: whole units of a currency without decimals.
const findStep = (prices) => (isWholeCurrency() && prices.every((price) => price % 100n === 0n) ? 100n : 1n);

// Return the cents of a discount of lines with these prices: {percent}, {amount} or none.
function countDiscount(discount, prices) {
  if (!discount) return 0n;
  if (discount.amount) return toCents(discount.amount);
  const step = findStep(prices), parts = 10_000n * step;  // a percentage has two decimals
  return (2n * add(prices) * toCents(discount.percent) + parts) / (2n * parts) * step;
}

export const findDiscount = ({ lines, discount }) => countDiscount(discount, lines.map(costOf));

// Return what the customer pays, or gets back.
export const sumBooking = (booking) => sumLines(booking.lines) - findDiscount(booking);

// Return the part of each price. What is left after rounding down goes to the largest remainders.
function share(given, prices, step) {
  const whole = add(prices);
  if (!given || !whole) return prices.map(() => 0n);
  const units = prices.map((price) => given * price / step), parts = units.map((unit) => unit / whole);
  const left = Number(given / step - add(parts)), places = prices.map((_, place) => place);
  const largest = new Set(places.sort((one, other) => Number(units[other] % whole - units[one] % whole) || one - other).slice(0, left));
  return parts.map((part, place) => (part + (largest.has(place) ? 1n : 0n)) * step);
}

// Return the returns of a sale among the rows of the queue, also those that are not sent yet.
export const listReturns = (rows, { cart }) =>
  rows.filter((row) => row.kind === "return" && row.sale === cart && !["dropping", "dropped"].includes(row.state));

// Return the lines of a sale of which something can come back: with what was paid, what was sold, and what has come back by
// the rows of the queue.
export function listReturnable(sale, rows = []) {
  const { lines, discount } = sale, prices = lines.map(costOf), given = countDiscount(discount, prices), step = findStep(prices);
  const parts = share(given, prices, given % step ? 1n : step), earlier = new Map();
  listReturns(rows, sale).flatMap((row) => row.lines).forEach(({ product, quantity }) => earlier.set(product, (earlier.get(product) || 0) + quantity));
  return lines.map((line, place) => {
    const before = Math.min(earlier.get(line.product) || 0, line.quantity), quantity = line.quantity - before;
    earlier.set(line.product, (earlier.get(line.product) || 0) - before);
    return { ...line, quantity, before, sold: line.quantity, condition: "resell", paid: toAmount(prices[place] - parts[place]) };
  }).filter((line) => line.quantity);
}

// Return the discount that somebody has typed, null without one, or undefined if it is none.
export function readDiscount(text, kind, readAmount) {
  if (!text.trim()) return null;
  const cents = kind === "percent" ? toCents(text) : readAmount(text);
  if (cents === null || (kind === "percent" && cents > 10_000n)) return undefined;
  return cents ? { [kind]: toAmount(cents) } : null;
}
