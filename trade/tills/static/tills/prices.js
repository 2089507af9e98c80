// Prices that may be a mistake. The till marks them, and asks about them once before it sells.
import { getFinder } from "./catalogue.js";
import { isDoubtful, toCents, writePrice } from "./money.js";
import { say, tell } from "./screen.js";

let confirmed = "";  // the prices about which the till has asked: selling again confirms them

export function hasDoubt(line, { kind }) {
  return kind === "sell" && isDoubtful(toCents(line.price), toCents(getFinder().get(line.product)?.price || "0"));
}

// Return whether the user has to confirm the prices first.
export function asksAboutPrices(cart) {
  const lines = cart.lines.filter((line) => hasDoubt(line, cart));
  const prices = JSON.stringify([cart.id, lines.map((line) => [line.product, line.price])]);
  if (!lines.length || prices === confirmed) return false;
  confirmed = prices;
  tell(say("doubtful_prices", { names: lines.map((line) => `${line.name} ${writePrice(line)}`).join(", ") }), { isWrong: true });
  return true;
}
