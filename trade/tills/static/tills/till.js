// The page of the till: starts its parts, and keeps what it shows up to date.
import { isReached } from "./api.js";
import { drawSheets, drawStock, forgetBooked, isIdle, openBooking, startBooking } from "./booking.js";
import { getFeed, loadCatalogue, refreshCatalogue } from "./catalogue.js";
import { openClosing, startClosing } from "./closing.js";
import { checkClock, isTimeGuessed, loadClock, now, readOffset } from "./clock.js";
import { setFormat } from "./money.js";
import { inOrder } from "./order.js";
import { openPairing, startPairing } from "./pairing.js";
import { forgetOldRows, listRows } from "./queue.js";
import { drawQueue, groupRows } from "./queue_screen.js";
import { sendQueue, tryAgain } from "./sender.js";
import { setUnsent } from "./stock.js";
import { find, say, setZone, showScreen, tell, writeTime } from "./screen.js";
import { listen, read, write } from "./store.js";
import { isNewRelease, startWorker, useNewRelease } from "./release.js";

const TICK_MS = 15_000;
let kind = "sell";

function go(name) {
  if (["sell", "receive", "count"].includes(name)) openBooking(kind = name);
  else if (name === "pair") openPairing();
  else if (name === "closing") openClosing();
  else showScreen(name);
}

function failed(error) {
  find("#broken").textContent = say("no_storage", { reason: error?.message || error?.name });
  find("#broken").hidden = false;
}

async function refresh() {
  await checkClock();
  await sendQueue();
  await refreshCatalogue();
  startWorker(getFeed()?.language);
  if (isNewRelease() && isIdle()) useNewRelease();
}

const tick = () => refresh().then(() => { find("#broken").hidden = true; }, failed);

async function drawTill() {
  const [till, stopped] = [await read("till"), await read("stopped")];
  const currency = getFeed()?.currency || "", whole = JSON.parse(document.getElementById("whole-currencies").textContent);
  setZone(getFeed()?.time_zone);
  setFormat(till?.shop.sign || ".", currency, whole.includes(currency));
  find("#till").textContent = till?.name || "";
  document.body.classList.toggle("unpaired", !till);
  find("#closing-link").hidden = !getFeed()?.payments;
  find("#stopped").hidden = !stopped;
  find("#stopped-reason").textContent = stopped?.text || "";
  find("#clock").hidden = !readOffset();
  find("#clock").textContent = say(isTimeGuessed() ? "clock_guessed" : "clock_wrong_now", { time: writeTime(now()) });
  return till;
}

async function drawRows() {
  const rows = await listRows(), groups = groupRows(rows);
  setUnsent(groups.unsent);
  drawQueue(rows, tick);
  find("#unsent-number").textContent = groups.unsent.length ? say("unsent", { number: groups.unsent.length }) : say("all_sent");
  find("#settle-number").textContent = groups.settle.length ? say("to_settle", { number: groups.settle.length }) : "";
  return rows;
}

function drawNetwork() {
  const away = navigator.onLine ? !isReached() && "unreached" : "offline";
  find("#network").textContent = say(away || "online");
  document.body.classList.toggle("offline", Boolean(away));
}

async function takeNews(topic, isFromOtherTab) {
  if (topic === "network") return drawNetwork();
  if (topic === "catalogue" && isFromOtherTab) await loadCatalogue();
  const rows = ["queue", "catalogue"].includes(topic) ? await drawRows() : [];
  if (isFromOtherTab) forgetBooked(rows);
  if (topic !== "queue") await drawTill();
  if (topic === "catalogue") drawSheets();
  if (topic !== "clock") drawStock();
}

async function start() {
  if (!navigator.locks) return tell(say("insecure"), { isWrong: true });
  await write("probe", Date.now());  // fails if the browser stores nothing
  await Promise.all([loadClock(), loadCatalogue()]);
  startBooking(tick);
  startClosing();
  startPairing(async () => {
    await refreshCatalogue({ isForced: true });
    go("sell");
    tick();
  });
  listen(takeNews);
  const till = await drawTill();
  forgetBooked(await drawRows());
  document.querySelectorAll("[data-go]").forEach((link) => link.addEventListener("click", () => {
    tell("");
    inOrder(() => go(link.dataset.go));
  }));
  find("#back").addEventListener("click", () => go(kind));
  find("#print").addEventListener("click", () => print());
  find("#try-again").addEventListener("click", () => tryAgain().then(tick));
  go(till ? "sell" : "pair");
  drawNetwork();
  document.body.dataset.ready = "yes";
  ["online", "offline"].forEach((name) => addEventListener(name, drawNetwork));
  ["online", "focus"].forEach((name) => addEventListener(name, tick));
  setInterval(tick, TICK_MS);
  startWorker(getFeed()?.language);
  await forgetOldRows();
  await tick();
}

start().catch(failed);
