// Buttons that copy the text of the element in data-copies.
document.querySelectorAll("[data-copies]").forEach(function (button) {
  const source = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async function () {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } else { // without TLS, only localhost has a clipboard: select the text instead
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(function () { button.textContent = "Copy"; }, 2000);
  });
});
