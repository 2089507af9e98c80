// The time of the till: that of the device, or the server's if the device's clock is wrong by more than a minute. It is never
// before the last time that the server has told: without a network the till then goes on from there.
import { dayOf } from "./screen.js";
import { announce, read, write } from "./store.js";

const TOLERANCE_MS = 60_000;
const STEP_MS = 5_000;  // differences below this come from the way of the answer
const KEPT_EVERY_MS = 5 * 60_000;
let offset = 0, isGuessed;
let serverTime = null;
let known = 0;  // the server's time, which survives a restart

export async function loadClock() {
  [offset, known] = [(await read("offset")) || 0, (await read("known")) || 0];
  isGuessed = Boolean(offset);
  await checkClock();
}

export const now = () => new Date(Math.max(Date.now() + offset, known));
export const readOffset = () => offset;
export const isTimeGuessed = () => isGuessed;
export const readServerTime = () => serverTime;

// Return whether the date of a lot is over, as has_expired() in stock/models/querysets.py does.
export const hasExpired = (expiresOn) => Boolean(expiresOn) && expiresOn < dayOf(now());

async function setOffset(value, isGuess) {
  [offset, isGuessed] = [value, isGuess];
  await write("offset", offset);
  announce("clock");
}

// Go on from the last time that is known if the device's clock was set back before it.
export async function checkClock() {
  const behind = known - Date.now() - offset;
  if (behind > TOLERANCE_MS) await setOffset(offset + behind, true);
}

export async function noteServerTime(header) {
  const time = Date.parse(header);
  if (Number.isNaN(time)) return;
  serverTime = new Date(time);
  if (Math.abs(time - known) > KEPT_EVERY_MS) await write("known", known = time);
  const difference = time - Date.now();
  const found = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
  if (isGuessed || Math.abs(found - offset) >= STEP_MS) await setOffset(found, false);
}
