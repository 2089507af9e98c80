// Set the focus for keyboards and hand scanners. Links to a part of a closed panel open it.
(function () {
  const FORMS = "#post-object-form";
  const INPUTS = "input:not([type=hidden]), select, textarea";

  // Set the focus to the first field with an error, else to the first field, else to the button.
  function focusForm(form) {
    (form.querySelector(`.wrong :is(${INPUTS})`) || form.querySelector(INPUTS) || form.querySelector("button"))?.focus();
  }

  function openTarget() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const panel = target && target.closest("details");
    if (!panel) return;
    panel.open = true;
    if (target.matches(FORMS)) focusForm(target);
  }

  addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => {  // a second click on a link does not change the address
    if (event.target.closest?.("a[href^='#']")) setTimeout(openTarget);
  });
  document.querySelectorAll("details.panel > summary").forEach((summary) => summary.addEventListener("click", () => {
    const form = summary.parentElement.querySelector(FORMS);
    if (form && !summary.parentElement.open) setTimeout(() => focusForm(form));
  }));

  function focusPage() {
    const open = document.querySelector(`.panel:is([open], .alone) > :is(${FORMS})`);
    if (open) focusForm(open);
    else openTarget();
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
