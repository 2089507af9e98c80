// The button that opens the browser's dialogue to print.
document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
