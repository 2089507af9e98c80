// Finds products and kits of the copy: by words, by codes, and by what a scanner reads. The rules of codes are those of
// GET /api/scan/.
import { fold, makeKey, makeSearched } from "./fold.js";
import { findGTIN, findMeasure, parse, splitSymbology } from "./gs1.js";
import { makeKit } from "./kits.js";
import { countUnits } from "./money.js";
import { readLabel } from "./scale_codes.js";
import { readTyped, removeInvisible } from "./typed_codes.js";

const MAX_FOUND = 30;
const RANKS = { own: 1, further: 2, gtin: 3 };  // the articles of scales come after them

export class Finder {
  constructor(products, scaleCodes = [], kits = []) {
    this.scaleCodes = scaleCodes || [];
    this.texts = new WeakMap();  // the results of describe() by product, because folding takes long
    this.products = new Map(products.map((product) => [product.id, product]));
    this.rows = kits;
    this.build();
  }

  get(id) {
    return this.products.get(id) || this.kits.get(id);
  }

  // Replace the products of these ids, and all kits, if they are given. Those that are not among the products are archived.
  replace(ids, products, kits = this.rows) {
    this.rows = kits;
    ids.forEach((id) => this.products.delete(id));
    products.forEach((product) => this.products.set(product.id, product));
    this.build();
  }

  build() {
    this.codes = new Map();
    this.kits = new Map(this.rows.map((row) => makeKit(row, this.products)).map((kit) => [kit.id, kit]));
    const all = [...this.products.values(), ...this.kits.values()];
    this.sorted = all.map((product) => this.describe(product));
    this.sorted.sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)));
    for (const product of all) {
      const codes = product.codes || [];
      [product.barcode, product.sku].forEach((code) => this.addCode(code, product, 1, RANKS.own));
      codes.forEach(({ code, quantity }) => this.addCode(code, product, quantity, RANKS.further));
      this.addGTIN(product.barcode, product, 1);
      codes.forEach(({ code, quantity }) => this.addGTIN(code, product, quantity));
    }
  }

  // Return the product with the text that is searched, and the key by which it is sorted.
  describe(product) {
    if (!this.texts.has(product)) {
      const { name, sku, barcode, codes } = product, text = [name, sku, barcode, ...(codes || []).map(({ code }) => code)].join("\n");
      this.texts.set(product, { product, searched: makeSearched(text), key: makeKey(name) });
    }
    return this.texts.get(product);
  }

  addCode(code, product, quantity, rank) {
    if (!code) return;
    const key = code.toLowerCase();
    if (!this.codes.has(key)) this.codes.set(key, []);
    this.codes.get(key).push({ product, quantity, rank });
  }

  addGTIN(code, product, quantity) {
    const gtin = findGTIN(code || "");
    if (gtin) this.addCode(`gtin ${gtin}`, product, quantity, RANKS.gtin);
  }

  // Return the products with all words in their names and codes, by name. Those that begin with the text come first.
  search(text) {
    const visible = removeInvisible(text);  // in names of some scripts invisible characters have a meaning
    const query = fold((/^[\x20-\x7e]*$/.test(visible) ? visible : text).trim());
    const words = query.split(/\s+/).map((word) => (findGTIN(word) ? word.replace(/^0+(?=.)/, "") : word));
    if (!query) return [];
    const first = [], others = [];
    for (const { searched, product } of this.sorted) {
      if (!words.every((word) => searched.includes(word))) continue;
      (searched.startsWith(query) ? first : others).push(product);
      if (first.length >= MAX_FOUND) break;
    }
    return [...first, ...others].slice(0, MAX_FOUND);
  }

  // Return the products that the scanned text names, mostly one or none. Each has the quantity that the code says, which
  // is null if it says none, and the total price of a scale. A weight with more decimals than the product `isTooFine`.
  scan(text) {
    const visible = removeInvisible(text), gs1 = parse(visible), [, body] = splitSymbology(visible);
    const label = readLabel(body, this.scaleCodes), typed = readTyped(body);
    const strip = (code) => code.replace(/^\x1d+|\x1d+$/g, "").trim();
    const codes = new Set([strip(text), strip(visible), body]);
    const rows = [...codes].flatMap((code) => this.codes.get(code.toLowerCase()) || []);
    const findAll = (gtin) => this.codes.get(`gtin ${gtin}`) || [];
    rows.push(...findAll(gs1 ? gs1.gtin : typed.gtin));
    const articles = rows.length ? [] : (label?.articles || []).flatMap((code) => this.codes.get(code) || []);
    rows.push(...articles);
    if (!rows.length) rows.push(...typed.others.flatMap(findAll));
    const rank = Math.min(...rows.map((row) => row.rank));
    const first = rows.filter((row) => row.rank === rank).sort((one, other) => one.quantity - other.quantity);
    const found = new Map();
    first.forEach((row) => found.set(row.product.id, found.get(row.product.id) || row));
    return [...found.values()].map((row) => measure(row, gs1, articles.length ? label : null));
  }
}

function measure({ product, quantity: units }, gs1, label) {
  const { decimals = 0, unit = "" } = product, price = label?.price, expiresOn = gs1?.expiresOn || null;
  const found = label ? label.measure : findMeasure(gs1, unit);
  if (found) {
    const quantity = countUnits(found, decimals);
    return { product, quantity, total: null, isTooFine: quantity === null, expiresOn };
  }
  const total = price ? BigInt(price.number) * 10n ** BigInt(2 - price.places) : null;
  const saysNothing = total !== null || (decimals > 0 && units === 1);
  return { product, quantity: saysNothing ? null : units * (gs1?.count || 1), total, isTooFine: false, expiresOn };
}
