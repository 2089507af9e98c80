// The service worker of the till. The server puts these before it: `CACHE`, the name of the release in a language, `FILES`,
// the addresses and digests of its files, `PAGE_SOURCE`, the address of the page in the language, and `READER`, that of the
// folder with the reader of codes.
const PAGE = "/till/", READER_CACHE = `till ${READER}`;

self.addEventListener("install", (event) => event.waitUntil(Promise.all([PAGE, ...Object.keys(FILES)].map(keep))));

// Keep the page or a file, if it is that of this release. During a deploy, another server may still send the last one: then
// nothing is installed, and the browser tries again when the page is opened.
async function keep(address) {
  const isPage = address === PAGE, source = isPage ? PAGE_SOURCE : address;
  const headers = isPage ? { Accept: "text/html" } : {};
  const answer = await fetch(new Request(source, { cache: "reload", headers, integrity: FILES[address] }));
  if (!answer.ok || (isPage && !(await answer.clone().text()).includes(CACHE))) throw new Error(`${source}: ${answer.status}`);
  await (await caches.open(CACHE)).put(address, answer);
}

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("till ") && ![CACHE, READER_CACHE].includes(name));
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

// The page and its files come from the cache, and the reader, too, after its first use. All other requests go to the
// network, so no data is ever cached.
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith(READER)) event.respondWith(readOrKeep(event, pathname));
  if (pathname !== PAGE && !(pathname in FILES)) return;
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
