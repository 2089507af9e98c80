// The service worker of the till. The server puts `CACHE`, which changes with each release and language, `FILES`, the
// address of the page in the language, `PAGE_SOURCE`, and that of the folder with the reader of codes, `READER`, before this.
const PAGE = "/till/", READER_CACHE = `till ${READER}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => Promise.all([PAGE, ...FILES].map(async (address) => {
    const headers = address === PAGE ? { Accept: "text/html" } : {};
    const answer = await fetch(new Request(address === PAGE ? PAGE_SOURCE : address, { cache: "reload", headers }));
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    await cache.put(address, answer);
  }))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("till ") && ![CACHE, READER_CACHE].includes(name));
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

// The page and its files come from the cache, and the reader, too, after its first use. All other requests go to the network, so no data is ever cached.
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith(READER)) event.respondWith(readOrKeep(event, pathname));
  if (![PAGE, ...FILES].includes(pathname)) return;
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(pathname, { ignoreVary: true })).then((found) => found || fetch(event.request)));
});

async function readOrKeep(event, pathname) {
  const cache = await caches.open(READER_CACHE), found = await cache.match(pathname, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(cache.put(pathname, answer.clone()));
  return answer;
}

self.addEventListener("message", (event) => {
  if (event.data === "SKIP_WAITING") self.skipWaiting();
});
