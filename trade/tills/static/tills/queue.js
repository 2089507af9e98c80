// The queue: every booking of this till, with its number. A row is written before anybody is told that it is sold.
import { now } from "./clock.js";
import { chargedPrice } from "./money.js";
import { say } from "./screen.js";
import { announce, ask, readAll, transact } from "./store.js";

const ROW_VERSION = 1;  // by which a later release, with other rows, recognises these
const MAX_NUMBER = 999_999;
// The most bookings that the server does not have yet. So no number is further above the server's last one, and the
// next device of this till can begin above all of them: see MAX_SKIPPED in models.py.
const MAX_UNFINISHED = 1000;
const KEPT_DAYS = 2;
export const UNSENT = ["waiting", "dropping"];
export const UNFINISHED = [...UNSENT, "settle"];

// The till may not give a further number.
class NoNumber extends Error {}

export const sayNotBooked = (error) => (error instanceof NoNumber ? error.message : say("not_stored", { reason: error?.message || error?.name }));

const PATHS = { sell: "/api/stock/operations/", receive: "/api/stock/operations/", count: "/api/stock/counts/" };

const listKit = (line) => ({
  kit: line.kit, movement_type: "OUT", quantity: line.quantity, unit_price: chargedPrice(line),
  parts: line.parts.map(({ product, each }) => ({ product, quantity: each })),
});

// Return the text of the body that books these lines. It is sent with exactly these bytes, each time.
export function writeBody({ kind, reference, at, lines, note, sheet, discount, payments, payment, customer }) {
  const entries = sheet && lines.map((line) => ({ product: line.product, quantity: line.quantity, counted_at: at, extra: true }));
  if (entries) return JSON.stringify({ entries });
  const lists = {
    sell: (line) => (line.kit ? listKit(line) : { product: line.product, movement_type: "OUT", quantity: line.quantity, unit_price: chargedPrice(line) }),
    receive: (line) => ({ product: line.product, movement_type: "IN", quantity: line.quantity }),
    count: (line) => ({ product: line.product, counted: line.quantity, counted_at: at }),
    return: (line) => ({ ...(line.kit ? { kit: line.kit } : { product: line.product }), quantity: line.quantity, condition: line.condition }),
  };
  const times = {
    sell: { reason: "sale", occurred_at: at }, receive: { reason: "purchase", occurred_at: at }, count: {},
    return: { occurred_at: at },
  };
  const paid = payments && { payments: payments.map(({ kind: by, amount, part, tendered, tip }) => (
    { kind: by, ...(part && { amount }), ...(tendered && { tendered }), ...(tip && { tip }) })) };
  const more = { ...(note && { note }), ...(discount && { discount }), ...(customer && { customer: customer.id }), ...paid, ...(payment && { payment }) };
  return JSON.stringify({ ...times[kind], reference, ...more, lines: lines.map(lists[kind]) });
}

function numberRow(row, till, number) {
  const reference = `till ${till.id} #${number}`;  // it is kept for ever, and the name of a till may be that of a person
  return { ...row, till: till.id, number, reference, shown: `${till.name} #${number}`, key: `${till.prefix}${String(number).padStart(6, "0")}` };
}

// Add bookings under the next numbers, in one transaction. Return their rows. `replaces` is the id of a row that moves
// behind them with its own number. A cart that is booked already is not booked again.
export async function addBookings(drafts, { replaces } = {}) {
  const rows = await transact(["state", "queue"], async (transaction) => {
    const state = transaction.objectStore("state"), queue = transaction.objectStore("queue");
    const till = await ask(state.get("till"));
    let next = await ask(state.get("next"));
    if (!till || next + drafts.length - 1 > MAX_NUMBER) throw new NoNumber(say("no_number"));
    const unfinished = await Promise.all(UNFINISHED.map((one) => ask(queue.index("state").count(one))));
    if (unfinished.reduce((sum, one) => sum + one) + drafts.length > MAX_UNFINISHED) throw new NoNumber(say("too_many_unsent", { number: MAX_UNFINISHED }));
    const added = [];
    for (const draft of drafts) {
      const present = draft.cart && await ask(queue.index("cart").get(draft.cart));
      added.push(present || await put(queue, makeRow(draft, till, next++)));
    }
    if (replaces) await moveToEnd(queue, replaces);
    await ask(state.put(next, "next"));
    return added;
  });
  announce("queue");
  return rows;
}

function makeRow(draft, till, number) {
  const row = numberRow({ version: ROW_VERSION, at: now().toISOString(), state: "waiting", ...draft }, till, number);
  return { ...row, path: row.sheet ? `/api/stock/sheets/${row.sheet}/entries/` : PATHS[row.kind], body: writeBody(row) };
}

// Return the sale of a return, if this device still has it.
export const findSale = ({ sale = "" }) =>
  transact(["queue"], (transaction) => ask(transaction.objectStore("queue").index("cart").get(sale)), "readonly");

// Return the address to which a row is sent. A return goes to the operation of its sale, which the sale has since it was
// sent. The address is empty if this device does not know it.
export function findPath(row, sale) {
  const operation = row.operation || sale?.operation;
  return row.kind === "return" ? operation && `/api/stock/operations/${operation}/return/` : row.path;
}

