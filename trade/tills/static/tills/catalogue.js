// The copy of the shop's products: read as a whole every quarter of an hour, and repaired by the feed of events.
import { NoAnswer, request } from "./api.js";
import { groupRows } from "./applied.js";
import { Finder } from "./finder.js";
import { announce, ask, read, readAll, transact, write } from "./store.js";

const FULL_READ_MS = 15 * 60_000;
const MAX_REPAIRED = 500;  // ids in one request
const LOCK = "till-catalogue";
let finder = new Finder([]);
let feed = null;
let rows = new Map();  // the prices besides the list prices, by the ids of products and kits

export const getFinder = () => finder;
export const getFeed = () => feed;

// Return the rate of VAT that is added to the price of the product, if the prices of the shop are net.
export const findRate = ({ tax }) => feed?.taxes?.find((one) => one.id === tax)?.rate;

// Return the products and kits with a tile, in their order. Some may have been archived since the catalogue was read.
export const listTiles = () => (feed?.tiles || []).map(({ product, kit }) => finder.get(product ?? `kit ${kit}`)).filter(Boolean);

// Return the prices of a product or kit besides its list price: those of everybody, and of the groups of customers found.
export const listPrices = (id) => rows.get(id);
export const findGroup = (id) => feed?.price_groups?.find((group) => group.id === id);
export const hasPrices = () => Boolean(rows.size || feed?.price_groups?.length);

// Read the prices of these groups, too, from now on: they are those of customers that were found.
export async function learnGroups(ids) {
  const known = (await read("groups")) || [], added = new Set(ids.filter((id) => findGroup(id) && !known.includes(id)));
  if (!added.size) return;
  await write("groups", [...known, ...added]);
  await refreshCatalogue();
}

export async function loadCatalogue() {
  const [position, products, kits, prices] = await Promise.all([read("feed"), readAll("products"), read("kits"), read("prices")]);
  feed = position;
  rows = groupRows(prices || []);
  finder = new Finder(products, feed?.scale_codes, kits);
}

// Bring the copy up to date, from one tab at a time. Without a network it stays as it is.
export async function refreshCatalogue({ isForced = false } = {}) {
  const till = await read("till");
  if (!till || await read("stopped")) return;
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    const present = await read("feed"), isNew = (id) => !present?.groups?.includes(id), age = Date.now() - present?.read_at;
    const isOld = !present?.taxes || !await read("kits") || age > FULL_READ_MS || age < 0 || ((await read("groups")) || []).some(isNew);
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
  const products = [], kits = [], prices = [], groups = (await read("groups")) || [];
  let first = null;
  for (let next = 0; next !== null;) {
    const query = String(new URLSearchParams({ ...(next && { after: next }), ...(groups.length && { price_group: groups }) }));
    const page = await get(`/api/tills/catalogue/${query && `?${query}`}`, till);
    first ||= page;
    products.push(...page.products);
    kits.push(...(page.kits || []));  // earlier releases send none
    prices.push(...(page.prices || []));
    ({ next } = page);
  }
  const sheets = await readSheets(till);
  const { products: _, kits: __, prices: ___, next: ____, ...shop } = first;
  const position = { taxes: [], ...shop, groups, read_at: Date.now(), sheets };  // release 1.1.0 sends no `taxes`
  await save(till, position, kits, (store, state) => {
    store.clear();
    products.forEach((product) => store.put(product));
    state.put(prices, "prices");
  });
  rows = groupRows(prices);
  finder = new Finder(products, first.scale_codes, kits);
  announce("catalogue");
}

// Return the open counting sheets, on which the till can count.
async function readSheets(till) {
  const { results } = await get("/api/stock/sheets/?state=open&page_size=50", till);
  return results.map(({ id, name, blind }) => ({ id, name, blind }));
}

// Write products and kits together with the position of the feed that they belong to, unless the till was paired again.
async function save(till, position, kits, change) {
  await transact(["state", "products"], async (transaction) => {
    const state = transaction.objectStore("state");
    if ((await ask(state.get("till")))?.key !== till.key) throw new NoAnswer("The till was paired again.");
    change(transaction.objectStore("products"), state);
    await ask(state.put(kits, "kits"));
    await ask(state.put(position, "feed"));
  });
  feed = position;
}

async function repair(till, present) {
  const ids = new Set(), kitIds = new Set();
  let position = present.position, more = true;
  while (more) {
    const page = await get(`/api/events/?after=${position}&limit=500`, till, [200, 400]);
    if (!page.events) return readWhole(till);  // the position is unknown: the server was restored from a backup
    if (page.events.some(changesPrices)) return readWhole(till);
    page.events.forEach(({ data }) => {
      listProducts(data).forEach((id) => ids.add(id));
      if (data.kit) kitIds.add(data.kit);
    });
    [position, more] = [page.next, page.more];
    if (ids.has(null) || ids.size + kitIds.size > MAX_REPAIRED) return readWhole(till);
  }
  if (position === present.position) return;
  const changed = await readRows("products", ids, till, pick), changedKits = await readRows("kits", kitIds, till, pickKit);
  const kits = [...(await read("kits") || []).filter(({ id }) => !kitIds.has(id)), ...changedKits], sheets = await readSheets(till);
  if (present.taxes.length && changed.some((product) => product.tax && !findRate(product))) return readWhole(till);  // a new rate
  await save(till, { ...present, position, sheets }, kits, (store) => {
    ids.forEach((id) => store.delete(id));
    changed.forEach((product) => store.put(product));
  });
  finder.replace(ids, changed, kits);
  announce("catalogue");
}

// The event of a kit does not say what has changed.
const changesPrices = ({ type, data }) =>
  type.startsWith("price_group.") || "prices" in (data.changes || {}) || (type === "kit.changed" && hasPrices());

// Return the ids of the products in an event, with null if the event does not name all of them.
function listProducts(data) {
  const moved = (data.movements || []).map((movement) => movement.product);
  return [...moved, ...(data.product ? [data.product] : []), ...(data.movements_truncated ? [null] : [])];
}

// Return those of the products or kits that are not archived.
async function readRows(route, ids, till, take) {
  const rows = [];
  for (let path = ids.size && `/api/${route}/?id__in=${[...ids].join(",")}&page_size=100`; path;) {
    const page = await get(path, till);
    rows.push(...page.results.map(take));
    path = page.next && page.next.replace(/^https?:\/\/[^/]+/, "");
  }
  return rows;
}

function pick({ id, name, sku, barcode, codes, unit, decimals, price, tax, available, updated_at, picture }) {
  return { id, name, sku, barcode, codes, unit, decimals, price, tax, available, updated_at, picture };
}

const pickKit = ({ id, name, sku, barcode, price, updated_at, parts }) =>
  ({ id, name, sku, barcode, price, updated_at, parts: parts.map(({ product, quantity }) => ({ product, quantity })) });
