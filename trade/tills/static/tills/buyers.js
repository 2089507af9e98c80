// The customer of a sale. The till keeps no customers: it finds them with a network, and the sale keeps the one it has.
import { request } from "./api.js";
import { getFeed, learnGroups } from "./catalogue.js";
import { find, say } from "./screen.js";
import { read } from "./store.js";

const WAIT_MS = 250, MIN_LENGTH = 2;
let found = new Map(), timer, asked = "";

const nameOf = ({ name, phone, email, id }) => `${name} (${phone || email || `#${id}`})`;

export function fillBuyer(customer) {
  find("#buyer").value = customer ? customer.text : "";
  drawState("");
}

function drawState(text, isWrong = false) {
  find("#buyer-state").textContent = text;
  find("#buyer").ariaInvalid = isWrong ? "true" : null;
}

// Let the field find customers while somebody types. `changed` draws the cart, of which `customer` is the one that is chosen.
export function startBuyers(getCart, changed) {
  const field = find("#buyer");
  field.addEventListener("input", () => {
    clearTimeout(timer);
    choose(getCart(), field.value.trim());
    changed();
    if (!getCart().customer && field.value.trim().length >= MIN_LENGTH) timer = setTimeout(() => search(field.value.trim()), WAIT_MS);
  });
}

function choose(cart, text) {
  const row = found.get(text);
  cart.customer = row ? { id: row.id, text, group: row.price_group } : null;
  cart.save();
  drawState(text && !row ? say("choose_buyer") : "", Boolean(text && !row));
}

async function search(text) {
  asked = text;
  const till = await read("till"), fields = ["id", "name", "phone", "email", ...(getFeed()?.price_groups?.length ? ["price_group"] : [])];
  const query = new URLSearchParams({ search: text, page_size: 10, fields });
  const answer = await request(`/api/customers/?${query}`, { key: till?.key }).catch(() => null);
  if (asked !== text) return;
  if (answer?.status !== 200) return drawState(say("buyers_offline"), true);
  await learnGroups(answer.data.results.map((row) => row.price_group));
  if (asked !== text) return;
  found = new Map(answer.data.results.map((row) => [nameOf(row), row]));
  find("#buyers").replaceChildren(...[...found.keys()].map((name) => new Option(name, name)));
}
