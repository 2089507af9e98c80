// What can come back of a sale of this device.
import { add, costOf, listParts } from "./costs.js";
import { listCosts } from "./discounts.js";
import { toAmount } from "./money.js";

// Return the returns of the sale among the rows.
const listReturns = (sale, rows) =>
  rows.filter((row) => row.kind === "return" && row.sale === sale.cart && !["dropping", "dropped"].includes(row.state));

// Return the units of the line at this place that the returns have.
function countBack({ lines }, place, returns) {
  const isOfLine = (one) => (one.place ?? lines.findIndex((line) => line.product === one.product)) === place;
  return returns.flatMap((row) => row.lines).filter(isOfLine).reduce((sum, one) => sum + one.quantity, 0);
}

// Return the lines of a sale as they come back: with what was sold of each, what came back already, and what was paid.
export function listReturnable(sale, rows = []) {
  const costs = listCosts(sale), returns = listReturns(sale, rows);
  return sale.lines.map((line, place) => {
    const back = countBack(sale, place, returns), rest = Math.max(line.quantity - back, 0);
    const paid = costs.splice(0, line.parts?.length || 1), parts = line.parts?.map((part, at) => ({ ...part, paid: toAmount(paid[at]) }));
    return { ...line, place, sold: line.quantity, back, quantity: rest, condition: "resell", paid: toAmount(add(paid)), ...(parts && { parts }) };
  });
}

// Return the lines of which something can still come back, and what came back `before` of those with VAT.
export function startReturn(sale, rows) {
  const lines = listReturnable(sale, rows), earlier = listParts(lines.map((line) => ({ ...line, quantity: line.back, back: 0 })));
  const taxed = earlier.filter(({ rate, quantity }) => rate && quantity);
  const before = taxed.map((line) => ({ rate: line.rate, cost: toAmount(costOf(line)) }));
  return { lines: lines.filter((line) => line.quantity), before };
}
