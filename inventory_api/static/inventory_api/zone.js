// Choose the time zone of the browser, unless one is chosen already.
(function () {
  const field = document.querySelector("[name=time_zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!field.value && Array.from(field.options).some((option) => option.value === zone)) field.value = zone;
})();
