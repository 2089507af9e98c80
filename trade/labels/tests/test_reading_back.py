"""What a label carries is found by a scan, as readers return it: each form of a code, drawn in each way."""

import json

import pytest
from django.conf import settings

from stock.models import Lot
from testing.cast.people import make_product
from testing.reading.labels import read_svg, read_zpl
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit

CODES = (
    "012345678905", "614141000036", "4006381333931", "0012345678905", "96385074", "01234565", "14006381333938",
    "00012345678905", "4006381333932", "012345678906", "00042", "316148410X", "978316148410012", "pen-a1", "10-KETTLE",
    "010400638133393110A", "]C1A7", "(10)A7", "2100042002548", "https://id.gs1.org/01/04006381333931", "99 A",
)  # fmt: skip
READERS = {"svg": read_svg, "zpl": lambda text: read_zpl(text)[0]}


def read_back(client, line, codes=("qr", "barcode", "auto"), forms=("svg", "zpl")):
    """Yield what readers return for the label: its content, with a prefix, and 12 digits of an EAN that begins with 0.

    Long texts can be too large for lines.
    """
    for code in codes:
        for form in forms:
            answer = client.post("/api/labels/", {"lines": [line], "format": form, "code": code, "size": "100x50"})
            if answer.status_code == 400 and answer.json()["lines"][0]["code"] == "label_too_small":
                assert code == "barcode"
                continue
            assert answer.status_code == 200, answer.json()
            found = READERS[form](answer.text)
            assert len(found) == 1
            for kind, content, prefix in found:
                yield from (content, f"{prefix}{content}")
                if kind == "EAN-13" and content.startswith("0"):
                    yield content[1:]


def find(client, text):
    """Return the ids of the product and of the kit that the text names, and the quantity."""
    answer = client.get("/api/scan/", {"code": text}).json()
    return [(answer.get(kind) or {}).get("id") for kind in ("product", "kit")], answer.get("quantity")


@pytest.fixture
def shop(as_alice, alice):
    """Return a shop with codes of scales."""
    table = json.loads((settings.BASE_DIR / "products/codes/tests/scale_codes.json").read_text(encoding="utf-8"))
    assert as_alice.patch("/api/account/", {"scale_codes": table["scale_codes"]}).status_code == 200
    return alice


@all_cases("code", CODES)
@all_cases("field", ["sku", "barcode"])
def test_a_product_is_found_by_what_its_label_carries(as_alice, shop, field, code):
    product = make_product(shop, "Pen", 1, **{field: code})
    texts = {*read_back(as_alice, {"product": product.pk})}
    assert len(texts) >= 2
    assert {text: find(as_alice, text) for text in texts} == dict.fromkeys(texts, ([product.pk, None], 1))


@all_cases("code", CODES)
@all_cases("field", ["sku", "barcode"])
def test_a_kit_is_found_by_what_its_label_carries(as_alice, shop, field, code):
    kit = make_kit(shop, "Set", {make_product(shop, "Pen", 1).pk: 2}, **{field: code})["id"]
    texts = {*read_back(as_alice, {"kit": kit}, ["auto"], ["svg"])}  # drawn as those of products
    assert {text: find(as_alice, text) for text in texts} == dict.fromkeys(texts, ([None, kit], 1))


@all_cases(("barcode", "lot"), [("012345678905", "a/7"), ("96385074", "0042"), ("", "B 7"), (CODES[6], "Ö")])
def test_a_lot_is_found_by_what_its_label_carries(as_alice, shop, barcode, lot):
    pen = make_product(shop, "Pen", 1, barcode=barcode, sku="012345678905" if not barcode else "PEN")
    row = Lot.objects.create(owner=shop, product=pen, code=lot)
    texts, found = {*read_back(as_alice, {"product": pen.pk, "lot": row.code})}, [pen.pk, None]
    assert {text: find(as_alice, text)[0] for text in texts} == dict.fromkeys(texts, found)


def test_goods_by_weight_are_found_by_a_sku_that_looks_like_an_ean(as_alice, shop):
    cheese = make_product(shop, "Cheese", 500, sku="614141000036", unit="kg", decimals=3)
    texts = {*read_back(as_alice, {"product": cheese.pk})}
    assert {text: find(as_alice, text) for text in texts} == dict.fromkeys(texts, ([cheese.pk, None], None))
