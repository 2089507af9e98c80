// The order of what is done: what is scanned or pressed while the store writes comes after it.
let last = Promise.resolve();

// Do the work after all that was begun before it, also if that has failed.
export function inOrder(work) {
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
}
