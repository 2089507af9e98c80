// What is being sold, received, counted or returned. A reload keeps it. Its id makes sure that it is booked once, even if the
// browser is killed after the booking was written and before the cart was emptied.
import { findRate } from "./catalogue.js";
import { keepParts } from "./kits.js";
import { splitTotal, toAmount, toCents } from "./money.js";

const MAX_LINES = 500;  // as many as a counting sheet takes at once; parts of kits count as lines
export const MAX_QUANTITY = 1_000_000_000;

function read(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place));
  } catch {
    return null;
  }
}

// Return how much of a line of a sale can come back.
export const countLeft = ({ sold, back = 0 }) => sold - back;

export class Cart {
  constructor(kind) {
    this.kind = kind;
    this.place = `till cart ${kind}`;
    // A duplicated tab has copies of the carts. Only one with lines keeps its id: an empty one will be another sale.
    const kept = read(this.place);
    Object.assign(this, kept?.lines.length ? kept : { id: crypto.randomUUID(), lines: [] });
  }

  save() {
    try {
      sessionStorage.setItem(this.place, JSON.stringify({
        id: this.id, lines: this.lines, sale: this.sale, before: this.before, discount: this.discount, payment: this.payment,
        customer: this.customer, name: this.name,
      }));
    } catch {}  // a browser that stores nothing keeps the cart until the page is left
  }

  // Add what a code stands for. A code with a price sells what this price buys, at exactly this price. Return the line and
  // what was added to it.
  take({ product, quantity, total = null }) {
    if (total === null || this.kind !== "sell") {
      const units = total !== null && !product.decimals ? 1 : quantity;
      return { line: this.add(product, units), quantity: units };
    }
    const bought = splitTotal(total, toCents(product.price), product.decimals);
    const line = this.add(product, bought.quantity, { price: toAmount(bought.cents), total: toAmount(total) });
    return { line, quantity: bought.quantity };
  }

  // Add units of a product to its line, or a new line. Return the line, or null if the cart is full. Each package that is
  // sold by weight has a line and a price of its own. The quantity is null until somebody enters it.
  add(product, quantity, { price = product.price, total = null } = {}) {
    const isPackage = this.kind === "sell" && (product.decimals > 0 || total !== null);
    let line = isPackage ? null : this.lines.find((one) => one.product === product.id && !one.total);
    const count = ({ parts }) => parts?.length || 1;
    if (!line && this.lines.reduce((sum, one) => sum + count(one), count(product)) > MAX_LINES) return null;
    if (!line) {
      const { id, name, sku, decimals = 0, unit = "", kit } = product, rate = this.kind === "sell" && findRate(product);
      const more = kit ? { kit, parts: keepParts(product, findRate) } : rate && { rate };
      line = { product: id, name, sku, decimals, unit, quantity: null, price, listed: product.price, total, isTyped: total !== null, ...more };
      this.lines.unshift(line);
    }
    if (quantity !== null) line.quantity = Math.min((line.quantity ?? 0) + quantity, MAX_QUANTITY);
    this.save();
    return line;
  }

  setCondition(line, condition) {
    line.condition = condition;
    this.save();
  }

  remove(line) {
    this.lines = this.lines.filter((one) => one !== line);
    this.save();
  }

  clear() {
    Object.assign(this, { id: crypto.randomUUID(), lines: [], sale: null, before: null, discount: null, payment: null, customer: null, name: "" });
    this.save();
  }

  // Take what startReturn() has found of a sale. Nothing comes back until somebody says so.
  fillFrom({ cart, operation, reference, shown, payments }, { lines, before }) {
    this.clear();
    Object.assign(this, { sale: { cart, operation, reference, shown, payments }, lines: lines.map((line) => ({ ...line, quantity: 0 })), before });
    this.save();
  }

  // Let all come back that is left of the sale.
  takeAll() {
    this.lines.forEach((line) => { line.quantity = countLeft(line); });
    this.save();
  }

  // Go on with a sale that was parked.
  fillWith({ id, lines, discount, customer, name }) {
    Object.assign(this, { id, lines, discount, customer, name });
    this.save();
  }
}
