"""The page Return says how much money to give back while somebody types. Its script runs in Node.js."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

# Stands for the form of the page, and prints what its script writes for each of the cases.
PAGE = """
import { readFileSync } from "node:fs";
const script = readFileSync("shop/return.js", "utf8").replace("(async", "return (async").replaceAll("import(", "load(");
const run = new Function("document", "load", script), shown = [], src = `file://${process.cwd()}/shop/return.js`;
for (const { lines, due, ...typed } of JSON.parse(readFileSync(0))) {
  const output = {}, find = (one) => (one === "output" ? output : { remove() {} });
  const box = { dataset: { before: "", due }, querySelector: find };
  const rows = lines.map(([value, worth]) => ({ dataset: { decimals: "0", worth }, querySelector: () => ({ value }) }));
  const elements = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, { value }]));
  const form = { dataset: { sign: ",", currency: "EUR", moneyDecimals: "2" }, elements, addEventListener() {},
                 querySelector: () => box, querySelectorAll: () => rows };
  await run({ querySelector: () => form, currentScript: { src } }, (url) => import(url));
  shown.push(output.textContent);
}
console.log(JSON.stringify(shown));
"""
TEA, POT = "10.00/4/0/0/10.00/", "5.00/1/0/0/5.00/"  # four pieces for 10.00, and one for 5.00


@pytest.mark.quick
@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_what_is_given_back_is_written_while_somebody_types(tmp_path):
    """It is what comes back without what is not paid, or what is typed, or nothing if that comes later."""
    cases = [
        ({"lines": [["1", TEA], ["1", POT]]}, "7,50 EUR"),
        ({"lines": [["0", TEA], ["", POT]]}, "0,00 EUR"),
        ({"lines": [["5", TEA], ["1", POT]]}, "–"),
        ({"lines": [["1", TEA], ["1", POT]], "due": "3.00"}, "4,50 EUR"),
        ({"lines": [["1", TEA]], "due": "3.00"}, "0,00 EUR"),
        ({"lines": [["1", TEA]], "due": "-1.00"}, "3,50 EUR"),
        ({"lines": [["1", TEA]], "kind": "cash", "amount": ""}, "2,50 EUR"),
        ({"lines": [["1", TEA]], "kind": "cash", "amount": "1,20"}, "1,20 EUR"),
        ({"lines": [["1", TEA]], "kind": "cash", "amount": "x"}, "–"),
        ({"lines": [["1", TEA]], "kind": "later", "amount": ""}, "0,00 EUR"),
        ({"lines": [["1", TEA]], "kind": "later", "amount": "1,20"}, "0,00 EUR"),
    ]
    for name, script in (("shop", "shop/return.js"), ("tills", "tills/money.js")):
        shutil.copytree(Path(finders.find(script)).parent, tmp_path / name)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "page.js").write_text(PAGE)
    given = json.dumps([case for case, _ in cases])
    done = subprocess.run(["node", "page.js"], cwd=tmp_path, input=given, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [shown for _, shown in cases]
