// Suggestions while somebody types in a field for a product, a supplier or a category. The server resolves the text.
(function () {
  const WAIT_MS = 200;
  const MIN_LENGTH = 2;
  const MAX_SUGGESTIONS = 10;
  const { inStock } = document.currentScript.dataset;
  let timer, request;

  // Return the text that finds a row, as in products/look_ups.py, and further details of the row.
  function describe(row) {
    if (!("sku" in row)) return [row.name, ""];
    const text = `${row.name} (${row.sku || row.barcode || `#${row.id}`})`;
    return [text, [text, row.barcode, inStock.replace("{number}", row.quantity)].filter(Boolean).join(" \u00b7 ")];
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
      return option;
    });
    field.list.replaceChildren(...options);
  }

  document.addEventListener("input", function (event) {
    const field = event.target;
    if (!field.matches("[data-look-up]")) return;
    clearTimeout(timer);
    const isChosen = Array.from(field.list.options).some((option) => option.value === field.value);
    if (!isChosen && field.value.trim().length >= MIN_LENGTH) timer = setTimeout(() => suggest(field), WAIT_MS);
  });
})();
