"""Check a shop's export: unzip -p FILE check.py | python3 - FILE."""

import hashlib, json, sys, zipfile  # noqa: E401, I001, so that it has ten lines

archive = zipfile.ZipFile(sys.argv[1])
about, previous = json.loads(archive.read("about.json")), 64 * "0"
found = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "about.json"}
wrong = [name for name in found.keys() | about["files"].keys() if found.get(name) != about["files"].get(name)]
for number in range(1, about["seals"] + 1):
    name, seal = f"seals/{number}.jsonl", json.loads(archive.open(f"seals/{number}.jsonl").readline())
    wrong += [f"the chain at {name}"] * ((seal["number"], seal["previous"]) != (number, previous))
    previous = found[name]
print(f"Wrong: {', '.join(wrong)}." if wrong else f"{len(found)} files and {about['seals']} seals are as exported.")
sys.exit(bool(wrong))
