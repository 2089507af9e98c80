// The file that was chosen on the page of the import, and what was chosen for it. They survive another page, a reload and
// a new sign-in: the file in IndexedDB, the choices in the storage of the tab. What was chosen for the last import stays on
// the device, for the next file. inventory_api/forget.js removes all of it when the user signs out.
(function () {
  const form = document.querySelector(".import-form");
  if (!form) return;
  const choices = `draft ${form.dataset.user} import`, files = `file ${form.dataset.user} import`, last = `draft ${form.dataset.user} import before`;
  const MAX_AGE_MILLISECONDS = 24 * 60 * 60 * 1000;
  const readChoices = () => JSON.parse(sessionStorage.getItem(choices) || "{}");
  const isOld = ({ at }) => at < Date.now() - MAX_AGE_MILLISECONDS;

  // Return the result of the work, which makes one request to the store.
  function useFiles(work) {
    return new Promise(function (resolve, reject) {
      localStorage.setItem(files, "kept");  // tells forget.js that there is a database of this name
      const request = indexedDB.open(files, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("files", { autoIncrement: true });
      request.onerror = () => reject(request.error);
      request.onsuccess = function () {
        const database = request.result;
        const transaction = database.transaction("files", "readwrite");
        const found = work(transaction.objectStore("files"));
        transaction.oncomplete = () => { database.close(); resolve(found.result); };
        transaction.onabort = () => { database.close(); reject(transaction.error); };
      };
    });
  }

  // Other tabs may have kept files and never have imported them.
  function removeOldFiles(store) {
    store.openCursor().onsuccess = function (event) {
      const cursor = event.target.result;
      if (!cursor) return;
      if (isOld(cursor.value)) cursor.delete();
      cursor.continue();
    };
  }

  // The storage may be full or switched off. The page then works without a kept file.
  const attempt = (work) => (...values) => new Promise((resolve) => { resolve(work(...values)); }).catch(() => undefined);

  form.kept = {
    // Keep the file in place of the earlier one.
    keep: attempt(async function (file) {
      const earlier = readChoices().id, at = Date.now();
      sessionStorage.setItem(choices, JSON.stringify({ name: file.name, at }));
      const id = await useFiles(function (store) {
        if (earlier) store.delete(earlier);
        return store.add({ file, at });
      });
      sessionStorage.setItem(choices, JSON.stringify({ ...readChoices(), id }));
    }),
    remember: attempt((chosen) => sessionStorage.setItem(choices, JSON.stringify({ ...readChoices(), chosen }))),
    // Return the name of the file, the time `at` which it was kept, what was `chosen`, and the `file` if it is there.
    // `before` is what was chosen for the last import.
    find: attempt(async function () {
      const kept = readChoices();
      const found = localStorage.getItem(files) && await attempt(useFiles)(function (store) {
        removeOldFiles(store);
        return store.get(kept.id || 0);
      });
      const before = JSON.parse(localStorage.getItem(last) || "null");
      return kept.name && !isOld(kept) ? { ...kept, file: found?.file, before } : { before };
    }),
    forget: attempt(async function (before) {
      const { id } = readChoices();
      localStorage.setItem(last, JSON.stringify(before));
      sessionStorage.removeItem(choices);
      if (id) await useFiles((store) => store.delete(id));
    }),
  };
})();
