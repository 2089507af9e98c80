// The identifiers of GS1 with the form of their values, as in the standard: `T` is a text, `P` a text with characters
// in percent encoding, `D` a month and a day. Identifiers and forms alternate.
const PARTS = {
  T: String.raw`[!%-?A-Z_a-z"]`,
  P: String.raw`(?:[!%-?A-Z_a-z"]|%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2})`,
  D: String.raw`(?:0\d|1[0-2])(?:[0-2]\d|3[01])`,
};
// Values of a fixed length need no FNC1 at their end.
const FIXED = String.raw`
  00 \d{18} 0[123] \d{14} 1[123567] \d{2}D 20 \d{2} 3(?:1[0-6]|2\d|3[0-7]|4\d|5[0-7]|6\d)[0-5] \d{6} 41[0-7] \d{13}`;
const VARIABLE = String.raw`
  10|21|22|243|254|420|4318|702[012]|71[0-7]|7240|8002|8012 T{1,20} 235 T{1,28} 242 \d{1,6} 253 \d{13}T{0,17}
  24[01]|25[01]|40[013]|4308|4319|7002|7023|8004|90 T{1,30} 255 \d{13,25} 30 \d{0,8} 37 \d{1,8} 39[02]\d \d{1,15}
  39[13]\d \d{4,18} 394[0-3]|8111 \d{4} 395[0-5]|4326|7006|8005 \d{6} 402 \d{17} 421 \d{3}T{1,9} 42[246] \d{3}
  42[35] (?:\d{3}){1,5} 427|7008 T{1,3} 430[01]|431[01]|4320 P{1,35} 430[2-6]|431[2-6]|7257 P{1,70} 43[01]7 [A-Z0-9]{2}
  4309 \d{20} 432[123] [01] 432[45]|7003 \d{10} 433[0-3] \d{6}-? 7001 \d{13} 7004 \d{0,4} 7005 T{1,12}
  7007 \d{6}(?:\d{6})? 7009 T{1,10} 7010 T{1,2} 7011 \d{6}(?:\d{4})? 703\d \d{3}T{1,27} 7040 \dT{3} 7041 T{1,4}
  723\d T{3,30} 7241 \d{2} 7242|801[34]|8020 T{1,25} 7250 \d{4}D 7251 \d{4}D(?:[01]\d|2[0-3])[0-5]\d 7252 \d
  725[349] P{1,40} 7255 P{1,10} 7256 P{1,90} 7258 \d/\d 8001 \d{14} 8003 0\d{13}T{0,16} 80[02]6 \d{18} 8007 T{1,34}
  8008 \d{2}D(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d)?)? 8009 T{1,50} 8010 [A-Z0-9/#-]{5,30} 8011 \d{1,12} 801[78] \d{18}
  8019 \d{1,10} 8030 [0-9A-Za-z_-]{1,90} 804[01] \d{15} 8042 \d{32} 8043 \d{18,20} 811[02]|8200 T{1,70} 9[1-9] T{1,90}`;

function compile(table, isFixed) {
  const cells = table.trim().split(/\s+/).map((cell) => cell.replace(/(?<![-\\])[TPD](?!-)/g, (part) => PARTS[part]));
  const rows = [];
  for (let index = 0; index < cells.length; index += 2) {
    const [names, value] = cells.slice(index, index + 2);
    rows.push({ name: new RegExp(`^(?:${names})`), pattern: new RegExp(`^(${names})(${value})`), isFixed });
  }
  return rows;
}

export const IDENTIFIERS = [...compile(FIXED, true), ...compile(VARIABLE, false)];

// The identifiers that may begin the path of a Digital Link, with those that may follow, in this order.
export const LINKED = {
  "00": [], "01": ["22", "10", "21", "235"], 253: [], 255: [], 401: [], 402: [], 414: ["254", "7040"], 415: ["8020"],
  417: ["7040"], 8003: [], 8004: ["7040"], 8006: ["22", "10", "21"], 8010: ["8011"], 8013: [], 8017: ["8019"],
  8018: ["8019"],
};
