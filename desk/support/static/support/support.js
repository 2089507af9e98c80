// On a narrow screen the head of a list is hidden, and each value follows the title of its column.
for (const table of document.querySelectorAll("#result_list, .support-movements")) {
  const titles = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  for (const cell of table.querySelectorAll("tbody td")) {
    if (titles[cell.cellIndex] && cell.parentElement.cells.length > 1) cell.dataset.title = titles[cell.cellIndex];
  }
}

// Accessible names that Django's admin lacks: date and time inputs, autocomplete lists, help icons, the search field.
const nameOf = (field) => {
  const label = document.querySelector(`label[for="${field.id.replace(/_[01]$/, "_0")}"], label[for="${field.id}"]`);
  const legend = field.closest("fieldset, .form-row")?.querySelector("legend, label");
  return (label ?? legend)?.textContent.trim().replace(/:$/, "") ?? "";
};
const nameAll = () => {
  for (const field of document.querySelectorAll("input.vDateField, input.vTimeField")) {
    const part = field.classList.contains("vDateField") ? "date" : "time";
    field.setAttribute("aria-label", `${nameOf(field)}, ${part}`);
  }
  for (const list of document.querySelectorAll("select.admin-autocomplete")) {
    for (const shown of list.parentElement.querySelectorAll(".select2-selection, .select2-selection__rendered")) {
      shown.removeAttribute("aria-labelledby");
      shown.setAttribute("aria-label", nameOf(list));
    }
  }
  for (const hint of document.querySelectorAll(".help-tooltip[aria-label]")) hint.setAttribute("role", "img");
  document.querySelector("label[for=searchbar]")?.append("Search");
};
// After jQuery's own handlers, which create the autocomplete lists.
addEventListener("load", () => (window.django?.jQuery ? setTimeout(() => django.jQuery(nameAll), 0) : nameAll()));
