// Sales that wait for their customer: they are kept on the device, and any of its tabs takes them up again.
import { now } from "./clock.js";
import { say } from "./screen.js";
import { announce, ask, read, transact } from "./store.js";

const MAX_PARKED = 50;

export const listParked = async () => (await read("parked")) || [];

// Without a name, a parked sale has that of its customer, or of the first of its goods.
export function nameParked({ name, customer, lines }) {
  const goods = lines.at(-1).name;
  return name || customer?.text || (lines.length > 1 ? say("several_goods", { name: goods }) : goods);
}

// Change the list in one transaction, and return what `change` returns.
async function changeParked(change) {
  const result = await transact(["state"], async (transaction) => {
    const state = transaction.objectStore("state"), parked = (await ask(state.get("parked"))) || [];
    const found = change(parked);
    await ask(state.put(parked, "parked"));
    return found;
  });
  announce("parked");
  return result;
}

// Keep the cart, and return whether there was room.
export function park({ id, lines, discount, customer, name }) {
  return changeParked((parked) => {
    const others = parked.filter((one) => one.id !== id);
    if (others.length >= MAX_PARKED) return false;
    parked.splice(0, parked.length, ...others, { id, lines, discount, customer, name, at: now().toISOString() });
    return true;
  });
}

// Remove a parked sale and return it, or nothing if another tab has taken it.
export const takeUp = (id) => changeParked((parked) => {
  const place = parked.findIndex((one) => one.id === id);
  return place < 0 ? undefined : parked.splice(place, 1)[0];
});
