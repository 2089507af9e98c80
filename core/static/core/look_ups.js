// Suggestions while somebody types in a field for a product, a supplier, a customer or a category. The server resolves the text.
(function () {
  const WAIT_MS = 200;
  const MIN_LENGTH = 2;
  const MAX_SUGGESTIONS = 10;
  const { inStock } = document.currentScript.dataset;
  let timer, request;

  // Return the text that finds a row, as in the two look_ups.py, its details, and for a product its name with options.
  function describe(row) {
    if ("address" in row) {
      const text = `${row.name} (#${row.id})`; // two customers may have one name
      return [text, [text, row.email, row.phone].filter(Boolean).join(" \u00b7 ")];
    }
    if (!("sku" in row)) return [row.name, ""];
    const ownName = ` ${row.name} `.toLowerCase();
    const options = Object.values(row.options ?? {}).filter((value) => !ownName.includes(` ${value} `.toLowerCase()));
    const name = [row.name, ...options].join(", "), text = `${name} (${row.sku || row.barcode || `#${row.id}`})`;
    return [text, [text, row.barcode, row.keeps_stock ? inStock.replace("{number}", row.quantity) : ""].filter(Boolean).join(" \u00b7 "), name];
  }

  async function suggest(field) {
    request?.abort();
    request = new AbortController();
    const query = new URLSearchParams({ search: field.value, page_size: MAX_SUGGESTIONS, format: "json" });
    const answer = await fetch(`${field.dataset.lookUp}?${query}`, { signal: request.signal }).catch(() => null);
    if (!answer?.ok) return;
    const options = (await answer.json()).results.map(function (row) {
      const option = document.createElement("option");
      [option.value, option.label] = describe(row);
      option.dataset.picture = row.picture || "";
      return option;
    });
    field.list.replaceChildren(...options);
  }
  window.describeRow = describe;  // shop/products.js shows rows in a list of its own

  // Show the small picture of the chosen product below its field. A list of suggestions can't have pictures.
  function showPicture(field, picture) {
    field.parentElement.querySelector(".thumb")?.remove();
    if (!picture) return;
    const image = Object.assign(new Image(40, 40), { className: "thumb", alt: "", src: `${picture}&size=200` });
    field.insertAdjacentElement("afterend", image);
  }

  document.addEventListener("input", function (event) {
    const field = event.target;
    if (!field.matches("[data-look-up]")) return;
    clearTimeout(timer);
    const chosen = Array.from(field.list.options).find((option) => option.value === field.value);
    showPicture(field, chosen?.dataset.picture);
    if (!chosen && field.value.trim().length >= MIN_LENGTH) timer = setTimeout(() => suggest(field), WAIT_MS);
  });
})();
