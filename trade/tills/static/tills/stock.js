// What is in stock as far as this device knows: the catalogue, less what is sold and plus what came and is not sent yet.
import { getFinder } from "./catalogue.js";
import { listParts } from "./costs.js";

let unsent = new Map();  // units by product

export function setUnsent(rows) {
  unsent = new Map();
  rows.filter((row) => row.kind !== "count").forEach((row) => listParts(row.lines).forEach((line) => {
    const sign = row.kind === "sell" ? -1 : line.condition === "scrap" ? 0 : 1;
    unsent.set(line.product, (unsent.get(line.product) || 0) + line.quantity * sign);
  }));
}

export const keepsStock = (product) => product?.available !== null;  // a product that is archived by now may have kept it

// Return how much of a product, or how many whole kits there are. An archived part leaves no kit.
export function countStock(product) {
  if (!keepsStock(product)) return Infinity;
  if (!product.kit) return product.available + (unsent.get(product.id) || 0);
  return Math.max(Math.min(...product.parts.map(({ each, product: part }) => (part ? Math.floor(countStock(part) / each) : 0))), 0);
}

// Return whether the lines take more than there is of what this line takes.
export function isShortOf(line, lines) {
  const goods = listParts(lines), sum = (id) => goods.reduce((all, one) => all + (one.product === id ? one.quantity : 0), 0);
  return listParts([line]).some(({ product: id }) => {
    const product = getFinder().get(id);
    return sum(id) > (product ? countStock(product) : 0);
  });
}
