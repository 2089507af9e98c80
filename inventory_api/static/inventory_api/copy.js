// A button that copies the text of the element it names.
document.querySelectorAll("[data-copies]").forEach(function (button) {
  const source = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async function () {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } else { // a page that came without TLS from another machine: select it, for the keyboard to copy
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(function () { button.textContent = "Copy"; }, 2000);
  });
});
