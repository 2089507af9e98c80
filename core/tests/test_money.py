"""One function and one fragment of SQL say what a quantity costs, and nothing else multiplies the two."""

import re
import subprocess

from django.conf import settings

from testing.tables import all_cases

QUANTITY, PRICE = r"\w*(?:quantity|packs|opening|lots|own|sold|units|size)\b\)*", r"[\w.]*(?:price|cost)\b"
PRODUCT = re.compile(rf"{QUANTITY}\s*\*\s*\(*{PRICE}|{PRICE}\)*\s*\*\s*\(*[\w.]*{QUANTITY}")


def list_product_files():
    names = subprocess.run(
        ["git", "ls-files", "*.py", "*.js"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    ).stdout.split()
    outside = ("/tests/", "/migrations/", "benchmarks/", "testing/", "conftest.py")
    return [name for name in names if not any(part in f"/{name}" for part in outside)]


def test_nothing_else_multiplies_a_quantity_with_a_price():
    found = {
        (name, match[0])
        for name in list_product_files()
        for match in PRODUCT.finditer((settings.BASE_DIR / name).read_text())
    }
    assert found == {("core/money/amounts.py", "quantity * price")}


@all_cases(
    "text",
    [
        "quantity * price",
        "sum(product.price * (lots",
        "line.quantity * line.unit_cost",
        "packs * pack_size * unit_cost",
    ],
)
def test_a_multiplication_is_found(text):
    assert PRODUCT.search(text)