// Return the movement of each line of a sale that was booked, for kits that of the first part.
export function listMovements({ lines }, { movements }) {
  const sold = movements.filter((one) => one.movement_type === "OUT");
  return lines.map(({ parts }) => sold.splice(0, parts?.length || 1)[0].id);
}

// Return the body of a row. That of a return names the movements of its sale, which the sale has since it was sent, or the
// place of kits among those of the sale. What a page of an earlier release has written stays as it is.
export function nameMovements({ kind, body, lines }, sale) {
  if (kind !== "return" || !sale?.movements || !lines.every((line) => (line.parts?.[0] ?? line).given)) return body;
  const written = JSON.parse(body);
  return JSON.stringify({ ...written, lines: written.lines.map((line, at) => {
    const { kit, place } = lines[at], entry = sale.lines.slice(0, place).filter((one) => one.kit).length;
    return { ...line, ...(kit ? { entry } : { movement: sale.movements[place] }) };
  }) });
}

const put = async (queue, row) => ({ ...row, id: await ask(queue.put(row)) });

async function moveToEnd(queue, id) {
  const { id: _, ...row } = await ask(queue.get(id));
  await ask(queue.delete(id));
  await put(queue, { ...row, state: "waiting", refusal: null });
}

export const listRows = () => readAll("queue");

// Return the oldest row that has to be sent, but `failed` and what belongs to it.
export function findUnsent(failed) {
  const isOther = (row) => row.id !== failed?.id && !(failed?.cart && row.sale === failed.cart);
  return transact(["queue"], async (transaction) => {
    const index = transaction.objectStore("queue").index("state");
    const rows = await Promise.all(UNSENT.map((state) => ask(failed ? index.getAll(state) : index.getAll(state, 1))));
    return rows.flat().filter(isOther).sort((one, other) => one.id - other.id)[0];
  }, "readonly");
}

// Change fields of a row that still has the expected state. Return whether it had.
export async function changeRow(row, fields, expected = row.state) {
  const isChanged = await transact(["queue"], async (transaction) => {
    const queue = transaction.objectStore("queue");
    const present = await ask(queue.get(row.id));
    if (present?.state !== expected) return false;
    await ask(queue.put({ ...present, ...fields }));
    return true;
  });
  announce("queue");
  return isChanged;
}

// Give a refused booking the next number, because its own is that of another booking.
export async function giveNewNumber(row) {
  await transact(["state", "queue"], async (transaction) => {
    const state = transaction.objectStore("state"), next = await ask(state.get("next"));
    await ask(state.put(next + 1, "next"));
    const renumbered = renumber(row, await ask(state.get("till")), next);
    await ask(transaction.objectStore("queue").put({ ...renumbered, state: "waiting", refusal: null }));
  });
  announce("queue");
}

function renumber(row, till, number) {
  const changed = numberRow(row, till, number);
  return { ...changed, body: row.sheet ? row.body : JSON.stringify({ ...JSON.parse(row.body), reference: changed.reference }) };
}

// Make this the device's till. `found` says what the server knows of the old till's numbers: what it has is done, and
// the rest gets numbers of the new till. All of it is one transaction.
export async function adoptTill(till, nextNumber, found) {
  await transact(["state", "queue", "products"], async (transaction) => {
    const [state, queue] = [transaction.objectStore("state"), transaction.objectStore("queue")];
    const [old, own] = [await ask(state.get("till")), await ask(state.get("next"))];
    let next = old?.id === till.id ? Math.max(own, nextNumber) : nextNumber;
    for (const row of await ask(queue.getAll())) {
      if (row.till === till.id) continue;
      if (!UNFINISHED.includes(row.state)) await ask(queue.delete(row.id));
      else if (found.dropped.includes(row.number)) await ask(queue.put({ ...row, state: "dropped", done_at: till.paired_at }));
      else if (isBooked(row, found)) await ask(queue.put({ ...row, state: row.outdated ? row.state : "sent", done_at: till.paired_at }));
      else await ask(queue.put({ ...renumber(row, till, next++), state: row.state === "dropping" ? "settle" : row.state }));
    }
    if (old?.shop?.owner !== till.shop.owner) {
      transaction.objectStore("products").clear();
      await ask(state.delete("feed"));
      await ask(state.delete("kits"));
      await ask(state.delete("parked"));
    }
    await ask(state.put(till, "till"));
    await ask(state.put(next, "next"));
    await ask(state.delete("stopped"));
  });
  ["till", "queue", "catalogue"].forEach(announce);
}

const isBooked = ({ number }, found) => number <= found.last && !found.missing.includes(number)
  && !found.unproven.some(({ first, last }) => first <= number && number <= last);

export async function forgetOldRows() {
  const end = now().getTime() - KEPT_DAYS * 86_400_000;
  await transact(["queue"], async (transaction) => {
    const queue = transaction.objectStore("queue"), rows = await ask(queue.getAll());
    const needed = new Set(rows.filter((row) => UNFINISHED.includes(row.state)).map((row) => row.sale).filter(Boolean));
    for (const row of rows.filter((one) => !needed.has(one.cart))) {
      if (!UNFINISHED.includes(row.state) && Date.parse(row.done_at || row.at) < end) await ask(queue.delete(row.id));
    }
  });
}
