// The key / leads to the search, unless somebody is typing.
document.addEventListener("keydown", function (event) {
  const isTyping = event.target.matches?.("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey;
  const search = document.getElementById("scan");
  if (event.key !== "/" || isTyping || !search) return;
  event.preventDefault();
  search.focus();
});

// After the back button the menu is closed, although the address of the earlier visit names it. The history's entry
// keeps its state, which has the keys of forms.
addEventListener("pageshow", function (event) {
  const [visit] = performance.getEntriesByType("navigation");
  if (location.hash !== "#menu" || !(event.persisted || visit?.type === "back_forward")) return;
  const state = history.state;
  location.replace("#closed");  // no element has this id, so the page does not scroll
  history.replaceState(state, "", location.pathname + location.search);
});
