// The price that applies to goods: the lowest of the list price, of the rows that are in force, and of the list price less
// the percent of the customer's group, as in trade/prices/applying.py. The page Sell uses it, too.
import { isWholeCurrency, percentOf, toAmount, toCents } from "./money.js";

const isOn = ({ starts_on: first, ends_on: last }, day) => (!first || first <= day) && (!last || day <= last);

// Return the price of one of goods with this list price, and what makes it: `list`, `row` or `percent`. `group` is a live
// price group, or nothing, and the quantities are in base units.
export function findApplied({ listed, rows = [], quantity, group, day }) {
  let best = { cents: toCents(listed), from: "list" };
  const offer = (cents, from) => { if (cents < best.cents) best = { cents, from }; };
  const applies = (row) => [null, group?.id].includes(row.price_group) && (row.from ?? 0) <= quantity && isOn(row, day);
  rows.filter(applies).forEach((row) => offer(toCents(row.price), "row"));
  if (toCents(group?.percent ?? "0")) offer(percentOf(toCents(listed), 10_000n - toCents(group.percent), isWholeCurrency() ? 100n : 1n), "percent");
  return { price: toAmount(best.cents), from: best.from };
}

// Return the rows by the ids of products and kits, as the scripts name them.
export function groupRows(rows) {
  const found = new Map();
  rows.forEach((row) => {
    const id = row.product ?? `kit ${row.kit}`;
    found.has(id) ? found.get(id).push(row) : found.set(id, [row]);
  });
  return found;
}

// Return how much of each of the goods the lines sell, also at prices of their own: [goods, quantity].
export function addQuantities(lines) {
  const sums = new Map();
  lines.forEach(([goods, quantity]) => sums.set(goods, (sums.get(goods) || 0) + (quantity || 0)));
  return sums;
}
