// The key / leads to the search, unless somebody is typing.
document.addEventListener("keydown", function (event) {
  const isTyping = event.target.matches?.("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey;
  const search = document.getElementById("scan");
  if (event.key !== "/" || isTyping || !search) return;
  event.preventDefault();
  search.focus();
});
