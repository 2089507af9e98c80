// What lines cost. Kits are one line, whose parts go out at shares of its price, as in trade/kits/prices.py.
import { chargeOf, isWholeCurrency, priceOf, shareOf, toAmount, toCents } from "./money.js";

export const add = (numbers) => numbers.reduce((sum, one) => sum + one, 0n);

// Return the part of each price. What is left after rounding down goes to the largest remainders.
export function share(given, prices, step) {
  const whole = add(prices);
  if (!given || !whole) return prices.map(() => 0n);
  const units = prices.map((price) => given * price / step), parts = units.map((unit) => unit / whole);
  const left = Number(given / step - add(parts)), places = prices.map((_, place) => place);
  const largest = new Set(places.sort((one, other) => Number(units[other] % whole - units[one] % whole) || one - other).slice(0, left));
  return parts.map((part, place) => (part + (largest.has(place) ? 1n : 0n)) * step);
}

// Return the share of each part of kits, by their prices, or by their amounts if all prices are 0.
function shareKits(total, parts) {
  const prices = parts.map(({ quantity, price, decimals }) => priceOf(quantity, toCents(price), decimals));
  const finest = Math.max(...parts.map(({ decimals }) => decimals));
  const amounts = parts.map(({ quantity, decimals }) => BigInt(quantity) * 10n ** BigInt(finest - decimals));
  return share(total, prices.some(Boolean) ? prices : amounts, isWholeCurrency() && total % 100n === 0n ? 100n : 1n);
}

// Return a line for each part of the kits of a line, with what is paid for it. Parts that come back know this already.
export function splitKit({ parts, quantity, price, condition, sold = quantity || 1, back = 0 }) {
  const countOf = (number) => parts.map(({ each }) => each * number), [taken, all, earlier] = [quantity ?? 0, sold, back].map(countOf);
  const lines = parts.map((part, place) => ({ ...part, condition, quantity: taken[place], sold: all[place], back: earlier[place] }));
  if (parts[0].paid) return lines;
  const shares = shareKits(chargeOf(sold, toCents(price)), lines.map((line) => ({ ...line, quantity: line.sold })));
  return lines.map((line, place) => ({ ...line, paid: toAmount(shares[place]) }));
}

// Return the lines with those of the parts in place of kits.
export const listParts = (lines) => lines.flatMap((line) => (line.kit ? splitKit(line) : [line]));

// Return what a line costs. A line that comes back has its part of what was paid, after what has come `back` before.
export function costOf(line) {
  const { quantity, price, decimals, paid, sold, back = 0 } = line, partOf = (units) => shareOf(toCents(paid), units, sold);
  if (line.kit) return add(splitKit(line).map(costOf));
  return paid ? partOf(back + (quantity ?? 0)) - partOf(back) : chargeOf(quantity ?? 0, toCents(price), decimals);
}

export const sumLines = (lines) => add(lines.map(costOf));
