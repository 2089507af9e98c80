// What can come back of a sale of this device.
import { listParts, takeKits } from "./costs.js";
import { listCosts } from "./discounts.js";
import { shareOf, toAmount } from "./money.js";

// Return the returns of the sale among the rows.
const listReturns = (sale, rows) =>
  rows.filter((row) => row.kind === "return" && row.sale === sale.cart && !["dropping", "dropped"].includes(row.state));

// Return the place of the line of the sale that a line of a return takes back.
const findPlace = ({ lines }, one) => one.place ?? lines.findIndex((line) => line.product === one.product);

// Return whether a return can name the movements of the sale. If a page of an earlier release has sent the sale, the till
// does not know them: what comes back of a product is then shared over all of its pieces, as that page did.
export const namesMovements = ({ operation, movements }) => Boolean(movements || !operation);

// Return what was paid for `all` units of each line or part, how many came back `before`, and for how much: `given`.
function sumLines(sale, returns) {
  const costs = listCosts(sale), parts = sale.lines.map((line) => listParts([line]).map((part) => ({
    rate: part.rate, product: part.product, each: part.each, all: part.quantity, cents: costs.shift(), before: 0, given: 0n,
  })));
  for (const line of returns.flatMap((row) => row.lines)) {
    const own = parts[findPlace(sale, line)], { quantity: kits } = sale.lines[findPlace(sale, line)];
    takeKits(own, own.map(({ each = 1 }) => each * line.quantity), line.kit ? kits : 0).forEach((cents, place) => {
      own[place].before += (own[place].each ?? 1) * line.quantity;
      own[place].given += cents;
    });
  }
  return parts;
}

// Return the same if it is shared over all pieces of each product.
function sumProducts(sale, returns) {
  const products = new Map(), own = sumLines(sale, []);
  own.flat().forEach(({ product, rate, all, cents }) => {
    const one = products.get(product) || { rate, all: 0, cents: 0n, before: 0 };
    products.set(product, Object.assign(one, { all: one.all + all, cents: one.cents + cents }));
  });
  const back = returns.flatMap((row) => listParts(row.lines));
  back.forEach(({ product, quantity }) => { products.get(product).before += quantity; });
  products.forEach((one) => { one.given = shareOf(one.cents, one.before, one.all); });
  return own.map((parts) => parts.map(({ product }) => products.get(product)));
}

const sumSale = (sale, returns) => (namesMovements(sale) ? sumLines : sumProducts)(sale, returns);

// Return the lines of a sale as they come back: with what was sold of each, what came back already, and what was paid.
export function listReturnable(sale, rows = []) {
  const returns = listReturns(sale, rows), sums = sumSale(sale, returns), own = namesMovements(sale);
  const describe = ({ all, cents, before, given }) => ({ paid: toAmount(cents), all, before, ...(own && { given: toAmount(given) }) });
  return sale.lines.map((line, place) => {
    const back = returns.flatMap((row) => row.lines).filter((one) => findPlace(sale, one) === place).reduce((sum, one) => sum + one.quantity, 0);
    const [first] = sums[place].map(describe), quantity = Math.max(line.quantity - back, 0);
    const paid = line.kit ? { parts: line.parts.map((part, at) => ({ ...part, ...describe(sums[place][at]) })) } : first;
    return { ...line, place, sold: line.quantity, back, quantity, condition: "resell", ...paid };
  });
}

// Return the lines of which something can still come back, and what came back `before` of those with VAT.
export function startReturn(sale, rows) {
  const sums = new Set(sumSale(sale, listReturns(sale, rows || [])).flat());
  const before = [...sums].filter(({ rate, given }) => rate && given).map(({ rate, given }) => ({ rate, cost: toAmount(given) }));
  return { lines: listReturnable(sale, rows).filter((line) => line.quantity), before };
}
