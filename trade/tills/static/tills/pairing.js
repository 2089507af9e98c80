// Pairing: a person who is signed in makes this device a till, with a key of its own.
import { readRefusal, request } from "./api.js";
import { now, readOffset } from "./clock.js";
import { forgetPictures } from "./pictures.js";
import { adoptTill, listRows, UNFINISHED } from "./queue.js";
import { withoutSending } from "./sender.js";
import { fill, find, makeButton, say, showScreen, tell, writeTime } from "./screen.js";
import { read } from "./store.js";

let paired = () => {};

export function startPairing(afterwards) {
  paired = afterwards;
  find("#new-till").addEventListener("submit", (event) => {
    event.preventDefault();
    pair("/api/tills/", { name: find("#till-name").value.trim() });
  });
}

export async function openPairing() {
  showScreen("pair");
  const answer = await ask("/api/tills/?page_size=100");
  find("#signed-in").hidden = answer?.status !== 200;
  find("#signed-out").hidden = !answer || answer.status === 200;
  if (answer?.status !== 200) return;
  const tills = answer.data.results.filter((till) => !till.revoked_at);
  find("#open-tills").replaceChildren(...tills.map((till) => {
    const seen = till.last_seen_at ? writeTime(till.last_seen_at) : say("never");
    const item = fill("till-row", { name: till.name, details: say("till_details", { user: till.username, seen }) });
    item.append(makeButton(say("pair_this"), () => pair(`/api/tills/${till.id}/pair/`, {}, till.id)));
    return item;
  }));
  find("#tills").hidden = !tills.length;
}

// Return the answer to a request of the person, or undefined and say that there is no network.
function ask(path, options) {
  return request(path, options).catch(() => tell(say("pair_offline"), { isWrong: true }));
}

// Return the parameter that says that this device has the key of its till, and so all numbers that it has given.
const prove = (till) => `?key_prefix=${till.key.split("_")[1]}`;

// Pair with a new till, or with the open one of this id. Its numbers go on. Rows of another till that are not sent get
// numbers of the new one, so the other one is closed first: none of its bookings can arrive afterwards.
async function pair(path, body, id) {
  const old = await read("till");
  const isOther = old && old.id !== id && (await listRows()).some((row) => UNFINISHED.includes(row.state));
  if (isOther && !(confirm(say("other_till", { name: old.name })) && await close(old))) return;
  const address = path + (old && old.id === id ? prove(old) : "");
  const [account, answer] = [await ask("/api/account/"), await ask(address, { method: "POST", body: JSON.stringify(body) })];
  if (!account || !answer) return;
  if (answer.status !== 201) return refuse(answer);
  const { id: number, name, prefix, key, next_number } = answer.data;
  const shop = { owner: account.data.owner, name: account.data.name, sign: account.data.csv === "european" ? "," : "." };
  const till = { id: number, name, prefix, key, shop, paired_at: now().toISOString() };
  try {
    await withoutSending(async () => adoptTill(till, next_number, isOther ? await readGaps(old) : null));
  } catch (error) {
    return tell(say("not_paired", { reason: error.message }), { isWrong: true });
  }
  if (old && old.shop.owner !== shop.owner) await forgetPictures();
  const isKept = await navigator.storage?.persist?.();
  const isAnew = next_number > 1 && old?.id !== number;
  const warnings = [isAnew && "goes_on", readOffset() && "clock_wrong", !isKept && "not_persistent"].filter(Boolean);
  tell(["paired", ...warnings].map((one) => say(one, { name, time: writeTime(now()), number: next_number })).join(" "));
  paired();
}

function refuse(answer) {
  const isProof = answer.data?.code === "proof_required";
  const link = isProof && Object.assign(document.createElement("a"), { href: "/accounts/proof/?next=/till/", textContent: say("prove") });
  tell(isProof ? say("prove_first") : readRefusal(answer), { isWrong: true, link });
}

// Close the old till, unless it is closed already. Return whether its rows may get numbers of another till.
async function close(old) {
  const gaps = await ask(`/api/tills/${old.id}/gaps/`);
  if (gaps?.status === 404) tell(say("other_shop", { name: old.name }), { isWrong: true });
  if (gaps?.status !== 200) return false;
  const answer = await ask(`/api/tills/${old.id}/${prove(old)}`, { method: "DELETE" });
  if (answer && ![204, 409].includes(answer.status)) refuse(answer);  // 409: it is closed already
  return answer && [204, 409].includes(answer.status);
}

// Return what the server knows of the numbers of a closed till. The key of another till may not read them.
async function readGaps(old) {
  const found = { last: 0, missing: [], dropped: [], unproven: [] };
  for (let next = 0; next !== null;) {
    const answer = await request(`/api/tills/${old.id}/gaps/${next ? `?after=${next}` : ""}`);
    if (answer.status !== 200) throw new Error(readRefusal(answer));
    found.last = answer.data.last;
    found.missing.push(...answer.data.missing);
    found.dropped.push(...answer.data.dropped);
    found.unproven.push(...(answer.data.may_be_missing || []));  // release 1.1.0 does not send it
    next = answer.data.next ?? null;
  }
  return found;
}
