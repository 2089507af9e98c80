// Send a task and lead to its result. If no answer comes, look up by the key whether it was booked. A cart stays in view:
// what is scanned after it was sent belongs to the next one.
(function () {
  const form = document.querySelector("form.task");
  if (!form || form.dataset.plain !== undefined) return;
  const button = form.querySelector(".send-task :is(.primary, .danger)"), isCart = form.matches(".cart");
  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const isFilled = (line) => !form.isEmpty(line);
  let sent = null;  // the values of a cart that was sent, until it is known what became of them

  const notices = () => form.querySelector(".notices");
  const parse = (page) => new DOMParser().parseFromString(page, "text/html");

  function say(text, link) {
    const notice = document.createElement("p");
    notice.className = "refusal";
    notice.append(text);
    if (link) notice.append(" ", Object.assign(document.createElement("a"), { href: link, target: "_blank", textContent: form.dataset.signIn }));
    notices().replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  function show(page) {
    form.task.leave();
    document.open();
    document.write(page);
    document.close();
    scrollTo(0, 0);
  }

  // --- A cart ---

  // Screen readers tell what is put into a live region, and not a region that is new.
  function tell(page) {
    const told = page.querySelector(".messages"), heading = document.querySelector("main h1");
    document.querySelector(".messages")?.remove();
    if (!told) return;
    const parts = Array.from(told.childNodes);
    told.replaceChildren();
    heading.before(told);
    setTimeout(() => told.replaceChildren(...parts));
    scrollTo(0, 0);
  }

  function begin() {
    sent = new FormData(form);
    lines().filter(isFilled).forEach((line) => line.classList.add("sent"));
    hold(true);
    form.goToNext();
    if (matchMedia("(pointer: coarse)").matches) document.activeElement.blur();  // a phone would open its keyboard
  }

  // A scan begins in a field, wherever the focus was.
  document.addEventListener("keydown", (event) => {
    const isTyped = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isCart && isTyped && !event.target.closest("input, textarea, select, dialog")) form.goToNext();
  });

  // While a cart is on its way, its lines can't be changed.
  function hold(isHeld) {
    form.classList.toggle("sending", isHeld);
    lines().forEach((line) => { line.inert = isHeld && line.matches(".sent"); });
    form.redraw?.();
  }

  function release() {
    sent = null;
    lines().forEach((line) => line.classList.remove("sent"));
  }

  function replaceLines(made) {
    const old = form.querySelectorAll(".task-line.sent");
    (old[0] || lines()[0]).before(...made);
    made.forEach((line) => { line.querySelector("[data-remove]").hidden = false; });
    old.forEach((line) => line.remove());
    release();
    form.numberLines();
  }

  const confirmations = (part) => part.querySelectorAll("[name=_prices], [name=_sum]");  // what the form confirms if it is sent again
  const findParts = (page) => Array.from(page.querySelectorAll("form.task .cart-fields"));

  // Empty the cart. Keep what was scanned since it was sent.
  function empty({ location: address, messages, key }) {
    history.replaceState(history.state, "", address);
    replaceLines([]);
    confirmations(form).forEach((one) => one.remove());
    findParts(document).forEach(form.clearErrors);
    findParts(document).flatMap((part) => Array.from(part.querySelectorAll("input, select, textarea"))).forEach((field) => {
      if (field.type === "radio") return;  // the next sale is paid as this one was, if it was
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    });
    if (form.querySelector("[name=kind][value=later]:checked")) form.querySelector("[name=kind][checked]").checked = true;
    notices().replaceChildren();
    tell(parse(messages));
    form.task.renew(key);
    form.redraw?.();
  }

  // Show what is wrong with the cart, and keep what was scanned since it was sent behind it.
  function refuse(page) {
    const answer = parse(page), isBusy = lines().some((line) => !line.matches(".sent") && isFilled(line));
    const made = Array.from(answer.querySelectorAll("form.task .task-line")).filter(isFilled);
    if (!answer.querySelector("form.task.cart")) return show(page);
    replaceLines(made);
    const parts = findParts(document);
    findParts(answer).forEach((part, number) => parts[number]?.replaceWith(part));
    confirmations(form).forEach((one) => one.remove());
    notices().before(...confirmations(answer));
    ["csrfmiddlewaretoken", "_idempotency_key"].forEach((name) => { form.elements[name].value = answer.querySelector(`form.task [name=${name}]`).value; });
    notices().replaceChildren(...answer.querySelector("form.task .notices").childNodes);
    form.task.renew(form.elements._idempotency_key.value);
    form.reread?.();
    if (!isBusy && !document.activeElement.value) form.goToWrong();
  }

  form.addEventListener("input", ({ target }) => {
    if (sent && !form.matches(".sending") && !target.closest(".task-line:not(.sent)")) release();  // the cart is another one now
  });

  // Undo without leaving the cart.
  document.addEventListener("submit", async (event) => {
    const undo = event.target;
    if (!isCart || !undo.matches(".messages form")) return;
    event.preventDefault();
    if (undo.inert) return;
    undo.inert = true;  // a second click would undo nothing, and its message would replace the first one
    const values = { method: "POST", headers: { Accept: "text/html" }, body: new FormData(undo) };
    const page = await fetch(undo.action, values).then((answer) => answer.text()).then(parse).catch(() => null);
    page?.querySelector("main .messages") ? tell(page) : undo.submit();
  });

  // --- All forms ---

  async function post(header = "yes") {
    const headers = { "X-Task": header, Accept: "text/html" };
    const answer = await fetch(form.action || location.href, { method: "POST", headers, body: sent || new FormData(form) });
    const text = await answer.text();  // fails if the connection breaks in the middle
    if (answer.status === 401) return say(form.dataset.signedOut, JSON.parse(text).sign_in);
    if (answer.status >= 500) throw new Error(text);
    const isDone = answer.status === 201, isPage = answer.headers.get("Content-Type").startsWith("text/html");
    if (!isDone && !isPage) return say(text);
    if (isDone) form.task.finish();
    if (isPage) return isCart && !isDone ? refuse(text) : show(text);  // the page has errors, or a secret
    const result = JSON.parse(text);
    result.messages ? empty(result) : location.assign(result.location);
  }

  async function wasBooked() {
    const query = new URLSearchParams({ key: form.elements._idempotency_key.value });
    const answer = await fetch(`/shop/sent/?${query}`);
    return answer.ok && (await answer.json()).is_booked;
  }

  // A form that was booked is sent again: its key makes the answer the first one, and nothing is booked twice. Of other
  // forms nobody knows whether they arrived.
  async function findOut() {
    if (!form.dataset.lost) return say(form.dataset.offline);
    say(form.dataset.lost);
    try {
      if (await wasBooked()) await post("again");
      else say(form.dataset.notBooked);
    } catch {
      say(form.dataset.offline);
    }
  }

  form.addEventListener("submit", async function (event) {
    if (event.submitter?.name) return form.task.leave();  // the button changes the lines or a product, and books nothing
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    form.task.save();
    if (isCart) sent ? hold(true) : begin();
    try {
      await post();
    } catch {
      await findOut();
    } finally {
      button.disabled = false;
      if (isCart) hold(false);
    }
  });
})();
