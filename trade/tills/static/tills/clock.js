// The time of the till: that of the device, or the server's if the device's clock is wrong by more than a minute.
import { announce, read, write } from "./store.js";

const TOLERANCE_MS = 60_000;
const STEP_MS = 5_000;  // differences below this come from the way of the answer
let offset = 0;
let serverTime = null;

export async function loadClock() {
  offset = (await read("offset")) || 0;
}

export const now = () => new Date(Date.now() + offset);
export const readOffset = () => offset;
export const readServerTime = () => serverTime;

// Return whether the date of a lot is over, as has_expired() in stock/places/states.py does. The till stands in its shop.
export const hasExpired = (expiresOn) => Boolean(expiresOn) && expiresOn < now().toLocaleDateString("sv");

export async function noteServerTime(header) {
  const time = Date.parse(header);
  if (Number.isNaN(time)) return;
  serverTime = new Date(time);
  const difference = time - Date.now();
  const found = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
  if (Math.abs(found - offset) < STEP_MS) return;
  offset = found;
  await write("offset", offset);
  announce("clock");
}
