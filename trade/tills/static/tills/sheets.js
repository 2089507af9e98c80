// The open counting sheets, so that a count goes to one of them. The till chooses none by itself.
import { getFeed } from "./catalogue.js";
import { find, say } from "./screen.js";

export function offerSheets(isCount) {
  const field = find("#sheet"), sheets = getFeed()?.sheets || [], chosen = field.value;
  const options = sheets.map((sheet) => new Option(sheet.name, sheet.id));
  field.replaceChildren(new Option(say("no_sheet"), ""), ...options);
  field.value = sheets.some((sheet) => String(sheet.id) === chosen) ? chosen : "";
  field.closest("label").hidden = !isCount || !sheets.length;
}

export const getSheet = ({ kind }) => (kind === "count" && getFeed()?.sheets?.find((one) => String(one.id) === find("#sheet").value)) || null;

export const hidesStock = (cart) => Boolean(getSheet(cart)?.blind);
