// Amounts of money as whole cents, and in the format of the shop: 1,234.50 EUR or 1.234,50 EUR. Amounts of goods as
// whole base units, such as grams of a product that is sold by the kilogram.
const MAX_STEPS = 200;
const MAX_CENTS = 999_999_999_999n;
const format = { sign: ".", currency: "", isWhole: false };

// `isWhole` says whether the currency has no decimals: money is then shown, typed and charged in whole amounts.
export function setFormat(sign, currency, isWhole) {
  Object.assign(format, { sign, currency, isWhole });
}

// Return the cents of an amount such as 12, 12.5 or 12,50, or null if it is none.
export function toCents(text) {
  const match = /^\s*(\d{1,12})(?:[.,](\d{1,2}))?\s*$/.exec(text);
  const cents = match && BigInt(match[1]) * 100n + BigInt((match[2] || "").padEnd(2, "0"));
  return cents <= MAX_CENTS ? cents : null;
}

// Return the cents of an amount that somebody has typed, or null if it is none of the shop's currency. In a currency
// without decimals, 1.990 and 1,990 are 1990, as for read_money() in core/kinds.py.
export function readCents(text) {
  const isGrouped = format.isWhole && /^\s*\d{1,3}(?:(?:,\d{3}){1,3}|(?:\.\d{3}){1,3})\s*$/.test(text);
  const cents = toCents(isGrouped ? text.replace(/[.,]/g, "") : text);
  return cents !== null && format.isWhole && cents % 100n ? null : cents;
}

// Return the cents rounded half up to an amount of the currency, as round_money() in core/money/currencies.py.
export const roundCents = (cents) => (format.isWhole ? (cents + 50n) / 100n * 100n : cents);

// Return the amount as it is sent, which people can type too.
export const toAmount = (cents) => `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
export const toTyped = (amount) => (format.isWhole ? amount.replace(/\.00$/, "") : amount).replace(".", format.sign);

export function writeMoney(cents) {
  const [whole, rest] = toAmount(roundCents(cents)).split("."), isComma = format.sign === ",";
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, isComma ? "." : ",");
  return `${grouped}${format.isWhole ? "" : format.sign + rest} ${format.currency}`.trim();
}

// Return the quantity of base units of {number, places}, or null if it has more decimals than the product.
export function countUnits({ number, places }, decimals) {
  const units = number * 10 ** Math.max(decimals - places, 0), parts = 10 ** Math.max(places - decimals, 0);
  return units % parts ? null : units / parts;
}

// Return the base units of a typed amount such as 12, 0.25 or 0,25, or null if it is none of the product.
export function toUnits(text, decimals = 0) {
  const [, whole, rest = ""] = /^\s*(\d{1,10})(?:[.,](\d{1,6}))?\s*$/.exec(text) || [];
  return whole && (decimals || !rest) ? countUnits({ number: Number(whole + rest), places: rest.length }, decimals) : null;
}

// Return the quantity of base units as an amount, as people type it.
export function toTypedUnits(quantity, decimals = 0) {
  const digits = String(quantity).replace("-", "").padStart(decimals + 1, "0"), end = digits.length - decimals;
  const amount = decimals ? `${digits.slice(0, end)}${format.sign}${digits.slice(end)}` : digits;
  return quantity < 0 ? `-${amount}` : amount;
}

export const writeUnits = (quantity, { decimals, unit }) => `${toTypedUnits(quantity, decimals)} ${decimals ? unit : ""}`.trim();

// Return the price of a product or a line, which is that of one unit.
export const writePrice = ({ price, decimals, unit }) => writeMoney(toCents(price)) + (decimals && unit ? ` / ${unit}` : "");

// Return what base units cost at the price of one unit, rounded half up, as price_of() in core/money/amounts.py.
export function priceOf(quantity, cents, decimals = 0) {
  const parts = 10n ** BigInt(decimals);
  return (BigInt(quantity) * cents + parts / 2n) / parts;
}

// Return what the customer pays for base units at the price of one unit: an amount of the currency.
export const chargeOf = (quantity, cents, decimals = 0) => roundCents(priceOf(quantity, roundCents(cents), decimals));

// Return the price of one unit at which the line costs what is charged for it, as find_charged_price() in
// core/money/currencies.py.
export function chargedPrice({ quantity, price, decimals }) {
  const cents = roundCents(toCents(price)), charged = chargeOf(quantity, cents, decimals);
  return toAmount(!quantity || priceOf(quantity, cents, decimals) === charged ? cents : findPrice(charged, quantity, decimals));
}

// Return the part of a value that some of its units have, rounded half up. It is a whole amount if the value is one, in a
// currency without decimals: as PART in stock/models/sql_sales.py.
export function shareOf(value, units, all) {
  const step = format.isWhole && value % 100n === 0n ? 100n : 1n, parts = 2n * BigInt(all) * step;
  return (2n * value * BigInt(units) + BigInt(all) * step) / parts * step;
}

// Return a percentage, which has two decimals, rounded half up to a multiple of the step.
export const percentOf = (cents, percent, step) => (2n * cents * percent + 10_000n * step) / (20_000n * step) * step;

// Return the price less a percentage, which has two decimals.
export const lowerPrice = (cents, percent) => cents - percentOf(cents, percent, format.isWhole ? 100n : 1n);

// Return the change of cash that is handed over for an amount and a tip.
export const changeOf = ({ tendered, amount, tip }) => tendered - amount - (tip || 0n);

// Return whether a price may be a mistake, beside the usual one: as find_doubt() in core/money/currencies.py.
export const isDoubtful = (cents, usual) => cents === 0n || (usual > 0n && cents >= usual * 10n);

// Return the price of one unit at which base units cost the total.
export function findPrice(total, quantity, decimals = 0) {
  const units = BigInt(quantity);
  return (2n * total * 10n ** BigInt(decimals) + units) / (2n * units);
}

// Return the quantity that costs the total at about this price, and the price at which it costs exactly the total: a
// scale has printed the total, and not the weight. Above one unit not every quantity has such a price.
export function splitTotal(total, listed, decimals) {
  if (!decimals) return { quantity: 1, cents: total };
  if (!listed) return { quantity: null, cents: listed };
  const middle = Math.max(Number(findPrice(total, listed, decimals)), 1);
  for (let step = 0; step <= MAX_STEPS; step += 1) {
    const quantity = Math.max(middle + (step % 2 ? 1 : -1) * Math.ceil(step / 2), 1);
    const cents = priceOf(quantity, listed, decimals) === total ? listed : findPrice(total, quantity, decimals);
    if (priceOf(quantity, cents, decimals) === total) return { quantity, cents };
  }
  return { quantity: middle, cents: findPrice(total, middle, decimals) };
}

export const isWholeCurrency = () => format.isWhole;
