// Choose rows of a table: all of them, or a range. Shift and a click or the space bar choose from the row before on.
(function () {
  let last = null;  // the box that was chosen before

  document.addEventListener("click", function ({ target, shiftKey }) {
    if (!target.matches?.("[type=checkbox][name=product]")) return;
    const boxes = Array.from(target.closest("table").querySelectorAll("[name=product]"));
    if (shiftKey && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(target)].sort((one, other) => one - other);
      boxes.slice(from, to + 1).forEach((box) => { box.checked = target.checked; });
      getSelection().removeAllRanges();  // Shift and a click also select the text between
    }
    last = target;
  });

  function offerAll() {
    document.querySelectorAll("[data-choose-all]").forEach((all) => { all.closest("label").hidden = false; });
  }
  offerAll();
  document.addEventListener("rows-shown", offerAll); // live.js has replaced the table
  document.addEventListener("change", function ({ target }) {
    if (!target.matches?.("[data-choose-all]")) return;
    target.form.querySelectorAll("[name=product]").forEach((box) => { box.checked = target.checked; });
  });
})();
