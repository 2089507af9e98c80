// What the lines of a task cost, and the sum that is booked for them, with VAT that is added to prices: as the server
// answers. Amounts are cents. Null means that nobody can tell, undefined that a line of an order has no cost.
import { add } from "../tills/costs.js";
import { findDiscount, findTax } from "../tills/discounts.js";
import { findPrice, priceOf, readCents, roundCents, shareOf, toAmount, toCents } from "../tills/money.js";

const readPercent = (text) => /^([\d.,]+)\s*%$/.exec(text)?.[1];

// Return the discount that somebody has typed, such as 10 % or 2.50, null without one, or undefined if it is none.
function readDiscount(text) {
  const percent = text && readPercent(text), cents = percent ? toCents(percent) : readCents(text || "");
  return !text ? null : cents === null ? undefined : { [percent ? "percent" : "amount"]: toAmount(cents) };
}

// Return what is left of the cents after the discount of a line.
function takeOff(cents, text) {
  const { percent, amount } = readDiscount(text) || {}, isWrong = text && !percent && !amount;
  if (!text || !cents) return isWrong ? null : cents;
  const off = percent ? shareOf(cents, toCents(percent), 10_000n) : amount && toCents(amount);
  return isWrong || off > cents ? null : cents - off;
}

// Return what these units of a line have cost that an order keeps: what its deliveries cost together, less what those
// before did, or at the cost of one.
function costOfOrdered({ cost, unit_cost: each, ordered, arrived, given }, units, decimals) {
  if (cost === null) return each === null ? null : priceOf(units, toCents(each), decimals);
  const rest = findPrice(toCents(cost) * BigInt(arrived + units), ordered) - toCents(given);
  return rest < 0n ? 0n : rest;
}

// Return what goods cost of which nobody has typed the cost: that of those in stock on average.
function costOfProduct({ cost_price: price, stock_value: value, quantity, decimals }, units) {
  if (price) return priceOf(units, toCents(price), decimals);
  return value && quantity ? shareOf(toCents(value), units, quantity) : null;
}

// Return what the customer pays for units at the price of one: as charge() in core/money/currencies.py.
function charge(units, cents, decimals) {
  const exact = priceOf(units, cents, decimals);
  return decimals ? roundCents(exact) : exact;
}

// Return what a line costs. `agreed` is what an order or a quote has agreed on for the line, if somebody hands it out or
// changes it; a `total` that it kept has the price that was agreed for all of its units.
export function costOf({ row, units, typed, cost, off, agreed }, { sells, orders = false }) {
  if (cost) return readCents(cost);
  if (sells && row.total && !typed) return takeOff(toCents(row.total), off);
  if (units === null) return null;
  if (!sells && typed) return readCents(typed) === null ? null : priceOf(units, readCents(typed), row.decimals);
  if (orders && !row.cost_price) return undefined;
  if (!sells) return (agreed && costOfOrdered(agreed, units, row.decimals)) ?? costOfProduct(row, units);
  if (agreed?.total && !typed) return shareOf(toCents(agreed.total), units, agreed.units);
  const isSame = typed === agreed?.texts.unit_price;  // it may have a fraction that nobody can pay, and is repeated
  const cents = typed ? (isSame ? toCents : readCents)(typed) : toCents(row.price);
  return cents === null ? null : takeOff(charge(units, cents, row.decimals), off);
}

// Return the line as the scripts of tills have it, or null if nobody knows yet which VAT is added, or can pay so much: a
// scanned code may stand in the quantity for a moment.
function makeLine({ row, units, isWithTax }, cost, rates) {
  const rateOf = (product) => (isWithTax ? null : rates?.get(product));
  const parts = row.parts?.map(({ product, quantity, price, amount }) => ({
    product, each: quantity, price, decimals: amount?.split(".")[1]?.length || 0, rate: rateOf(product),
  }));
  const products = parts ? parts.map(({ product }) => product) : [row.id];
  if (toCents(toAmount(cost)) === null) return null;
  if (!rates) return { cost: toAmount(cost) };
  if (!products.every((product) => rates.has(product))) return null;
  return { product: row.id, quantity: units, cost: toAmount(cost), ...(parts ? { kit: row.id, parts } : { rate: rateOf(row.id) }) };
}

// Return what all lines cost, less the discount and with VAT, and this VAT: null if nobody can tell. `rates` are those
// of products, if VAT is added to some lines. `agreed` is the amount of the discount of an order, if `discount` is that, and `rest`
// what the order has besides these lines.
export function sumUp(lines, costs, { discount: text = "", rates, agreed = null, rest = 0n, extra = 0n }) {
  const found = lines.map((line, place) => [line, costs[place]]).filter(([, cost]) => cost !== undefined);
  const made = found.map(([line, cost]) => (cost === null ? null : makeLine(line, cost, rates)));
  const typed = agreed ? { amount: agreed, rest } : readDiscount(text), booking = { lines: made, discount: typed };
  if (made.includes(null) || typed === undefined || rest === null || extra === null) return { sum: null, tax: null };
  const whole = add(found.map(([, cost]) => cost)), off = findDiscount(booking), tax = findTax(booking);
  return off > whole ? { sum: null, tax: null } : { sum: whole - off + tax + extra, tax };
}
