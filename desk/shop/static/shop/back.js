// What goods that come back were sold for, as trade/selling/sold.py and the VAT of stock/models/sql_sales.py.
import { add } from "../tills/costs.js";
import { findTax } from "../tills/discounts.js";
import { shareOf, toAmount, toCents } from "../tills/money.js";

const split = (texts) => texts.split(" ").filter(Boolean).map((text) => text.split("/"));

// Return the rate and the cost of what comes back of each movement of a line, the last one first, or null if the line
// has less than these units.
function listBack({ units, worths }) {
  const costs = split(worths).map(([worth, sold, before, given, left, rate]) => {
    const taken = Math.min(units, sold - before), rest = toCents(left);
    units -= taken;
    const part = shareOf(toCents(worth), Number(before) + taken, Number(sold)) - toCents(given);
    const cost = taken === sold - before || part > rest ? rest : part < 0n ? 0n : part;
    return { rate, cost: taken ? cost : 0n };
  });
  return units ? null : costs;
}

// Return the same of a line of whole goods, of which `number` were sold: as take_of_entry(). `each` is how much of a
// movement one of them has.
function listWholes({ units, worths, each, number }) {
  const parts = split(worths), sizes = each.split(" ").map(Number), total = add(parts.map(([worth]) => toCents(worth)));
  const back = parts.map((part, place) => listBack({ units: units * sizes[place], worths: part.join("/") })?.[0]);
  if (back.includes(undefined)) return null;
  const before = Math.min(...parts.map(([, , returned], place) => Math.floor(returned / sizes[place])));
  let rest = shareOf(total, before + units, number) - shareOf(total, before, number) - add(back.map(({ cost }) => cost));
  return back.map(({ rate, cost }, place) => {
    const [, sold, returned, , left] = parts[place], isLast = Number(returned) + units * sizes[place] === Number(sold);
    const most = isLast ? 0n : toCents(left) - cost, least = isLast ? 0n : -cost, change = rest < least ? least : rest > most ? most : rest;
    rest -= change;
    return { rate, cost: cost + change };
  });
}

// Return what the lines bring back, with VAT that is added, or null if one of them has no quantity that can come back.
// `before` has the rates and the worths of what came back before.
export function sumBack(lines, before) {
  const back = lines.map((line) => (line.units === null ? null : line.each ? listWholes(line) : listBack(line)));
  if (back.includes(null)) return null;
  const costs = back.flat(), earlier = split(before).map(([rate, cost]) => ({ rate, cost }));
  const taxed = costs.map(({ rate, cost }) => ({ rate, cost: toAmount(cost) }));
  return add(costs.map(({ cost }) => cost)) + findTax({ lines: taxed, before: earlier });
}
