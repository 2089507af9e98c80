// Folds texts as core/texts/folding.py does: a search ignores case and accents, and finds Straße by "strasse".
const LETTERS = {
  æ: "ae", œ: "oe", þ: "th", ð: "d", đ: "d", ø: "o", ł: "l", ı: "i", ħ: "h", ŧ: "t", ß: "ss", ς: "σ",
  "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
};
const TYPED = { ä: "ae", ö: "oe", ü: "ue", ø: "oe", å: "aa" };  // what people type if their keyboard lacks the letter
const MARKS = /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0670]+/g;
const FOLDED = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");
const IS_ASCII = /^[\0-\x7f]*$/;

export function fold(text) {
  if (IS_ASCII.test(text)) return text.toLowerCase();  // this takes a tenth of the time
  return text.normalize("NFKD").replace(MARKS, "").toLowerCase().replace(FOLDED, (letter) => LETTERS[letter]);
}

// Return the text as it is searched: folded, and also as people type it without umlauts.
export function makeSearched(text) {
  const typed = text.replace(/[äöüøå]/gi, (letter) => TYPED[letter.toLowerCase()]);
  return typed === text ? fold(text) : `${fold(text)}\n${fold(typed)}`;
}

// Return the key by which names are sorted, as pages do: numbers by their values, and ñ after n.
export function makeKey(name) {
  return fold(name.replace(/ñ/gi, "n~")).replace(/[0-9]+/g, (digits) => digits.padStart(15, "0"));
}
