// The products of the lines: what is found while somebody types, the price and the stock of each, the total, the camera.
(async function () {
  const WAIT_MS = 200, MIN_LENGTH = 2, MIN_SIMILAR = 4, MAX_FOUND = 10;
  const MAX_ASKED = 20;  // texts in one request
  const form = document.querySelector("form.task"), { src } = document.currentScript;
  if (!form?.querySelector(".task-line")) return;
  // Modules are run once in a window, also if send.js writes a new page into it, and they hold nothing of a page.
  const texts = form.dataset, NONE = "\u2013", isPriced = texts.buyer !== undefined;  // other prices than the list prices may apply
  const [{ hasCamera, NoReader, openCamera }, money, { fold }, applied] = await Promise.all(["camera", "money", "fold", ...(isPriced ? ["applied"] : [])].map((name) => import(new URL(`../tills/${name}.js`, src))));
  const isGiven = Boolean(form.querySelector(".given")), hasPrice = Boolean(form.querySelector("[name=unit_price]"));
  const hasCost = Boolean(form.querySelector("[name=unit_cost]")), total = form.querySelector(".task-total");
  const sells = ["sells", "goods"].filter((name) => texts[name] !== undefined).map((name) => [name, "yes"]);
  const isCart = form.matches(".cart"), button = form.querySelector(".send-task .primary"), label = button?.textContent;
  const known = new Map();  // the products by the texts that name them, with null for a text that names none
  const asked = new Set();
  const prices = new Map();  // those besides the list prices, by the ids of products and kits
  const ahead = Date.parse(texts.now) - Date.now();  // how much the server's clock is ahead of the device's
  let group = null, askedBuyer = "", shown = new Map();
  money.setFormat(texts.sign, texts.currency, texts.moneyDecimals === "0");

  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const productOf = (line) => line.querySelector("[name=product]");
  const textOf = (line) => productOf(line).value.trim();
  const read = (line, name) => line.querySelector(`[name=${name}]`)?.value.trim() || "";
  const make = (tag, values, ...parts) => {
    const element = Object.assign(document.createElement(tag), values);
    element.append(...parts);
    return element;
  };
  const makePicture = (row) => (row.picture ? [make("img", { className: "thumb", alt: "", src: `${row.picture}&size=200`, width: 40, height: 40 })] : []);

  // Return the row of a kit with the values that rows of products have.
  const wholes = Object.entries(JSON.parse(texts.goods || "{}"));  // the kinds of goods with parts, each with the address of their list
  const rowOfWhole = (kind, row) => row && ({ ...row, id: `${kind} ${row.id}`, price: row.price ?? row.list_price, quantity: row.available, decimals: 0, unit: "" });

  // --- The prices that apply ---

  // The customer: that of the field, once somebody has chosen one, or that of the order.
  function findBuyer() {
    const field = form.elements.customer, text = field?.value.trim() || "";
    if (!field) return texts.buyer;
    return field !== document.activeElement || !text || /^\d+$|\(#\d+\)$/.test(text) ? text : askedBuyer;
  }

  // Return the day of the shop, which decides the price: the page may stay open over midnight.
  function findDay() {
    const now = new Date(Date.now() + ahead);
    try {
      return now.toLocaleDateString("sv", { timeZone: texts.zone });
    } catch {
      return now.toLocaleDateString("sv");  // the browser does not know the zone
    }
  }

  // Return the products of the lines with the price that applies to each, for the quantities of the lines and the customer.
  // Lines that are being sent are another sale than those that are typed meanwhile.
  function applyPrices() {
    const named = lines().map((line) => [line, known.get(textOf(line))]);
    if (!isPriced) return new Map(named);
    const nameSum = (line, row) => `${row.id} ${line.matches(".sent")}`;
    const sold = named.filter(([, row]) => row).map(([line, row]) => [nameSum(line, row), money.toUnits(read(line, "quantity"), row.decimals)]);
    const quantities = applied.addQuantities(sold), day = findDay();
    return new Map(named.map(([line, row]) => {
      if (!row?.price) return [line, row];
      const listed = row.price, quantity = quantities.get(nameSum(line, row));
      return [line, { ...row, listed, price: applied.findApplied({ listed, rows: prices.get(row.id), quantity, group, day }).price }];
    }));
  }

  // Say how a line has got its price, unless it is the list price.
  function sayPrice(line, { price, listed, total }) {
    const typed = read(line, "unit_price"), cents = typed ? money.readCents(typed) : null, write = (amount) => money.writeMoney(money.toCents(amount));
    if (!isPriced || total || !price) return "";
    if (cents !== null) return cents === money.toCents(price) ? "" : texts.typedPrice.replace("{price}", write(price));
    return price === listed ? "" : texts.listPrice.replace("{price}", write(listed));
  }

  function writeStock(row) {
    if (texts.hidesStock !== undefined || row.available === null) return "";  // nobody shall copy it into a count
    const [stock, free] = [[texts.inStock, row.quantity], [texts.available, row.available]].map(([text, number]) => text.replace("{number}", money.writeUnits(number, row)));
    return row.available === row.quantity ? stock : `${stock}, ${free}`;
  }

  // --- Price, stock and total ---

  // Return what is left of the cents after a discount such as 10 % or 2.50, or null if the text is none.
  function takeOff(cents, text) {
    if (!text || cents === null) return cents;
    const percent = /^([\d.,]+)\s*%$/.exec(text), number = percent ? money.toCents(percent[1]) : money.readCents(text);
    const off = number !== null && percent ? money.shareOf(cents, number, 10_000n) : number;
    return off === null || off > cents ? null : cents - off;
  }

  // Return what the line costs in cents, or null if the page can't tell. Without a price, goods cost what those in stock
  // cost on average.
  function costOf(line, row) {
    const cost = read(line, "cost"), units = money.toUnits(read(line, "quantity"), row.decimals);
    if (cost) return money.readCents(cost);
    if (row.total && !read(line, "unit_price")) return money.toCents(row.total);
    const typed = read(line, hasPrice ? "unit_price" : "unit_cost"), price = typed || (hasPrice ? row.price : row.cost_price);
    const cents = typed ? money.readCents(typed) : price ? money.toCents(price) : null;
    if (units === null) return null;
    if (!price && row.stock_value !== null) return row.quantity ? money.shareOf(money.toCents(row.stock_value), units, row.quantity) : 0n;
    return cents === null ? null : (hasPrice ? money.chargeOf : money.priceOf)(units, cents, row.decimals);
  }

  // Return the products of which the lines sell more than can be sold.
  function findShort() {
    const taken = new Map();
    if (texts.sells === undefined) return [];
    lines().forEach((line) => {
      const row = known.get(textOf(line)), units = row && money.toUnits(read(line, "quantity"), row.decimals);
      if (units) taken.set(row.id, (taken.get(row.id) || 0) + units);
    });
    return [...known.values()].filter((row) => row && row.available !== null && taken.get(row.id) > row.available).map((row) => row.id);
  }

  // A part of a name that finds one product gives way to the product. A scanned code stays, so that it is found again.
  const isPart = (text, { name, sku, barcode }) => ![sku, barcode].map(fold).includes(fold(text)) && fold(text).split(/\s+/).every((word) => fold(name).includes(word));

  const filled = new WeakMap();  // the texts of lines whose quantity was filled

  // Write the quantity of a code into its line, unless somebody has typed one. The product replaces the code, so that
  // another quantity can be entered. The label of a scale with a price stays: the line is sold at it.
  function fill(line) {
    const text = textOf(line), row = known.get(text), input = line.querySelector("[data-quantity]");
    line.classList.toggle("priced", Boolean(row?.total));
    if (row && !isGiven && !row.total && productOf(line) !== document.activeElement && isPart(text, row)) {
      [productOf(line).value] = describeRow(row);
      known.set(textOf(line), row);
    }
    if (!row?.typed || filled.get(line) === text || input.value.trim() !== (input.dataset.initial || "")) return;
    filled.set(line, text);
    input.value = row.typed;
    if (input === document.activeElement) input.select();
    if (row.total) return;
    [productOf(line).value] = describeRow(row);
    known.set(textOf(line), { ...row, typed: "" });
  }

  function draw() {
    lines().filter((line) => !line.inert).forEach(fill);
    shown = applyPrices();
    const short = findShort(), hasSent = form.querySelector(".sent"), isSending = form.matches(".sending");
    // In a cart, these are the lines that the button sends.
    const isCounted = (line) => !hasSent || line.matches(".sent") !== isSending;
    const counted = lines().filter((line) => isCounted(line) && textOf(line) && !["", "0"].includes(read(line, "quantity")));
    const costs = new Map(counted.filter((line) => known.has(textOf(line))).map((line) => [line, shown.get(line) && takeOff(costOf(line, shown.get(line)), read(line, "off"))]));
    lines().forEach((line) => drawLine(line, shown.get(line), costs.get(line), short));
    if (!hasPrice && !hasCost) return;
    const all = [...costs.values()].includes(null) ? null : [...costs.values()].reduce((one, other) => one + other, 0n);
    const whole = takeOff(all, form.elements.discount?.value.trim()), sum = whole === null ? NONE : money.writeMoney(whole);
    total.hidden = !costs.size;
    const kind = !form.elements.amount?.value.trim() && form.querySelector("[name=kind]:checked")?.parentElement.textContent.trim();
    if (isCart || kind) button.textContent = costs.size && sum !== NONE ? [label, sum, kind].filter(Boolean).join(" \u00b7 ") : label;
    if (total.lastElementChild.textContent !== sum) total.lastElementChild.textContent = sum;
    drawParts(costs.size ? whole : null);
  }

  // Say who pays how much with which tip, if the sale is paid in two ways, in part, or with a tip.
  function drawParts(whole) {
    const box = form.querySelector(".paid-parts"), kind = form.querySelector("[name=kind]:checked");
    if (!box) return;
    const [paid, tip] = ["amount", "tip"].map((name) => form.elements[name].value.trim()).map((text) => (text ? money.readCents(text) : 0n));
    const rest = paid && form.elements.rest.selectedOptions[0], hasRest = Boolean(rest && rest.value), first = paid || whole;
    const isKnown = whole !== null && kind && kind.value !== "later" && paid !== null && tip !== null && (paid || tip) && first <= whole;
    const write = (name, amount, more) => (more ? box.dataset.withTip : box.dataset.part).replace("{kind}", name.trim())
      .replace("{amount}", money.toTyped(money.toAmount(amount)))
      .replace("{tip}", money.toTyped(money.toAmount(more))).replace("{sum}", money.writeMoney(amount + more));
    const parts = isKnown ? [write(kind.parentElement.textContent, first, hasRest ? 0n : tip)] : [];
    if (isKnown && hasRest) parts.push(write(rest.textContent, whole - first, tip));
    else if (isKnown && first < whole) parts.push(box.dataset.left.replace("{amount}", money.writeMoney(whole - first)));
    const before = box.parentElement.offsetHeight;
    if (box.textContent !== parts.join("")) box.replaceChildren(...parts.map((textContent) => make("span", { textContent })));
    box.hidden = !parts.length;
    if (box.parentElement.offsetHeight > before && form.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });  // the foot may cover it
  }

  function drawLine(line, row, cost, short) {
    let note = line.querySelector(".of-product");
    const label = row?.name || textOf(line);
    if (!isGiven && line.ariaLabel !== label) line.ariaLabel = label;  // screen readers say of which line a button is
    line.querySelectorAll("[data-step]").forEach((button) => { button.hidden = row?.decimals > 0; });
    const price = line.querySelector("[name=unit_price], [name=unit_cost]"), usual = hasPrice ? row?.price : row?.cost_price;
    if (price) price.placeholder = usual ? money.toTyped(usual) : "";  // it is used if the field is empty
    if (!row) return note?.remove();
    if (!note) line.querySelector(".cell.product, .line-title").append(note = make("span", { className: "beside of-product" }));
    const isShort = short.includes(row.id) && !line.querySelector(".error"), only = texts.short.replace("{number}", money.writeUnits(Math.max(row.available, 0), row));
    const name = isGiven || textOf(line).startsWith(row.name) ? "" : row.name, stock = isShort ? only : isGiven ? "" : writeStock(row);
    const words = [hasCost ? "" : money.writePrice(row), sayPrice(line, row)].filter(Boolean);
    const said = [...(name ? [""] : []), ...words, ...(stock ? [""] : [])].join(" \u00b7 ");
    const sum = cost ? `= ${money.writeMoney(cost)}` : "", drawn = [row.picture, name, said, stock, isShort, sum].join("\n");
    if (note.drawn === drawn) return;  // a form of hundreds of lines draws only those that have changed
    note.drawn = drawn;
    const amount = sum ? [" ", make("b", { textContent: sum })] : [];
    note.replaceChildren(...(isGiven ? [] : makePicture(row)), make("span", {}, make("bdi", { textContent: name }), said, make("span", { className: isShort ? "too-few" : "", textContent: stock }), ...amount));
  }

  // Ask which products the lines name, except for the one in which somebody types.
  async function refresh() {
    draw();
    const isUsed = (line) => productOf(line) !== document.activeElement && (!isGiven || ((hasPrice || hasCost) && !["", "0"].includes(read(line, "quantity"))));
    const open = [...new Set(lines().filter(isUsed).map(textOf))].filter((text) => text && (isPriced || !known.has(text)) && !asked.has(text));
    const buyer = isPriced ? findBuyer() : "", before = askedBuyer, isOther = buyer !== before;
    askedBuyer = buyer;
    for (let first = 0; first < open.length || (isOther && !first); first += MAX_ASKED) {
      const part = open.slice(first, first + MAX_ASKED);
      part.forEach((text) => asked.add(text));
      const answer = await fetch(`/shop/line-products/?${new URLSearchParams([...part.map((text) => ["text", text]), ...sells, ...(isPriced ? [["buyer", buyer]] : [])])}`).catch(() => null);
      if (!answer?.ok) {
        part.forEach((text) => asked.delete(text));
        askedBuyer = before;
        return;
      }
      const found = await answer.json();
      Object.entries(found.products).forEach(([text, row]) => known.set(text, row?.kind ? rowOfWhole(row.kind, row) : row));
      if (isPriced) takePrices(found, buyer);
      draw();
    }
  }

  // Keep the prices of further products, and the group of the customer, unless another one was chosen meanwhile.
  function takePrices(found, buyer) {
    applied.groupRows(found.prices || []).forEach((rows, id) => prices.set(id, rows));
    if (buyer === askedBuyer) group = found.group || null;
  }

  // --- What is found while somebody types ---

  const list = make("ul", { id: "found", role: "listbox" }), hint = make("p", { className: "hint", role: "status" });
  const box = make("div", { className: "found" }, hint, list);
  let field, rows = [], timer, request;

  function close() {
    clearTimeout(timer);
    request?.abort();
    box.remove();
    rows = [];
    if (!field) return;
    field.setAttribute("aria-expanded", "false");
    ["aria-controls", "aria-activedescendant"].forEach((name) => field.removeAttribute(name));
  }

  async function ask(parameters, address = texts.products) {
    const query = new URLSearchParams({ ...parameters, page_size: MAX_FOUND, format: "json" });
    const answer = await fetch(`${address}?${query}`, { signal: request.signal }).catch(() => null);
    return answer?.ok ? (await answer.json()).results : [];
  }

  async function find(search) {
    const [products, ...goods] = await Promise.all([ask({ search }), ...wholes.map(([, address]) => ask({ search }, address))]);
    return [...wholes.flatMap(([kind], number) => goods[number].map((row) => rowOfWhole(kind, row))), ...products];
  }

  async function suggest(typed) {
    request?.abort();
    request = new AbortController();
    const { signal } = request, found = await find(typed);
    const similar = !found.length && !signal.aborted && typed.length >= MIN_SIMILAR ? await ask({ similar: typed }) : [];
    if (!signal.aborted) show(found.length ? found : similar, similar.length > 0);
  }

  function show(found, isSimilar) {
    rows = found;
    if (!rows.length) return close();
    hint.textContent = "";
    list.setAttribute("aria-label", field.labels[0].textContent);
    list.replaceChildren(...rows.map(drawOption));
    field.closest(".cell").append(box);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", list.id);
    box.scrollIntoView({ block: "nearest" });
    if (isSimilar) setTimeout(() => { hint.textContent = texts.similar; });  // screen readers do not tell what a new live region has
  }

  function drawOption(row, number) {
    const [, , name] = describeRow(row), details = [row.sku || row.barcode, money.writePrice(row), writeStock(row)].filter(Boolean).join(" \u00b7 ");
    const option = make("li", { id: `found-${number}`, role: "option", ariaSelected: "false" }, ...makePicture(row), make("span", {}, make("b", { textContent: name }), make("small", { textContent: details })));
    option.addEventListener("click", () => choose(row));
    return option;
  }

  function choose(row) {
    [field.value] = describeRow(row);
    known.set(field.value, row);
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    form.leave(field);
  }

  function move(step) {
    const active = list.querySelector("[aria-selected=true]"), number = Array.from(list.children).indexOf(active);
    const next = list.children[active ? (number + step + rows.length) % rows.length : step > 0 ? 0 : rows.length - 1];
    if (active) active.ariaSelected = "false";
    next.ariaSelected = "true";
    field.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  // Enter in a text that several products have moves to the first of them, so that the next Enter chooses it. A scanner
  // presses Enter before anything is found.
  function takeEnter() {
    const active = Array.from(list.children).findIndex((option) => option.ariaSelected === "true"), typed = fold(field.value.trim());
    if (active >= 0) choose(rows[active]);
    else if (rows.length < 2 || rows.filter((row) => [row.name, row.sku, row.barcode].some((text) => fold(text) === typed)).length === 1) return false;
    else move(1);
    return true;
  }

  form.addEventListener("keydown", (event) => {
    if (!box.isConnected || event.target !== field || event.isComposing) return;
    if (event.key === "Escape") close();
    else if (["ArrowDown", "ArrowUp"].includes(event.key)) move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key !== "Enter" || !takeEnter()) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  form.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-product]")) return;
    close();
    if (target !== document.activeElement) return;  // a script has filled the field, for example after a click on a choice
    field = target;
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" }).forEach(([name, value]) => field.setAttribute(name, value));
    const typed = field.value.trim();
    if (typed.length >= MIN_LENGTH && !known.get(typed)) timer = setTimeout(() => suggest(typed), WAIT_MS);
  });
  box.addEventListener("pointerdown", (event) => event.preventDefault());  // the focus stays in the field
  form.addEventListener("focusout", ({ target }) => { if (target === field) close(); });
  let due;  // one key can cause several events
  ["input", "focusin", "focusout", "click"].forEach((name) => form.addEventListener(name, () => {
    clearTimeout(due);
    due = setTimeout(refresh);
  }));

  // --- The camera ---

  const camera = form.querySelector("[data-camera]"), dialog = document.getElementById("camera-dialog");
  if (camera && hasCamera()) {
    camera.hidden = false;
    camera.addEventListener("click", () => openCamera(dialog, takeCode).catch((error) => {
      const textContent = error instanceof NoReader ? texts.noReader : texts.noCamera;
      form.querySelector(".notices").replaceChildren(make("p", { className: "refusal", textContent }));
    }));
    dialog.addEventListener("close", () => form.goToScanned());
  }

  async function takeCode(code) {
    const number = form.takeCode(code);
    await refresh();
    dialog.querySelector("[role=status]").textContent = [known.get(code)?.name || code, number].filter(Boolean).join(": ");
  }

  form.redraw = refresh;
  refresh();
})();
