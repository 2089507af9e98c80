// What lines cost. Kits are one line, whose parts go out at shares of its price, as in trade/selling/money.py.
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

// Return what these units of the movements of a line bring back: as take() and take_of_entry() in trade/selling/sold.py.
// `cents` is what was paid for `all` of each, of which `before` came back for `given`. `kits` of the line were sold.
export function takeKits(movements, units, kits) {
  const worths = movements.map(({ cents, all, before, given }, place) => {
    const until = shareOf(cents, before + units[place], all);
    return units[place] && until > given ? until - given : 0n;
  });
  const isPart = kits && movements.some(({ all, before }, place) => before + units[place] < all);
  if (!isPart || !units[0]) return worths;
  const [{ before, each }] = movements, total = add(movements.map(({ cents }) => cents)), number = before / each;
  let rest = shareOf(total, number + units[0] / each, kits) - shareOf(total, number, kits) - add(worths);
  return worths.map((worth, place) => {
    const most = movements[place].cents - movements[place].given - worth, change = rest < -worth ? -worth : rest > most ? most : rest;
    rest -= change;
    return worth + change;
  });
}

const read = ({ paid, all, before, given, each }) => ({ cents: toCents(paid), all, before, given: toCents(given), each });

// Return a line for each part of the kits of a line, with its share of the price, or of what the line costs. Parts that come
// back know what was paid.
export function splitKit({ parts, quantity, price, cost, condition, sold }) {
  const lines = parts.map((part) => ({ ...part, condition, quantity: part.each * (quantity ?? 0) }));
  if (parts[0].paid && !parts[0].given) return lines;
  if (parts[0].paid) {
    const costs = takeKits(parts.map(read), lines.map((line) => line.quantity), sold);
    return lines.map((line, place) => ({ ...line, cost: toAmount(costs[place]) }));
  }
  const shares = shareKits(cost ? toCents(cost) : chargeOf(quantity ?? 0, toCents(price)), lines);
  return lines.map((line, place) => ({ ...line, cost: toAmount(shares[place]) }));
}

// Return the lines with those of the parts in place of kits. What comes back of a product comes after the lines before.
export function listParts(lines) {
  const returned = new Map();
  return lines.flatMap((line) => (line.kit ? splitKit(line) : [line])).map((line) => {
    const earlier = returned.get(line.product) || 0;
    if (line.paid) returned.set(line.product, earlier + (line.quantity ?? 0));
    return line.paid && earlier && !line.given ? { ...line, before: (line.before ?? line.back) + earlier } : line;
  });
}

// Return what a line costs that is no kit. A line that comes back has its part of what was paid for `all` units, after
// those that have come back `before` for `given`. Without `given`, these are all units of the product.
export function costOf({ quantity, price, decimals, cost, paid, sold, back = 0, all = sold, before = back, given }) {
  if (cost) return toCents(cost);
  if (given) return takeKits([read({ paid, all, before, given })], [quantity ?? 0], 0)[0];
  const partOf = (units) => shareOf(toCents(paid), units, all);
  return paid ? partOf(before + (quantity ?? 0)) - partOf(before) : chargeOf(quantity ?? 0, toCents(price), decimals);
}

// Return what each line costs. Kits cost what their parts do.
export function listLineCosts(lines) {
  const costs = listParts(lines).map(costOf);
  return lines.map(({ parts }) => add(costs.splice(0, parts?.length || 1)));
}

export const sumLines = (lines) => add(listParts(lines).map(costOf));
