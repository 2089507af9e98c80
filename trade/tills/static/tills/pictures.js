// The small pictures of products. Each is fetched when it is first shown, and kept for times without a network.
import { read } from "./store.js";

const CACHE = "pictures";
const MAX_KEPT = 500;  // of up to 12 kB each
const shown = new Map();  // the pictures as data URLs, by their addresses

// Show the picture of the product, or nothing as long as there is none.
export async function drawPicture(image, product) {
  if (!product?.picture) return;
  if (!shown.has(product.picture)) shown.set(product.picture, load(product.picture).catch(() => null));
  const source = await shown.get(product.picture);
  if (source) Object.assign(image, { src: source, hidden: false });
  else shown.delete(product.picture);  // tried again when it is drawn again
}

async function load(picture) {
  const address = `${picture}&size=200`, cache = await caches.open(CACHE);
  const answer = await cache.match(address, { ignoreVary: true }) || await fetchOnce(address, cache);
  const reader = new FileReader();
  reader.readAsDataURL(await answer.blob());
  return new Promise((resolve) => { reader.onload = () => resolve(reader.result); });
}

async function fetchOnce(address, cache) {
  const till = await read("till");
  const answer = await fetch(address, { credentials: "omit", headers: { Authorization: `Bearer ${till.key}` } });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  await cache.put(address, answer.clone());
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, -MAX_KEPT).map((oldest) => cache.delete(oldest)));
  return answer;
}

// Another shop does not see the pictures of this one.
export const forgetPictures = () => caches.delete(CACHE);
