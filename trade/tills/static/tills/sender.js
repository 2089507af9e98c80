// Sends the queue, oldest first, from one tab at a time. A request without an answer is sent again: its key makes sure
// that it is booked once.
import { NoAnswer, readRefusal, request } from "./api.js";
import { now, readServerTime } from "./clock.js";
import { changeRow, findPath, findSale, findUnsent, listMovements, nameMovements } from "./queue.js";
import { say } from "./screen.js";
import { announce, read, write } from "./store.js";

const LOCK = "till-sender";
const FUTURE_MS = 5 * 60_000;  // the server refuses times that are further ahead
const TOO_LARGE = 413;  // proxies refuse large bodies, too
const REFUSED = [400, 404, 409, TOO_LARGE, 422];
const STOPS = [401, 403];
let pausedUntil = 0;  // in milliseconds since the page was opened: the device's clock may be set meanwhile
let doubtful = null;  // the id of the row at which the server has failed

// Run the work while no tab sends. Pairing does this, so that no number is sent by an old key meanwhile.
export const withoutSending = (work) => navigator.locks.request(LOCK, work);

export async function sendQueue() {
  if (performance.now() < pausedUntil || await read("stopped")) return;
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock) return;  // another tab sends
    try {
      while (await sendNext());
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    }
  });
}

export async function tryAgain() {
  pausedUntil = 0;
  await write("stopped", null);
  announce("till");
  await sendQueue();
}

// Send the oldest row but `failed`. Return whether the next one may be sent at once.
async function sendNext(failed) {
  const [row, till] = [await findUnsent(failed), await read("till")];
  if (!row || !till || row.till !== till.id) return false;
  const sale = await findSale(row);
  if (row.state === "waiting" && sale?.at > row.at) return changeRow(row, setTime(row, sale.at));  // the device's clock was set back
  const path = row.state === "dropping" ? `/api/tills/${till.id}/drops/` : findPath(row, sale);
  if (!path) return changeRow(row, { state: "settle", refusal: { status: 0, code: "", text: say("sale_unsent") } });
  const answer = await send(path, row, till, sale);
  const code = answer.data?.code;
  if (answer.status === 201) return finishBooked(row, answer);
  if (!answer.data && answer.status !== TOO_LARGE) return waitFor(answer);  // a page of a proxy refuses no booking
  if (STOPS.includes(answer.status) || code === "till_closed") return stop(answer);
  if (row.state === "dropping" && code === "number_booked") return finish(row, "sent");
  if (row.state === "dropping" && code === "number_dropped") return finish(row);
  if (REFUSED.includes(answer.status)) return refuse(row, answer);
  if (answer.status >= 500 && !failed) return passBy(row, answer);
  return waitFor(answer);
}

function waitFor(answer) {
  pausedUntil = performance.now() + answer.retryAfter * 1000;
  return false;
}

// Send the next row in place of one at which the server fails. If it does so again, while it takes others, a person decides:
// one booking must not hold up the others.
async function passBy(row, answer) {
  if (!await sendNext(row)) return waitFor(answer);
  if (doubtful === row.id) return refuse(row, answer);
  doubtful = row.id;
  return true;
}

const setTime = (row, at) => ({ at, body: row.body.replaceAll(row.at, at) });

function send(path, row, till, sale) {
  const sent = row.state === "dropping" ? row.drop : { key: row.key, body: nameMovements(row, sale) };
  return request(path, { key: till.key, method: "POST", body: sent.body, headers: { "Idempotency-Key": sent.key } });
}

// A count changes nothing if a later count of the same product is booked already. Then a person decides.
function finishBooked(row, answer) {
  const outdated = (answer.data?.lines || []).filter((line) => line.outdated).map((line) => line.product);
  return outdated.length ? changeRow(row, { state: "settle", outdated }) : finish(row, undefined, answer.data);
}

// The id of a sale's operation is kept, because a return is sent to it, and those of its movements, which the return names.
function finish(row, state = row.state === "dropping" ? "dropped" : "sent", data = undefined) {
  const ids = row.kind === "sell" && data?.movements && {
    operation: data.id, movements: listMovements(row, data), customer_archived: data.customer_archived,
  };
  return changeRow(row, { state, done_at: now().toISOString(), ...ids });
}

async function stop(answer) {
  await write("stopped", { status: answer.status, code: answer.data?.code || "", text: readRefusal(answer) });
  announce("till");
  return false;
}

// A time in the future is replaced by the server's, because the device's clock was wrong when the row was written. The
// refused request has booked nothing, so its body may change. Everything else is left to a person.
async function refuse(row, answer) {
  const limit = readServerTime();
  if (row.state === "waiting" && !row.clamped_from && limit && Date.parse(row.at) > limit.getTime() + FUTURE_MS) {
    return changeRow(row, { clamped_from: row.at, ...setTime(row, limit.toISOString()) });
  }
  const text = readRefusal(answer, row.lines);
  const short = (answer.data?.lines || []).filter((line) => line.code === "insufficient_stock").map((line) => line.product);
  const refusal = { status: answer.status, code: answer.data?.code || "", text, short: [...new Set(short)] };
  return changeRow(row, { state: "settle", refusal });
}
