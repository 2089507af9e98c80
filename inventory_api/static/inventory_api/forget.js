// What was typed in the pages of tasks, and the file of an import, are kept for the user that typed or chose it. A
// sign-out and another user's sign-in remove them.
(function () {
  const script = document.currentScript;

  function keepOnly(user) {
    for (const store of [localStorage, sessionStorage]) {
      for (const key of Object.keys(store)) {
        const [kind, owner] = key.split(" ");
        if (owner === user) continue;
        if (["task", "draft"].includes(kind)) store.removeItem(key);
        // The key is the name of a database. It stays until the database is removed.
        if (kind === "file") indexedDB.deleteDatabase(key).onsuccess = () => store.removeItem(key);
      }
    }
  }

  keepOnly(script.dataset.user);
  script.closest("form").addEventListener("submit", () => keepOnly(""));
})();
