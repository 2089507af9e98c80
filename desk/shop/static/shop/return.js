// What to give back for the goods that come back of a sale, while somebody types. The server has the last word.
(async function () {
  const form = document.querySelector("form.task"), box = form?.querySelector(".give-back"), { src } = document.currentScript;
  if (!box) return;
  const money = await import(new URL("../tills/money.js", src));
  money.setFormat(form.dataset.sign, form.dataset.currency, form.dataset.moneyDecimals === "0");
  const output = box.querySelector("output"), due = BigInt((box.dataset.due ?? "0").replace(/[.,]/, ""));

  // Return the part of what the movements of the line were sold for, the last one first: as trade/selling/sold.py.
  function worthOf(line) {
    let units = money.toUnits(line.querySelector("[data-quantity]").value.trim() || "0", Number(line.dataset.decimals)), sum = 0n;
    if (units === null) return null;
    for (const [worth, sold, before, given] of line.dataset.worth.split(" ").map((part) => part.split("/"))) {
      const taken = Math.min(units, sold - before), until = money.shareOf(money.toCents(worth), Number(before) + taken, Number(sold));
      if (taken && until > money.toCents(given)) sum += until - money.toCents(given);
      units -= taken;
    }
    return units ? null : sum;
  }

  // What is left to pay is taken off, and what earlier returns have not given back is added: it is negative then.
  const limit = (worth) => (worth > due ? worth - due : 0n);

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
