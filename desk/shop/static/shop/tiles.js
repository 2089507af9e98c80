// The goods below the tiles: a tick adds a line, and without it the line goes.
(function () {
  const form = document.querySelector("form.task"), boxes = Array.from(form?.querySelectorAll(".offered input") || []);
  const lines = () => Array.from(form.querySelectorAll(".task-line")), productOf = (line) => line.querySelector("[name=product]");
  const findLine = (text) => lines().find((line) => productOf(line).value === text);
  const draw = () => boxes.forEach((box) => { box.checked = Boolean(findLine(box.value)); });

  function remove(line) {
    if (lines().length === 1) productOf(line).value = "";
    else line.remove();
    form.numberLines();
  }

  boxes.forEach((box) => {
    box.removeAttribute("name");  // the lines have what is chosen
    box.disabled = false;
    box.addEventListener("change", () => {
      if (!box.checked) remove(findLine(box.value));
      else productOf(lines().find(form.isEmpty) || form.addLine()).value = box.value;
      form.dispatchEvent(new Event("input"));
    });
  });
  ["input", "click"].forEach((name) => form?.addEventListener(name, () => setTimeout(draw)));
  draw();
})();
