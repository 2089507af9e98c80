// The products of the lines: what is found while somebody types, the price and the stock of each, the total, the camera.
(async function () {
  const WAIT_MS = 200, MIN_LENGTH = 2, MIN_SIMILAR = 4, MAX_FOUND = 10;
  const MAX_ASKED = 20;  // texts in one request
  const form = document.querySelector("form.task"), { src } = document.currentScript;
  if (!form?.querySelector(".task-line")) return;
  // Modules are run once in a window, also if send.js writes a new page into it, and they hold nothing of a page.
  const texts = form.dataset, NONE = "\u2013", isPriced = texts.buyer !== undefined;  // other prices than the list prices may apply
  const isTaxed = texts.addedTax !== undefined, supplier = form.querySelector("[type=hidden][name=supplier]")?.value;  // of an order
  const modules = ["../tills/camera", "../tills/money", "../tills/fold", "sums", ...(isPriced ? ["../tills/applied"] : [])];
  const [{ hasCamera, NoReader, openCamera }, money, { fold }, sums, applied] = await Promise.all(modules.map((name) => import(new URL(`${name}.js`, src))));
  const isGiven = Boolean(form.querySelector(".given")), hasPrice = texts.prices !== undefined;
  const hasCost = Boolean(form.querySelector("[name=unit_cost]")), total = form.querySelector(".task-total");
  const sells = ["sells", "goods"].filter((name) => texts[name] !== undefined).map((name) => [name, "yes"]);
  const isCart = form.matches(".cart"), button = form.querySelector(".send-task .primary"), label = button?.textContent;
  const known = new Map();  // the products by the texts that name them, with null for a text that names none
  const asked = new Set(), answered = new Set();  // texts, and the ids of what the server has told all about
  const rates = new Map();  // the VAT that is added to the prices of products, by their ids
  const prices = new Map();  // those besides the list prices, by the ids of products and kits
  const ahead = Date.parse(texts.now) - Date.now();  // how much the server's clock is ahead of the device's
  let group = null, askedBuyer = "", answeredBuyer = "", shown = new Map(), reading = 0;
  const isAsked = isPriced || isTaxed || Boolean(supplier);  // whether the lists of products do not tell what a line costs
  money.setFormat(texts.sign, texts.currency, texts.moneyDecimals === "0");

  const lines = () => Array.from(form.querySelectorAll(".task-line"));
  const productOf = (line) => line.querySelector("[name=product]");
  const textOf = (line) => productOf(line).value.trim();
  // Whether the page knows what the line names, with what its price depends on.
  const isAnswered = (line) => shown.get(line) && (!isAsked || answered.has(shown.get(line).id)) && (!isPriced || findBuyer() === answeredBuyer);
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
    if (!isPriced || total || !price || (typed && typed === readAgreed(line)?.texts.unit_price)) return "";
    if (cents !== null) return cents === money.toCents(price) ? "" : texts.typedPrice.replace("{price}", write(price));
    return price === listed ? "" : texts.listPrice.replace("{price}", write(listed));
  }

  function writeStock(row) {
    if (texts.hidesStock !== undefined || row.available === null) return "";  // nobody shall copy it into a count
    const [stock, free] = [[texts.inStock, row.quantity], [texts.available, row.available]].map(([text, number]) => text.replace("{number}", money.writeUnits(number, row)));
    return row.available === row.quantity ? stock : `${stock}, ${free}`;
  }

  // --- Price, stock and total ---

  // What an order or a quote has agreed on for the line, and whether all lines are as it has them: they keep their prices.
  const readAgreed = (line) => JSON.parse(line.dataset.agreed || "null");
  const isAsAgreed = (line) => Object.entries(readAgreed(line)?.texts || { product: null }).every(([name, text]) => read(line, name) === text);
  const areKept = () => form.elements.customer?.value === form.elements.customer?.defaultValue && lines().filter(textOf).every(isAsAgreed);

  // Return the line as sums.js takes it. A price that applied once is the one that applies now if other lines are changed. What
  // is handed out without a price has the one that was agreed.
  function readLine(line, row, isKept) {
    const agreed = readAgreed(line), texted = agreed?.texts?.unit_price;
    const written = read(line, hasPrice ? "unit_price" : "unit_cost") || (isGiven && texted) || "";
    const isAnew = Boolean(agreed?.price_from) && !isKept, isSame = written === texted, typed = isAnew && isSame ? "" : written;
    const kept = isSame && !isAnew ? agreed.is_net : null;  // prices that nobody keeps are as the shop has them
    const isWithTax = kept === null ? texts.netPrices === undefined || (texts.typedWithTax !== undefined && Boolean(typed)) : !kept;
    const total = isKept || !written ? agreed?.total : null, units = money.toUnits(read(line, "quantity") || "0", row.decimals);
    return { row, units, typed, cost: read(line, "cost"), off: read(line, "off"), agreed: agreed && { ...agreed, total }, isWithTax };
  }

  // Return what is left of an order beside its lines of these units, in cents, or null if nobody can tell.
  function sumRest(isKept) {
    const all = lines().map((line) => {
      const row = shown.get(line), { units, agreed, ...one } = row ? readLine(line, row, isKept) : {};
      if (!row || !agreed || units === null) return null;
      const cost = (number, typed = one.typed) => sums.costOf({ ...one, row, typed, units: number, agreed }, { sells: true });
      return agreed.total ? cost(agreed.units, "") - cost(Math.min(units, agreed.units), "") : cost(Math.max(agreed.units - units, 0));
    });
    return all.includes(null) ? null : all.reduce((sum, cost) => sum + cost, 0n);
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
    const isKept = areKept(), booked = counted.map((line) => isAnswered(line) && readLine(line, shown.get(line), isKept));
    const found = booked.map((one) => (one ? sums.costOf(one, { sells: hasPrice, orders: Boolean(supplier) }) : null));
    const costs = new Map(counted.map((line, place) => [line, found[place]]));
    lines().forEach((line) => drawLine(line, shown.get(line), costs.get(line), short));
    if (!hasPrice && !hasCost) return;
    const { sum, tax } = counted.length ? sums.sumUp(booked, found, readWhole(isKept)) : { sum: null };
    const written = sum === null ? NONE : money.writeMoney(sum);
    total.hidden = !counted.length;
    const kind = !form.elements.amount?.value.trim() && form.querySelector("[name=kind]:checked")?.parentElement.textContent.trim();
    if (isCart || kind) button.textContent = sum === null ? label : [label, written, kind].filter(Boolean).join(" \u00b7 ");
    const said = [written, tax ? texts.addedTax.replace("{amount}", money.writeMoney(tax)) : ""];
    [...total.children].forEach((part, place) => { if (part.textContent !== said[place]) part.textContent = said[place]; });
    form.elements._said.value = sum === null ? "" : money.toAmount(sum);
    drawParts(sum);
  }

  // Return what the sum has besides the lines. The discount of an order stays that of the order, unless another one is typed.
  function readWhole(isKept) {
    const discount = form.elements.discount?.value.trim(), agreed = texts.agreedDiscount && discount === texts.agreedDiscount && money.toAmount(money.toCents(discount));
    const extras = Array.from(form.querySelectorAll("[name^='extra_costs.']"), ({ value }) => (value.trim() ? money.readCents(value) : 0n));
    const extra = extras.includes(null) ? null : extras.reduce((one, other) => one + other, 0n);
    return { discount, rates: isTaxed ? rates : null, extra, ...(agreed && { agreed, rest: sumRest(isKept) }) };
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
    const price = line.querySelector("[name=unit_price], [name=unit_cost]"), agreed = readAgreed(line);
    const usual = hasPrice ? row?.price : agreed?.cost ? "" : agreed?.unit_cost ?? row?.cost_price;
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
    const at = reading, isOpen = (text) => !known.has(text) || (isAsked && known.get(text) && !answered.has(known.get(text).id));
    const isUsed = (line) => productOf(line) !== document.activeElement && (!isGiven || ((hasPrice || hasCost) && (texts.agreedDiscount || !["", "0"].includes(read(line, "quantity")))));
    const open = [...new Set(lines().filter(isUsed).map(textOf))].filter((text) => text && isOpen(text) && !asked.has(text));
    const buyer = isPriced ? findBuyer() : "", before = askedBuyer, isOther = buyer !== before;
    askedBuyer = buyer;
    for (let first = 0; first < open.length || (isOther && !first); first += MAX_ASKED) {
      const part = open.slice(first, first + MAX_ASKED);
      part.forEach((text) => asked.add(text));
      const answer = await fetch(`/shop/line-products/?${new URLSearchParams([...part.map((text) => ["text", text]), ...sells, ...(isPriced ? [["buyer", buyer]] : []), ...(isTaxed ? [["taxed", "yes"]] : []), ...(supplier ? [["supplier", supplier]] : [])])}`).catch(() => null);
      if (!answer?.ok) {
        part.forEach((text) => asked.delete(text));
        askedBuyer = before;
        return;
      }
      const found = await answer.json();
      if (at !== reading) return;
      Object.entries(found.products).forEach(([text, row]) => known.set(text, row?.kind ? rowOfWhole(row.kind, row) : row));
      Object.entries(found.rates || {}).forEach(([id, rate]) => rates.set(Number(id), rate));
      part.forEach((text) => answered.add(known.get(text)?.id));
      if (isPriced) takePrices(found, buyer);
      draw();
    }
  }

  // Keep the prices of further products, and the group of the customer, unless another one was chosen meanwhile.
  function takePrices(found, buyer) {
    applied.groupRows(found.prices || []).forEach((rows, id) => prices.set(id, rows));
    if (buyer === askedBuyer) [group, answeredBuyer] = [found.group || null, buyer];
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
    asked.delete(field.value);
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

  // Ask again about all lines: what the page knew of them has changed.
  form.reread = () => {
    [known, asked, answered, rates, prices].forEach((one) => one.clear());
    reading += 1;
    return refresh();
  };
  form.redraw = refresh;
  refresh();
})();
