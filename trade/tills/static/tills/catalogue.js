// The copy of the shop's products: read as a whole every quarter of an hour, and repaired by the feed of events.
import { NoAnswer, request } from "./api.js";
import { Finder } from "./finder.js";
import { announce, ask, read, readAll, transact } from "./store.js";

const FULL_READ_MS = 15 * 60_000;
const MAX_REPAIRED = 500;  // ids in one request
const LOCK = "till-catalogue";
let finder = new Finder([]);
let feed = null;

export const getFinder = () => finder;
export const getFeed = () => feed;

// Return the rate of VAT that is added to the price of the product, if the prices of the shop are net.
export const findRate = ({ tax }) => feed?.taxes?.find((one) => one.id === tax)?.rate;

export async function loadCatalogue() {
  feed = await read("feed");
  finder = new Finder(await readAll("products"), feed?.scale_codes);
}

// Bring the copy up to date, from one tab at a time. Without a network it stays as it is.
export async function refreshCatalogue({ isForced = false } = {}) {
  const till = await read("till");
  if (!till || await read("stopped")) return;
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    const present = await read("feed");
    const isOld = !present?.taxes || Date.now() - present.read_at > FULL_READ_MS || present.read_at > Date.now();
    try {
      if (isForced || isOld) await readWhole(till);
      else await repair(till, present);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    }
  });
}

async function get(path, till, expected = [200]) {
  const answer = await request(path, { key: till.key });
  if (!expected.includes(answer.status) || !answer.data) throw new NoAnswer(`${answer.status} ${path}`);
  return answer.data;
}

async function readWhole(till) {
  const products = [];
  let first = null;
  for (let next = 0; next !== null;) {
    const page = await get(`/api/tills/catalogue/${next ? `?after=${next}` : ""}`, till);
    first ||= page;
    products.push(...page.products);
    ({ next } = page);
  }
  const sheets = await readSheets(till);
  const { products: _, next: __, ...shop } = first;
  await save(till, { taxes: [], ...shop, read_at: Date.now(), sheets }, (store) => {  // release 1.1.0 sends no `taxes`
    store.clear();
    products.forEach((product) => store.put(product));
  });
  finder = new Finder(products, first.scale_codes);
  announce("catalogue");
}

// Return the open counting sheets, on which the till can count.
async function readSheets(till) {
  const { results } = await get("/api/stock/sheets/?state=open&page_size=50", till);
  return results.map(({ id, name, blind }) => ({ id, name, blind }));
}

// Write products together with the position of the feed that they belong to, unless the till was paired again.
async function save(till, position, change) {
  await transact(["state", "products"], async (transaction) => {
    const state = transaction.objectStore("state");
    if ((await ask(state.get("till")))?.key !== till.key) throw new NoAnswer("The till was paired again.");
    change(transaction.objectStore("products"));
    await ask(state.put(position, "feed"));
  });
  feed = position;
}

async function repair(till, present) {
  const ids = new Set();
  let position = present.position, more = true;
  while (more) {
    const page = await get(`/api/events/?after=${position}&limit=500`, till, [200, 400]);
    if (!page.events) return readWhole(till);  // the position is unknown: the server was restored from a backup
    page.events.forEach((event) => listProducts(event.data).forEach((id) => ids.add(id)));
    [position, more] = [page.next, page.more];
    if (ids.has(null) || ids.size > MAX_REPAIRED) return readWhole(till);
  }
  if (position === present.position) return;
  const changed = ids.size ? await readProducts([...ids], till) : [], sheets = await readSheets(till);
  if (present.taxes.length && changed.some((product) => product.tax && !findRate(product))) return readWhole(till);  // a new rate
  await save(till, { ...present, position, sheets }, (store) => {
    ids.forEach((id) => store.delete(id));
    changed.forEach((product) => store.put(product));
  });
  finder.replace(ids, changed);
  announce("catalogue");
}

// Return the ids of the products in an event, with null if the event does not name all of them.
function listProducts(data) {
  const moved = (data.movements || []).map((movement) => movement.product);
  return [...moved, ...(data.product ? [data.product] : []), ...(data.movements_truncated ? [null] : [])];
}

async function readProducts(ids, till) {
  const products = [];
  for (let path = `/api/products/?id__in=${ids.join(",")}&page_size=100`; path;) {
    const page = await get(path, till);
    products.push(...page.results.map(pick));
    path = page.next && page.next.replace(/^https?:\/\/[^/]+/, "");
  }
  return products;
}

function pick({ id, name, sku, barcode, codes, unit, decimals, price, tax, available, updated_at, picture }) {
  return { id, name, sku, barcode, codes, unit, decimals, price, tax, available, updated_at, picture };
}
