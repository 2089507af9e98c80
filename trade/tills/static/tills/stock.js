// What is in stock as far as this device knows: the catalogue, less what is sold and plus what came and is not sent yet.
let unsent = new Map();  // units by product

export function setUnsent(rows) {
  unsent = new Map();
  rows.filter((row) => row.kind !== "count").forEach((row) => row.lines.forEach((line) => {
    const sign = row.kind === "sell" ? -1 : line.condition === "scrap" ? 0 : 1;
    unsent.set(line.product, (unsent.get(line.product) || 0) + line.quantity * sign);
  }));
}

export const keepsStock = (product) => product?.available !== null;  // a product that is archived by now may have kept it
export const countStock = (product) => (keepsStock(product) ? product.available + (unsent.get(product.id) || 0) : Infinity);
