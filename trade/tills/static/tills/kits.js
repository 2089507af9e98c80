// Kits of the catalogue. The till finds and sells them like products, and they have no stock: their parts have.
import { add } from "./costs.js";
import { priceOf, toAmount, toCents } from "./money.js";

// Return a kit with its parts among the products. Without a price of its own it costs what its parts do together.
export function makeKit({ id, name, sku, barcode, price, parts: rows }, products) {
  const parts = rows.map(({ product, quantity }) => ({ id: product, each: quantity, product: products.get(product) }));
  const costs = parts.map(({ each, product }) => (product ? priceOf(each, toCents(product.price), product.decimals) : 0n));
  const isCounted = parts.some(({ product }) => product?.available !== null);
  return {
    id: `kit ${id}`, kit: id, name, sku, barcode, price: price ?? toAmount(add(costs)), parts, available: isCounted ? 0 : null,
    codes: [], decimals: 0, unit: "",
  };
}

// Return what a line keeps of the parts. Whatever becomes of the kit, these are sold.
export const keepParts = ({ name, parts }, findRate) => parts.map(({ id, each, product }) => {
  const { decimals = 0, unit = "", price = "0.00" } = product || {}, rate = product && findRate(product);
  return { product: id, each, name: product?.name || name, decimals, unit, price, ...(rate && { rate }) };
});

// Return whether the kit has other parts by now than the line.
export const hasOtherParts = (line, kit) => {
  const write = (parts, key) => JSON.stringify(parts.map((part) => [part[key], part.each]).sort());
  return write(line.parts, "product") !== write(kit.parts, "id");
};
