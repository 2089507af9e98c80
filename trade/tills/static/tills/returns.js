// What can come back of a sale of this device.
import { listParts } from "./costs.js";
import { listCosts } from "./discounts.js";
import { shareOf, toAmount } from "./money.js";

// Return the returns of the sale among the rows.
const listReturns = (sale, rows) =>
  rows.filter((row) => row.kind === "return" && row.sale === sale.cart && !["dropping", "dropped"].includes(row.state));

// Return the units of the line at this place that the returns have.
function countBack({ lines }, place, returns) {
  const isOfLine = (one) => (one.place ?? lines.findIndex((line) => line.product === one.product)) === place;
  return returns.flatMap((row) => row.lines).filter(isOfLine).reduce((sum, one) => sum + one.quantity, 0);
}

// Return what was paid for `all` units of each product, and how many came back `before`: as stock/sales/sql.py, the till
// gives back the same part of it for each unit, alone or in a kit.
function sumProducts(sale, returns) {
  const costs = listCosts(sale), products = new Map();
  listParts(sale.lines).forEach(({ product, rate, quantity }, place) => {
    const { all, cents } = products.get(product) || { all: 0, cents: 0n };
    products.set(product, { rate, all: all + quantity, cents: cents + costs[place], before: 0 });
  });
  const back = returns.flatMap((row) => listParts(row.lines));
  back.forEach(({ product, quantity }) => { products.get(product).before += quantity; });
  return products;
}

function describe({ all, cents, before }) {
  return { paid: toAmount(cents), all, before };
}

// Return the lines of a sale as they come back: with what was sold of each, what came back already, and what was paid.
export function listReturnable(sale, rows = []) {
  const returns = listReturns(sale, rows), products = sumProducts(sale, returns), find = ({ product }) => describe(products.get(product));
  return sale.lines.map((line, place) => {
    const back = countBack(sale, place, returns), rest = Math.max(line.quantity - back, 0);
    const paid = line.kit ? { parts: line.parts.map((part) => ({ ...part, ...find(part) })) } : find(line);
    return { ...line, place, sold: line.quantity, back, quantity: rest, condition: "resell", ...paid };
  });
}

// Return the lines of which something can still come back, and what came back `before` of those with VAT.
export function startReturn(sale, rows) {
  const taxed = [...sumProducts(sale, listReturns(sale, rows || [])).values()].filter(({ rate, before }) => rate && before);
  const before = taxed.map((one) => ({ rate: one.rate, cost: toAmount(shareOf(one.cents, one.before, one.all)) }));
  return { lines: listReturnable(sale, rows).filter((line) => line.quantity), before };
}
