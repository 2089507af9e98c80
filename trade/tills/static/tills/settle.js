// What a person decides about a refused booking: count the shelf and book it again, say that nobody counts this, send it
// again, or drop it.
import { request } from "./api.js";
import { now } from "./clock.js";
import { listParts } from "./costs.js";
import { hasOtherParts } from "./kits.js";
import { writePrice } from "./money.js";
import { addBookings, changeRow, giveNewNumber } from "./queue.js";

const MAX_SALE_LENGTH = 90_000;  // the server keeps no larger ones

// Book a count under a new number, then the refused sale under its own. The ledger does not have the sale yet, so what
// it took is added to what is on the shelf now. `shelf` has the numbers on the shelf by product.
export async function countAndBookAgain(row, shelf, note) {
  const sold = addSame(listParts(row.lines).filter((line) => shelf.has(line.product)));
  const lines = sold.map((line) => ({ ...line, quantity: shelf.get(line.product) + line.quantity }));
  await addBookings([{ kind: "count", lines, note, settles: row.number }], { replaces: row.id });
}

// Book a new count of the products whose later count is booked already. `shelf` has the numbers on the shelf by product.
export async function countAgain(row, shelf) {
  const lines = listOutdated(row).map((line) => ({ ...line, quantity: shelf.get(line.product) }));
  await addBookings([{ kind: "count", lines }]);
  await keepLater(row);
}

// Return one line for each product, with what all of its lines took.
export function addSame(lines) {
  const found = new Map();
  lines.forEach((line) => found.set(line.product, { ...line, quantity: (found.get(line.product)?.quantity || 0) + line.quantity }));
  return [...found.values()];
}

export const listOutdated = (row) => row.lines.filter((line) => row.outdated?.includes(line.product));

export const keepLater = (row) => changeRow(row, { state: "sent", done_at: now().toISOString() });

export function bookAgain(row) {
  return row.refusal.code === "idempotency_key_reused" ? giveNewNumber(row) : changeRow(row, { state: "waiting", refusal: null });
}

// Save that nobody counts what was short, as who has signed in here, and book the sale again. Otherwise a page asks.
export async function stopCounting(row) {
  const lines = row.refusal.short.map((id) => ({ id, keeps_stock: false }));
  const answer = await request("/api/products/edits/", { method: "POST", body: JSON.stringify({ lines }) }).catch(() => null);
  if (answer?.status === 201) return bookAgain(row);
  location.assign(`/shop/edit/keeps-stock/?${new URLSearchParams(row.refusal.short.map((id) => ["product", id]))}`);
}

export function drop(row, note) {
  const sale = row.body.length < MAX_SALE_LENGTH ? JSON.parse(row.body) : null;
  const body = JSON.stringify({ number: row.number, note, sale });
  return changeRow(row, { state: "dropping", drop: { key: crypto.randomUUID(), body, note } });
}

// Return what has changed since the lines were sold: [text's name, values].
export function listChanges(row, finder) {
  return row.lines.flatMap((line) => {
    const product = finder.get(line.product);
    if (!product) return [["archived", { name: line.name }]];
    const gone = (line.parts || []).filter((part) => !finder.get(part.product));
    const isRenamed = product.name !== line.name, isPriced = row.kind === "sell" && product.price !== line.listed;
    return [
      ...gone.map(({ name }) => ["archived", { name }]),
      ...(line.kit && hasOtherParts(line, product) ? [["parts_changed", { name: product.name }]] : []),
      ...(isRenamed ? [["renamed", { name: line.name, now: product.name }]] : []),
      ...(isPriced ? [["repriced", { name: product.name, price: writePrice({ ...line, price: line.listed }), now: writePrice(product) }]] : []),
    ];
  });
}
