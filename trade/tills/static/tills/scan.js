// What hand scanners read. A hand scanner types quickly and ends with Enter, wherever the focus is.
import { FNC1 } from "./gs1.js";

const MAX_GAP_MS = 100;  // people type more slowly
const MIN_LENGTH = 6;

// Call `scanned` with what is scanned while the focus is not in `input`. Keys of people go to the input unless they
// type into another field.
export function listenToKeys(input, scanned) {
  let burst = { text: "", at: 0, field: null, before: "" };
  document.addEventListener("keydown", (event) => {
    const field = event.target.matches("input, textarea, select") ? event.target : null;
    const key = event.ctrlKey && event.key === "]" ? FNC1 : event.key;  // scanners send FNC1 in this way
    if (event.isComposing || event.metaKey || event.altKey || (event.ctrlKey && key !== FNC1)) return;
    if (key === FNC1) {
      event.preventDefault();
      if (field === input) input.setRangeText(FNC1, input.selectionStart, input.selectionEnd, "end");
    }
    if (field === input || document.querySelector("dialog[open]") || input.offsetParent === null) return;
    if (key === "Enter" && burst.text.length >= MIN_LENGTH && event.timeStamp - burst.at < MAX_GAP_MS) {
      event.preventDefault();
      if (burst.field) burst.field.value = burst.before;
      burst.field?.dispatchEvent(new Event("input"));
      scanned(burst.text);
    }
    if (key.length !== 1) return;
    if (event.timeStamp - burst.at > MAX_GAP_MS || burst.field !== field) burst = { text: "", field, before: field?.value };
    Object.assign(burst, { text: burst.text + key, at: event.timeStamp });
    if (!field && key !== " ") input.focus();  // the key is typed there
  });
}
