// GS1 data in scanned texts, by the rules of core/texts/gs1.py: a text is GS1 data from its beginning to its end, or not
// at all. A table of texts and results tests both. The page brings the identifiers from the server.
export const FNC1 = "\x1d";
const GS1_SYMBOLOGIES = ["]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"];
const BARE_GTIN = /^(?:\d{8}|\d{12,14})$/;
const ADDRESS = /^https?:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i;
const LINKED_GTIN = /\/01\/(?:\d{8}|\d{12,14})(?=[/?#]|$)/;
const DATES = ["11", "12", "13", "15", "16", "17", "4324", "4325", "4326", "7003", "7006", "7007", "7011", "8008"];
const YEARS_AHEAD = 50;
const { identifiers: IDENTIFIERS, linked: LINKED, measures: MEASURES } = JSON.parse(document.getElementById("gs1").textContent);
const NOTHING = { gtin: null, lot: null, expiresOn: null, serial: null, count: 1, measures: null };

class NotGS1 extends Error {}

const refuse = () => { throw new NotGS1(); };
const trim = (text) => text.replace(/^[\x1d ]+|[\x1d ]+$/g, "");

// Return the symbology prefix of a scan, which may be empty, and the rest without FNC1 at its ends.
export function splitSymbology(text) {
  const prefix = /^\][A-Za-z][0-9A-Za-z]/.exec(text)?.[0] || "";
  return [prefix, trim(text.slice(prefix.length))];
}

// Return {gtin, lot, expiresOn, serial, count, measures}, or null if the text is not GS1 data.
export function parse(text) {
  const [prefix, body] = splitSymbology(text);
  const isMarked = GS1_SYMBOLOGIES.includes(prefix) || text.includes(FNC1) || body.startsWith("(");
  if (!/^[\0-\x7f]*$/.test(body)) return null;
  try {
    if (!isMarked && BARE_GTIN.test(body)) return { ...NOTHING, gtin: readGTIN(body) };
    const found = summarize(readElements(body));
    const isEmpty = Object.keys(NOTHING).every((name) => found[name] === NOTHING[name]);
    return !isEmpty && (isMarked || found.gtin) ? found : null;
  } catch (error) {
    if (error instanceof NotGS1 || error instanceof URIError) return null;
    throw error;
  }
}

// The last digit of GTINs, and of other numbers of GS1, is a check digit.
function hasCheckDigit(digits) {
  const sum = [...digits].reverse().reduce((total, digit, index) => total + Number(digit) * (index % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}

const readGTIN = (digits) => (hasCheckDigit(digits) ? digits.padStart(14, "0") : refuse());

// Return the GTIN of 8, 12, 13 or 14 digits as 14 digits, or null if the code is none: all its forms are equal.
export function findGTIN(code) {
  return BARE_GTIN.test(code) && hasCheckDigit(code) ? code.padStart(14, "0") : null;
}

// Return the measure in the unit of a product as {number, places}, or null. Nothing is converted, and 0 is no measure.
export function findMeasure(gs1, unit) {
  const measure = gs1?.measures?.get(unit.trim().toLowerCase().replace(/²/g, "2").replace(/³/g, "3"));
  return measure?.number ? measure : null;
}

function readElements(body) {
  if (/^https?:\/\//i.test(body)) return readDigitalLink(body);
  return body.startsWith("(") ? readBracketed(body) : readElementString(body);
}

function readElementString(body) {
  const elements = [];
  for (let rest = body; rest;) {
    const element = extract(rest);
    rest = rest.slice(element.name.length + element.value.length);
    if (element.needsEnd && rest && !rest.startsWith(FNC1)) refuse();
    rest = rest.replace(/^\x1d+/, "");
    elements.push(element);
  }
  return elements;
}

function extract(text, isWhole = false) {
  const { name, pattern, needsEnd } = IDENTIFIERS.find((one) => text.startsWith(one.name)) || refuse();
  const [found] = new RegExp(pattern).exec(text.split(FNC1)[0]) || refuse();
  if (isWhole && found !== text) refuse();
  const element = { name, value: found.slice(name.length), needsEnd };
  if (DATES.includes(element.name)) element.date = readDate(element.value);
  return element;
}

function readBracketed(body) {
  const pairs = [...body.matchAll(/\((\d{2,4})\)([^()]+)/g)];
  if (pairs.map((pair) => pair[0]).join("") !== body) refuse();
  return pairs.map(([, name, value]) => {
    const element = extract(`${name}${value.trim()}`, true);
    return element.name === name ? element : refuse();
  });
}

function readDigitalLink(body) {
  const [, path, query] = ADDRESS.exec(body) || refuse();
  const parts = path.split("/");
  while (parts.length && !(parts[0] in LINKED)) parts.shift();
  if (!parts.length || parts.length % 2) refuse();
  const pairs = [];
  for (let index = 0; index < parts.length; index += 2) pairs.push(parts.slice(index, index + 2).map(decodeURIComponent));
  const [name, value] = pairs.shift();
  if (name === "01" && !LINKED_GTIN.test(body)) refuse();
  const elements = [extract(`${name}${name === "01" ? value.padStart(14, "0") : value}`, true)];
  let allowed = LINKED[name];
  for (const [qualifier, text] of pairs) {
    if (!allowed.includes(qualifier)) refuse();
    allowed = allowed.slice(allowed.indexOf(qualifier) + 1);
    elements.push(extract(`${qualifier}${text}`, true));
  }
  for (const [key, text] of new Map(new URLSearchParams(query))) {
    if (text && IDENTIFIERS.some((one) => one.name === key)) elements.push(extract(`${key}${text}`, true));
    if (key === "01" && !LINKED_GTIN.test(body)) refuse();
  }
  return elements;
}

// Return the day as 2027-03-31. The day 00 is the last one of the month.
function readDate(value) {
  const [years, month, day, hour, minute = 0, second = 0] = value.match(/\d{2}/g).map(Number);
  const thisYear = new Date().getUTCFullYear();
  let year = thisYear - (thisYear % 100) + years;
  if (year - thisYear > YEARS_AHEAD) year -= 100;
  else if (year - thisYear <= YEARS_AHEAD - 100) year += 100;
  const date = new Date(Date.UTC(year, day ? month - 1 : month, day));
  const isDay = month >= 1 && month <= 12 && (!day || date.getUTCMonth() === month - 1);
  const isTime = hour === undefined || (hour <= 23 && minute <= 59 && second <= 59) || (hour === 99 && minute === 99);
  return isDay && isTime ? date.toISOString().slice(0, 10) : refuse();
}

function summarize(elements) {
  const values = new Map();
  for (const element of elements) {
    const present = values.get(element.name) || element;
    if (present.value !== element.value || !/^[\0-\x7f]*$/.test(element.value)) refuse();
    values.set(element.name, present);
    if (/^(?:0[0-3]|41.)$/.test(element.name)) readGTIN(element.value);
  }
  const get = (name) => values.get(name)?.value ?? null;
  const gtin = get("01") || get("02");
  const count = get("02") && !get("01") && get("37") ? Number(get("37")) : 1;
  if (!count) refuse();
  const measures = new Map();
  for (const { name, value } of gtin ? values.values() : []) {
    const unit = MEASURES[name.slice(0, 3)];
    if (!unit) continue;
    if (measures.has(unit)) refuse();
    measures.set(unit, { number: Number(value), places: Number(name[3]) });
  }
  const dated = values.get("17") || values.get("15");
  return { gtin, lot: get("10"), expiresOn: dated?.date || null, serial: get("21"), count, measures: measures.size ? measures : null };
}
