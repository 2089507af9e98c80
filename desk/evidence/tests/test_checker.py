"""The program in each pack: it names every change of a pack, also when the digests in the pack are computed again."""

import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from desk.evidence.reading.pack import CHECKER
from desk.evidence.tests.conftest import ask, write
from testing.cast.people import make_product

pytestmark = [pytest.mark.django_db(transaction=True)]


def check(*arguments):
    """Run the program that the service puts into packs. Return its status and its lines."""
    command = [sys.executable, "-I", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def unpack(pack, folder):
    with ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(folder)
    return folder


def test_a_whole_pack_is_right(shop, tmp_path):
    pack = write(ask(shop))
    file, folder = tmp_path / "pack.zip", unpack(pack, tmp_path / "pack")
    file.write_bytes(pack)
    right = re.compile(r"All \d files agree: 2 products, worth \d+\.\d\d EUR, at 20.*\.")
    code, [line] = check(folder / "check.py")
    assert code == 0
    assert right.fullmatch(line)
    code, lines = check(folder / "check.py", file)
    assert (code, lines) == (0, [line, f"SHA-256 of pack.zip: {sha256(pack).hexdigest()}"])


def test_a_pack_of_a_time_without_stock_is_right(shop, tmp_path):
    past = datetime(2020, 12, 31, tzinfo=UTC)
    for number, (clock, start, fields) in enumerate(
        product(("occurred", "recorded"), (None, datetime(2019, 1, 1, tzinfo=UTC)), ("as_of", "recorded_until"))
    ):
        folder = unpack(write(ask(shop, clock=clock, start=start, **{fields: past})), tmp_path / str(number))
        assert check(folder / "check.py")[0] == 0, check(folder / "check.py")


def test_the_pack_of_a_new_shop_is_right(alice, tmp_path):
    for number in range(2):
        code, [line] = check(unpack(write(ask(alice)), tmp_path / str(number)) / "check.py")
        assert (code, "0 products, worth 0.00" in line) == (0, True), line
        make_product(alice, "Tea")  # it has never moved


def test_a_pack_is_right_whatever_characters_a_name_has(alice, tmp_path):
    for name in (
        "U\ufffe",
        "U\uffff",
        "U\U0001fffe",
        "_xFFFE_",
        "_x0041_x",
        "_x005F_",
        "_xfffe_",
        "'=1+1'",
        "<b>&amp;",
    ):
        make_product(alice, name, quantity=3)
    code, lines = check(unpack(write(ask(alice)), tmp_path) / "check.py")
    assert code == 0, lines


# --- Tampering ------------------------------------------------------------------------------------------------


def replace(name, old, new):
    """Return a function that replaces the first match of a pattern in a file of the folder."""

    def change(folder):
        text = (folder / name).read_bytes().decode()
        changed = re.sub(old, new, text, count=1, flags=re.MULTILINE)
        assert changed != text
        (folder / name).write_bytes(changed.encode())

    return change


def change_lines(name, edit):
    """Return a function that gives a file of the folder other lines."""

    def change(folder):
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join(edit(lines)))

    return change


def change_seals(edit):
    def change(folder):
        seals = edit(json.loads((folder / "seals.json").read_text()))
        (folder / "seals.json").write_text(json.dumps(seals))

    return change


def change_cell(old, new):
    """Return a function that changes the sheet of the workbook."""

    def change(folder):
        path = folder / "inventory.xlsx"
        with ZipFile(path) as book:
            members = {name: book.read(name) for name in book.namelist()}
        sheet = members["xl/worksheets/sheet1.xml"].decode()
        assert re.search(old, sheet)
        members["xl/worksheets/sheet1.xml"] = re.sub(old, new, sheet, count=1).encode()
        with ZipFile(path, "w", ZIP_DEFLATED) as book:
            for name, content in members.items():
                book.writestr(name, content)

    return change


