// What to give back for the goods that come back of a sale, while somebody types. The server has the last word.
(async function () {
  const form = document.querySelector("form.task"), box = form?.querySelector(".give-back"), { src } = document.currentScript;
  if (!box) return;
  const money = await import(new URL("../tills/money.js", src)), { sumBack } = await import(new URL("back.js", src));
  money.setFormat(form.dataset.sign, form.dataset.currency, form.dataset.moneyDecimals === "0");
  const output = box.querySelector("output"), due = BigInt((box.dataset.due ?? "0").replace(/[.,]/, ""));

  // Return what comes back of a line: the units of it, and what its movements were sold for.
  const readLine = (line) => ({
    units: money.toUnits(line.querySelector("[data-quantity]").value.trim() || "0", Number(line.dataset.decimals)),
    worths: line.dataset.worth, each: line.dataset.each, number: line.dataset.number,
  });

  // What is left to pay is taken off, and what earlier returns have not given back is added: it is negative then.
  const limit = (worth) => (worth > due ? worth - due : 0n);

  function draw() {
    const worth = sumBack(Array.from(form.querySelectorAll("[data-worth]"), readLine), box.dataset.before);
    const typed = form.elements.amount?.value.trim(), sum = worth === null ? null : limit(worth);
    const given = form.elements.kind?.value === "later" ? 0n : typed ? money.readCents(typed) : sum;
    const shown = given === null ? "\u2013" : money.writeMoney(given);
    if (output.textContent !== shown) output.textContent = shown;
  }

  box.querySelector("[data-without-script]").remove();
  ["input", "change", "click"].forEach((name) => form.addEventListener(name, draw));
  draw();
})();
