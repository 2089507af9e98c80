// Set the focus for keyboards and hand scanners, which type a code and press Enter. Links to a closed form open it.
(function () {
  const FORMS = "#post-object-form, #put-object-form, #delete-object-form";
  const INPUTS = "input:not([type=hidden]), select, textarea";

  // Return the first field with an error, else the first empty field that a booking needs, else the first field.
  function focusForm(form) {
    const fields = Array.from(form.querySelectorAll(INPUTS));
    const needed = fields.find((field) => isNeeded(field) && !field.value);
    (form.querySelector(`.wrong :is(${INPUTS})`) || needed || fields[0] || form.querySelector("button"))?.focus();
  }

  function isNeeded(field) {
    const books = field.form.querySelector("[name$=product]");  // a product's own form also has a quantity
    return books && field.matches("[data-scan], [name$=movement_type], [name$=quantity], [name$=counted], [name$=copies]");
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

  // Enter in a product moves to the next empty field. Enter in the quantity of a line moves to the next line.
  document.addEventListener("keydown", function (event) {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !field.matches?.("#post-object-form input")) return;
    const line = field.closest(".line");
    if (field.matches("[data-scan]")) {
      event.preventDefault();
      leaveProduct(field, line || field.form);
    } else if (line) {
      event.preventDefault();
      startNextLine(line);
    }
  });

  function leaveProduct(field, group) {
    if (!field.value.trim()) return group.matches(".line:not(:first-of-type)") && group.closest("form").querySelector(".primary").focus();
    const rest = Array.from(group.querySelectorAll(INPUTS)).filter((other) => other !== field && isNeeded(other));
    (rest.find((other) => !other.value) || rest[rest.length - 1])?.focus();
  }

  function startNextLine(line) {
    if (!line.nextElementSibling?.matches(".line")) line.parentElement.querySelector("[data-another-line]").click();
    const next = line.nextElementSibling;
    const [type, nextType] = [line, next].map((one) => one.querySelector("select"));
    if (nextType && !nextType.value) nextType.value = type.value;
    next.querySelector("[data-scan]").focus();
  }

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
