// Amounts of money as whole cents, and in the format of the shop: 1,234.50 EUR or 1.234,50 EUR.
const MAX_CENTS = 999_999_999_999n;
const format = { sign: ".", currency: "" };

export function setFormat(sign, currency) {
  Object.assign(format, { sign, currency });
}

// Return the cents of an amount such as 12, 12.5 or 12,50, or null if it is none.
export function toCents(text) {
  const match = /^\s*(\d{1,12})(?:[.,](\d{1,2}))?\s*$/.exec(text);
  const cents = match && BigInt(match[1]) * 100n + BigInt((match[2] || "").padEnd(2, "0"));
  return match && cents <= MAX_CENTS ? cents : null;
}

// Return the amount as it is sent, which people can type too.
export const toAmount = (cents) => `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
export const toTyped = (amount) => amount.replace(".", format.sign);

export function writeMoney(cents) {
  const [whole, rest] = toAmount(cents).split("."), isComma = format.sign === ",";
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, isComma ? "." : ",");
  return `${grouped}${format.sign}${rest} ${format.currency}`.trim();
}

export const sumLines = (lines) => lines.reduce((sum, line) => sum + toCents(line.price) * BigInt(line.quantity), 0n);