def compute_digests(folder):
    """Write the digests of the changed files into the manifest, as somebody would who knows how."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    names = {file.name for file in folder.iterdir()} - {"manifest.json"}
    manifest["files"] = {name: sha256((folder / name).read_bytes()).hexdigest() for name in names}
    del manifest["digest"]
    manifest["digest"] = sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(manifest))


def swap(lines):
    return [lines[0], lines[2], lines[1], *lines[3:]]


def move_value(lines):
    """Return the inventory with a cent moved from its first row to its second, so that the total stays."""
    rows = [line.decode().rstrip().split(",") for line in lines]
    for place, cents in ((1, -1), (2, 1)):
        rows[place][-1] = f"{float(rows[place][-1]) + cents / 100:.2f}"
    return [f"{','.join(row)}\r\n".encode() for row in rows]


QUANTITY = r"^(\d+,Tea,.*),\d+,\d+,"
# What somebody does to the files, and what the program says.
TAMPERED = {
    "a quantity": (replace("inventory.csv", QUANTITY, r"\1,7,7,"), "inventory.csv was changed"),
    "a value": (replace("inventory.csv", r"\d\.\d\d\r$", "9.99\r"), "inventory.csv was changed"),
    "a name": (replace("inventory.csv", "Tea", "Gold"), "inventory.csv was changed"),
    "a row removed": (change_lines("inventory.csv", lambda lines: lines[:-1]), "inventory.csv was changed"),
    "a row added": (change_lines("inventory.csv", lambda lines: [*lines, lines[-1]]), "inventory.csv was changed"),
    "rows in another order": (change_lines("inventory.csv", swap), "inventory.csv was changed"),
    "the header": (replace("inventory.csv", "quantity", "pieces"), "its header was changed"),
    "a line of the account": (replace("account.csv", r"90\.00|461\.00", "1.00"), "account.csv was changed"),
    "a count": (replace("counts.csv", r",39,-1,", ",40,0,"), "counts.csv was changed"),
    "a delivery": (replace("purchases.csv", "Mill", "Smith"), "purchases.csv was changed"),
    "no seals": (change_seals(lambda _seals: []), "seals.json was changed"),
    "a cell of the workbook": (change_cell("<v>39</v>", "<v>40</v>"), "inventory.xlsx was changed"),
    "a figure of the page": (replace("inventory.html", ">39<", ">40<"), "inventory.html was changed"),
    "the README": (replace("README.txt", "not written down", "written down"), "README.txt was changed"),
    "the instant in the manifest": (
        replace("manifest.json", '"as_of": "20', '"as_of": "21'),
        "manifest.json was changed",
    ),
    "a digest in the manifest": (replace("manifest.json", '"counts.csv": "..', '"counts.csv": "zz'), "counts.csv was"),
    "the manifest cut": (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json can't be read"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json can't be read"),
    "a file added": (lambda folder: (folder / "late.csv").write_text("x"), "late.csv was added"),
    "a file removed": (lambda folder: (folder / "counts.csv").unlink(), "counts.csv was removed"),
    "the program": (replace("check.py", "Check a pack", "Check the pack"), "check.py was changed"),
}
# The same with the digests computed again.
FORGED = {
    "a quantity": (TAMPERED["a quantity"][0], "a row of product"),
    "an amount": (replace("inventory.csv", r"2400,2\.400", "2400,2.500"), "but the amount 2.500"),
    "a value": (TAMPERED["a value"][0], "as value, and manifest.json"),
    "a value moved to another place": (change_lines("inventory.csv", move_value), "a row of product"),
    "a name": (TAMPERED["a name"][0], "have different names"),
    "a row removed": (TAMPERED["a row removed"][0], "as rows, and manifest.json"),
    "a row added": (TAMPERED["a row added"][0], "are not in their order"),
    "rows in another order": (TAMPERED["rows in another order"][0], "are not in their order"),
    "a cell of the workbook": (TAMPERED["a cell of the workbook"][0], "inventory.xlsx, row 3: quantity is '40'"),
    "a figure of the page": (TAMPERED["a figure of the page"][0], "inventory.html, row 2: amount is '40'"),
    "the total of the page": (replace("inventory.html", r"\d(\.\d\d</td></tr>\s</tfoot>)", r"\1"), "has the total"),
    "a line of the account": (TAMPERED["a line of the account"][0], "does not close"),
    "the account of a category": (
        change_lines("account.csv", lambda lines: [lines[0], *lines[2:]]), "of all categories is not",
    ),
    "the name of a category": (replace("account.csv", r"category,\d+,", "category,9,"), "as inventory.csv"),
    "the cost of a delivery": (replace("purchases.csv", r"\b20\.00", "25.00"), "the deliveries were"),
    "what was counted": (replace("counts.csv", r",39,-1,", ",40,-1,"), "is not counted less expected"),
    "what moved since a count": (replace("counts.csv", r",39,-1,0,39,", ",39,-1,1,39,"), "by a wrong sum"),
    "what the inventory has": (replace("counts.csv", r",39,-1,0,39,39,", ",39,-1,0,39,41,"), "and inventory.csv 39"),
    "a delivery of later": (replace("purchases.csv", r"^20\d\d", "2999"), "is not between the start and the instant"),
    "no seals": (TAMPERED["no seals"][0], "does not have the seals of manifest.json"),
    "a seal of another chain": (
        change_seals(lambda seals: [{**seal, "previous": 64 * "1"} for seal in seals]),
        "does not continue the seal before",
    ),
}  # fmt: skip


def test_each_change_is_named(shop, tmp_path):
    pack, missed = write(ask(shop)), []
    cases = [(name, False, *case) for name, case in TAMPERED.items()]
    cases += [(name, True, *case) for name, case in FORGED.items()]
    for number, (name, is_forged, change, expected) in enumerate(cases):
        folder = unpack(pack, tmp_path / str(number))
        change(folder)
        if is_forged:
            compute_digests(folder)
        code, lines = check(folder / "check.py")
        if code != 1 or not any(expected in line for line in lines):
            missed.append((name, is_forged, lines))
    assert not missed


def cut(path: Path, pack):
    path.write_bytes(pack[: len(pack) // 2])


def flip(path: Path, pack):
    at = len(pack) // 3
    path.write_bytes(pack[:at] + bytes([pack[at] ^ 1]) + pack[at + 1 :])


def repeat(path: Path, pack):
    path.write_bytes(pack)
    with pytest.warns(UserWarning, match="Duplicate"), ZipFile(path, "a") as archive:
        archive.writestr("counts.csv", "")


def test_a_damaged_archive_is_named(shop, tmp_path):
    pack, path = write(ask(shop)), tmp_path / "pack.zip"
    (tmp_path / "check.py").write_bytes(CHECKER.read_bytes())
    damages = {cut: "is not a whole archive", flip: "is damaged", repeat: "counts.csv is twice in the archive"}
    for damage, expected in damages.items():
        damage(path, pack)
        code, lines = check(tmp_path / "check.py", path)
        assert (code, any(expected in line for line in lines)) == (1, True), (expected, lines)
