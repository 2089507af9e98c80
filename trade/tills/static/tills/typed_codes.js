// Numbers of articles (GTINs) in texts that people type or scan, by the rules of core/texts/barcodes.py. One table of
// examples tests both.
import { findGTIN } from "./gs1.js";

const INVISIBLE = /[\p{Cf}\u034f\ufe00-\ufe0f\u115f\u1160\u2800\u3164\uffa0]/gu;
const BETWEEN_DIGITS = /[\s'\u2019\u00ad\u2010-\u2015-]/g;

export const removeInvisible = (text) => text.replace(INVISIBLE, "");

// Return {gtin, others}: the GTIN of 14 digits or null, and those that are used only if nothing else has been found.
export function readTyped(text) {
  const digits = text.replace(BETWEEN_DIGITS, "");
  return { gtin: findGTIN(digits), others: listOtherCodes(digits).map(findGTIN).filter(Boolean) };
}

// The numbers that the digits may stand for: a UPC-E, an ISBN-10, and the number before the add-on of a magazine.
function listOtherCodes(digits) {
  if (/^[01]\d{7}$/.test(digits)) return [expandUPC(digits)];
  if (/^\d{9}[\dX]$/i.test(digits) && hasISBNCheckDigit(digits.toUpperCase())) {
    return [...Array(10).keys()].map((last) => `978${digits.slice(0, 9)}${last}`);  // only one of the ten has the right check digit
  }
  const found = /^(\d{12,13}?)(?:\d{2}|\d{5})$/.exec(digits);
  return found ? [found[1]] : [];
}

// Return the UPC-A of a UPC-E: the last of its six digits says where zeros were left out.
function expandUPC([system, ...rest]) {
  const [a, b, c, d, e, last, check] = rest;
  const middle = "012".includes(last) ? `${a}${b}${last}0000${c}${d}${e}`
    : last === "3" ? `${a}${b}${c}00000${d}${e}`
    : last === "4" ? `${a}${b}${c}${d}00000${e}` : `${a}${b}${c}${d}${e}0000${last}`;
  return `${system}${middle}${check}`;
}

function hasISBNCheckDigit(digits) {
  return [...digits].reduce((sum, digit, at) => sum + "0123456789X".indexOf(digit) * (10 - at), 0) % 11 === 0;
}
