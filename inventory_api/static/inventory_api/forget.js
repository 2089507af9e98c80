// What was typed in the pages of tasks is kept for the user that typed it. A sign-out and another user's sign-in remove it.
(function () {
  const script = document.currentScript;

  function keepOnly(user) {
    for (const store of [localStorage, sessionStorage]) {
      for (const key of Object.keys(store)) {
        const [kind, owner] = key.split(" ");
        if (["task", "draft"].includes(kind) && owner !== user) store.removeItem(key);
      }
    }
  }

  keepOnly(script.dataset.user);
  script.closest("form").addEventListener("submit", () => keepOnly(""));
})();
