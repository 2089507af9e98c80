// Codes of scales: EAN-13 with the number of an article and a weight or a price inside, by the rules of
// products/codes/reading/scanning.py. One table of examples tests both.
import { findGTIN } from "./gs1.js";

// Return {articles, measure, price}, or null if the code is none by these rows. Numbers are {number, places}.
export function readLabel(code, rows) {
  if (!/^\d{12,13}$/.test(code) || !findGTIN(code)) return null;
  const digits = code.padStart(13, "0"), row = rows.find((one) => digits.startsWith(one.prefix));
  if (!row) return null;
  const begin = row.prefix.length, end = begin + row.digits, number = Number(digits.slice(end, -1));
  const found = number ? { number, places: row.places } : null, isPrice = row.holds === "price";
  const articles = [digits.slice(0, end), digits.slice(begin, end)];
  return { articles, measure: isPrice ? null : found, price: isPrice ? found : null };
}
