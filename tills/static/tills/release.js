// The service worker keeps the page for times without a network. A new release waits until the cart is empty.
let waiting = null;

export const isNewRelease = () => Boolean(waiting);

export function useNewRelease() {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("SKIP_WAITING");
  waiting = null;
}

export async function startWorker() {
  const registration = await navigator.serviceWorker.register("/till/worker.js", { scope: "/till/" }).catch(() => null);
  if (!registration) return;  // without a network, and before the first visit was complete
  const note = () => { waiting = navigator.serviceWorker.controller && registration.waiting; };
  registration.addEventListener("updatefound", () => registration.installing.addEventListener("statechange", note));
  note();
}
