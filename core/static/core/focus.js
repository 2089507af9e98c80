// Set the focus for keyboards and hand scanners. Links to a part of a closed panel open it. A page that offers to look again
// does so itself.
(function () {
  function openTarget() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const panel = target && target.closest("details");
    if (panel) panel.open = true;
  }

  addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => {  // a second click on a link does not change the address
    if (event.target.closest?.("a[href^='#']")) setTimeout(openTarget);
  });

  const WAIT_MS = 3000, again = Array.from(document.querySelectorAll(".actions a")).find((link) => link.href === location.origin + location.pathname);
  const readState = () => fetch(again.href, { headers: { Accept: "application/json" } }).then((answer) => answer.json()).then((row) => row.state);

  async function waitFor(state) {
    const now = document.hidden ? state : await readState().catch(() => state);
    now === state ? setTimeout(waitFor, WAIT_MS, state) : location.replace(again.href);
  }

  if (again) readState().then(waitFor, () => {});

  function focusPage() {
    openTarget();
    // After success the next scan finds a product. A telephone would cover half of the page with its keyboard.
    const isIdle = document.activeElement === document.body;
    if (isIdle && document.querySelector(".message") && matchMedia("(pointer: fine)").matches) {
      document.getElementById("scan")?.focus();
    }
  }

  // After the load event, a browser scrolls to the part of the page that the address names, and removes the focus.
  const focusSoon = () => setTimeout(focusPage);
  if (document.readyState === "complete") focusSoon();
  else addEventListener("load", focusSoon);
})();
