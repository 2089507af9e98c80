// Print what the till's scripts return for each case of money_vectors.json. The arguments are that file and the folder of
// the scripts.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [vectors, folder] = process.argv.slice(2), load = (name) => import(pathToFileURL(`${folder}/${name}.js`));
const money = await load("money"), costs = await load("costs"), discounts = await load("discounts"), kits = await load("kits");
const { toAmount, toCents } = money;
const makeLine = ([quantity, price, decimals]) => ({ quantity, price, decimals });
const makePart = ([each, price, decimals]) => ({ each, price, decimals });
const makeRate = ([rate, cost]) => ({ rate, cost });

const RUNS = {
  prices: ({ line }) => {
    const { quantity, price, decimals } = makeLine(line), cost = money.chargeOf(quantity, toCents(price), decimals);
    return [toAmount(cost), money.chargedPrice({ quantity, price, decimals })];
  },
  discounts: ({ lines, discount }) => discounts.listCosts({ lines: lines.map(makeLine), discount }).map(toAmount),
  kits: ({ price, quantity, parts }) => costs.splitKit({ kit: 1, price, quantity, parts: parts.map(makePart) }).map(({ cost }) => cost),
  sums_of_kits: ({ parts }) => {
    const products = new Map(parts.map(([, price, decimals], id) => [id, { price, decimals, available: 1 }]));
    return kits.makeKit({ id: 1, price: null, parts: parts.map(([quantity], product) => ({ product, quantity })) }, products).price;
  },
  shares: ({ value, units, all }) => toAmount(money.shareOf(toCents(value), units, all)),
  returns: ({ movements, units, kits: sold }) => costs.takeKits(
    movements.map(([paid, all, before, given, each]) => ({ cents: toCents(paid), all, before, given: toCents(given), each })), units, sold,
  ).map(toAmount),
  taxes: ({ lines, before }) => toAmount(discounts.findTax({
    lines: lines.map(([rate, cost]) => ({ rate, quantity: 1, price: cost, decimals: 0 })), before: before.map(makeRate),
  })),
  lowered: ({ price, percent }) => toAmount(money.lowerPrice(toCents(price), toCents(percent))),
  changes: ({ tendered, amount, tip }) => String(Number(money.changeOf({ tendered: toCents(tendered), amount: toCents(amount), tip: tip && toCents(tip) }))),
  doubts: ({ price, usual }) => money.isDoubtful(toCents(price), toCents(usual)),
  units: ({ text, decimals }) => { const units = money.toUnits(text, decimals); return Number.isNaN(units) ? "NaN" : units; },
  amounts: ({ quantity, decimals }) => money.toTypedUnits(quantity, decimals),
  typed: ({ text }) => { const cents = money.readCents(text); return cents === null ? null : toAmount(cents); },
};

const found = Object.entries(JSON.parse(readFileSync(vectors, "utf8"))).map(([section, cases]) => [section, cases.map((one) => {
  money.setFormat(".", one.currency, one.currency === "JPY");
  return RUNS[section](one);
})]);
console.log(JSON.stringify(Object.fromEntries(found)));
