// A form leaves out what its user left empty, where empty would mean a change.
document.addEventListener("submit", function (event) {
  var empty = Array.from(event.target.querySelectorAll("[data-optional]")).filter(function (input) { return !input.value; });
  empty.forEach(function (input) { input.disabled = true; });
  setTimeout(function () { empty.forEach(function (input) { input.disabled = false; }); });
}, true);
