// Stands for store.js in tests in Node.js: the same functions, over rows in memory.
const KEYS = { products: "id", queue: "id" };
const stores = { state: new Map(), products: new Map(), queue: new Map() };
let id = 0;

const makeStore = (name) => {
  const rows = stores[name], all = (field, value) => [...rows.values()].filter((row) => row[field] === value);
  return {
    get: (key) => rows.get(key),
    getAll: () => [...rows.values()],
    put: (row, key = row[KEYS[name]] ?? ++id) => { rows.set(key, KEYS[name] ? { ...row, id: key } : row); return key; },
    delete: (key) => { rows.delete(key); },
    clear: () => rows.clear(),
    index: (field) => ({
      get: (value) => all(field, value)[0],
      getAll: (value, number) => all(field, value).slice(0, number),
      count: (value) => all(field, value).length,
    }),
  };
};

export const clear = () => { Object.values(stores).forEach((rows) => rows.clear()); id = 0; };
export const transact = (names, work) => work({ objectStore: makeStore });
export const ask = async (result) => result;
export const read = async (name) => makeStore("state").get(name);
export const write = async (name, value) => makeStore("state").put(value, name);
export const readAll = async (name) => makeStore(name).getAll();
export const announce = () => {};
export const listen = () => {};
