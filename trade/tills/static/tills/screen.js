// The page's texts, which come with it in the language of the user, and what all screens do with elements.
const sentences = [...document.getElementById("texts").content.children];
const texts = Object.fromEntries(sentences.map((one) => [one.dataset.text, one.textContent]));
const language = document.documentElement.lang;
// A time is written as on receipts and other papers: with numbers alone, in English as in Swedish.
const NUMBERS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
let zone, shopZone, moments;
setZone();

// Show times in this zone, that of the shop. A shop that has chosen none has UTC: its tills show the time of the device,
// and so do browsers that do not know the zone.
export function setZone(name) {
  const format = (timeZone) => new Intl.DateTimeFormat(language === "en" ? "sv" : language, { ...NUMBERS, timeZone });
  try {
    zone = name === "UTC" ? undefined : name;
    moments = format(zone);
    shopZone = name;
  } catch {
    zone = shopZone = undefined;
    moments = format();
  }
}

export const find = (selector, root = document) => root.querySelector(selector);
export const writeTime = (moment) => moments.format(new Date(moment)).replace(",", "");
const writeDay = (moment, timeZone) => new Date(moment).toLocaleDateString("sv", { timeZone });
export const dayOf = (moment) => writeDay(moment, zone);
export const shopDayOf = (moment) => writeDay(moment, shopZone);  // the day by which the server decides

// Return a name so that the numbers beside it keep their places, also if its letters run from right to left.
export const isolate = (name) => (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);

export function say(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (_, key) => isolate(values[key]));
}

// Return a copy of a template, with the values as texts of its slots. An empty slot is hidden.
export function fill(template, values) {
  const element = document.getElementById(template).content.firstElementChild.cloneNode(true);
  Object.entries(values).forEach(([name, value]) => {
    const slot = find(`[data-slot="${name}"]`, element);
    slot.textContent = value;
    slot.hidden = value === "";
  });
  return element;
}

// Tell what has happened. Screen readers read it, and the next text replaces it.
export function tell(text, { isWrong = false, link = null } = {}) {
  const line = find("#told");
  line.className = isWrong ? "refusal" : "message";
  line.replaceChildren(text, ...(link ? [" ", link] : []));
  line.hidden = !text;
}

export function makeButton(text, action, className = "button") {
  const button = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
  button.addEventListener("click", action);
  return button;
}

export function showScreen(name, kind = name) {
  document.querySelectorAll("[data-screen]").forEach((part) => { part.hidden = part.dataset.screen !== name; });
  document.querySelectorAll("[data-go]").forEach((link) => { link.ariaCurrent = link.dataset.go === kind ? "page" : null; });
  scrollTo(0, 0);
}

// Return the number of a booking with the name that the till had. Rows of earlier releases have no such text.
export const nameNumber = ({ shown, reference }) => shown || reference;
