// The service worker keeps the page for times without a network. A new release waits until the cart is empty, and so does
// the page in another language.
let waiting = null, registered;

export const isNewRelease = () => Boolean(waiting);

export function useNewRelease() {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("SKIP_WAITING");
  waiting = null;
}

// The language is that of the till's user. Before the till is paired, it is that of this page.
export async function startWorker(language = document.documentElement.lang) {
  if (registered === language) return;
  const address = `/till/worker.js?language=${language}`;
  const registration = await navigator.serviceWorker.register(address, { scope: "/till/" }).catch(() => null);
  if (!registration) return;  // without a network, and before the first visit was complete
  registered = language;
  const note = () => { waiting = navigator.serviceWorker.controller && registration.waiting; };
  registration.addEventListener("updatefound", () => registration.installing.addEventListener("statechange", note));
  note();
}
