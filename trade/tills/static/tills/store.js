// The IndexedDB of the till: everything that has to survive a crash. All tabs of the device share it.
const NAME = "till";
const VERSION = 1;
let opened;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => create(request.result);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      // A later release in another tab may need another version. This tab then fails until it is loaded again.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  }).catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

function create(database) {
  database.createObjectStore("state");  // till, next, feed, kits, prices, groups, offset, stopped
  database.createObjectStore("products", { keyPath: "id" });
  const queue = database.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
  queue.createIndex("key", "key", { unique: true });
  queue.createIndex("cart", "cart", { unique: true });  // one cart is booked at most once
  queue.createIndex("state", "state");
}

// Run the work in one transaction, and return its result after the transaction is on the disk. The work may wait only
// for requests of the transaction.
export async function transact(names, work, mode = "readwrite") {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    let result, failure;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(failure || transaction.error);
    work(transaction).then((value) => { result = value; }, (error) => {
      failure = error;
      try { transaction.abort(); } catch { reject(error); }
    });
  });
}

export function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const useState = (work, mode) => transact(["state"], (transaction) => ask(work(transaction.objectStore("state"))), mode);

export const read = (name) => useState((state) => state.get(name), "readonly");
export const write = (name, value) => useState((state) => state.put(value, name));
export const readAll = (store) => transact([store], (transaction) => ask(transaction.objectStore(store).getAll()), "readonly");

// Tell the other tabs and this one that something has changed: "queue", "catalogue" or "till".
const channel = new BroadcastChannel("till");
const listeners = [];
channel.onmessage = (event) => listeners.forEach((listener) => listener(event.data, true));

export function announce(topic) {
  channel.postMessage(topic);
  listeners.forEach((listener) => listener(topic, false));
}

export const listen = (listener) => listeners.push(listener);
