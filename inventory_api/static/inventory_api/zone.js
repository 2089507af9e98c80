// Choose the time zone of the browser, unless one is chosen already.
(function () {
  const field = document.querySelector("[name=time_zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field.value || !zone) return;
  // A browser may know the zone by an older name.
  if (!Array.from(field.options).some((option) => option.value === zone)) field.add(new Option(zone.split("/").at(-1).replaceAll("_", " "), zone));
  field.value = zone;
})();
