// Buttons that copy the text of the element in data-copies. The tag of this script has the texts that they get.
const copyTexts = document.currentScript.dataset;
document.querySelectorAll("[data-copies]").forEach(function (button) {
  const title = button.textContent;
  const source = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.setAttribute("aria-live", "polite"); // a screen reader says that the text was copied
  button.addEventListener("click", async function () {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(source.innerText) /* each code of a list in a line of its own */;
      button.textContent = copyTexts.copied;
    } else { // without TLS, only localhost has a clipboard: select the text instead
      getSelection().selectAllChildren(source);
      button.textContent = copyTexts.selected;
    }
    setTimeout(function () { button.textContent = title; }, 2000);
  });
});
