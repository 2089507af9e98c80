// What to give back for the goods that come back of a sale, while somebody types. The server has the last word.
(async function () {
  const form = document.querySelector("form.task"), box = form?.querySelector(".give-back"), { src } = document.currentScript;
  if (!box) return;
  const money = await import(new URL("../tills/money.js", src));
  money.setFormat(form.dataset.sign, form.dataset.currency, form.dataset.moneyDecimals === "0");
  const output = box.querySelector("output"), [returned, refunded, paid] = ["returned", "refunded", "paid"].map((name) => money.toCents(box.dataset[name] ?? ""));

  // The part of the cents that some of the sold units have, rounded half up, as WORTH in stock/sales/sql.py.
  const shareOf = (cents, units, sold) => (2n * cents * BigInt(units) + BigInt(sold)) / (2n * BigInt(sold));

  function worthOf(line) {
    const sold = Number(line.dataset.sold), before = Number(line.dataset.returned), cents = money.toCents(line.dataset.worth);
    const units = money.toUnits(line.querySelector("[data-quantity]").value.trim() || "0", Number(line.dataset.decimals));
    if (units === null || before + units > sold) return null;
    return shareOf(cents, before + units, sold) - shareOf(cents, before, sold);
  }

  // What was given back for earlier returns counts, and nobody gets more than was paid.
  function limit(worth) {
    if (paid === null) return worth;
    const rest = returned + worth - refunded, most = rest < paid ? rest : paid;
    return most > 0n ? most : 0n;
  }

  function draw() {
    const worths = Array.from(form.querySelectorAll("[data-worth]"), worthOf), typed = form.elements.amount?.value.trim();
    const sum = worths.includes(null) ? null : limit(worths.reduce((one, other) => one + other, 0n));
    const given = form.elements.kind?.value === "later" ? 0n : typed ? money.readCents(typed) : sum;
    const shown = given === null ? "\u2013" : money.writeMoney(given);
    if (output.textContent !== shown) output.textContent = shown;
  }

  box.querySelector("[data-without-script]").remove();
  ["input", "change", "click"].forEach((name) => form.addEventListener(name, draw));
  draw();
})();
