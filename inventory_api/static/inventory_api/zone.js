// Choose the time zone of the browser and the currency of its country, unless they are chosen already.
(function () {
  const field = document.querySelector("[name=time_zone]"), currency = document.querySelector("[name=currency]");
  const currencies = JSON.parse(field.form.dataset.currencies);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  let isChosen = Boolean(field.value);
  const follow = () => { if (!isChosen && currencies[field.value]) currency.value = currencies[field.value]; };
  currency.addEventListener("change", () => { isChosen = true; });
  field.addEventListener("change", follow);
  if (field.value || !zone) return;
  // A browser may know the zone by an older name.
  if (!Array.from(field.options).some((option) => option.value === zone)) field.add(new Option(zone.split("/").at(-1).replaceAll("_", " "), zone));
  field.value = zone;
  follow();
})();
