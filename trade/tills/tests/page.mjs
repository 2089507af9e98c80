// What the till's scripts find on their page, as far as tests in Node.js need it.
import { readFileSync } from "node:fs";

const TEXTS = ["no_number", "too_many_unsent", "several_goods {name}"];
const elements = {
  gs1: { textContent: readFileSync("gs1.json", "utf8") },
  texts: { content: { children: TEXTS.map((text) => ({ dataset: { text: text.split(" ")[0] }, textContent: text })) } },
};
globalThis.document = { getElementById: (id) => elements[id], documentElement: { lang: "en" } };
