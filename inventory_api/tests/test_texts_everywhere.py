"""The API, the import and the support desk refuse the same texts, and store accepted ones in the same form.

The import takes invisible signs out of the cells of a file.
"""

import pytest
from django.contrib.auth.models import Group

from desk.support.tests.test_admin import submit_form
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases, each_value

REFUSED = [
    "a\x01b", "a\x85b", "\u200b", "\u3164", "Tea\u202egpj", "\u2066Tea\u2069", "e" + "\u0301" * 31,
]  # fmt: skip
CLEANED = {"a\x85b": "ab", "\u200b": "", "Tea\u202egpj": "Teagpj", "\u2066Tea\u2069": "Tea"}
DECOMPOSED, COMPOSED = "Cafe\u0301", "Caf\xe9"
LINES = ["name", "sku", "barcode", "unit"]


@each_value(("field", "text"), LINES, REFUSED, ids=ascii)
def test_api_import_and_admin_refuse_the_same_lines(as_alice, support, kettle, field, text):
    before = Product.objects.values().get()
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {field: text})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    row = {"name": "Pot", "price": "1", field: text}
    file = f"{','.join(row)}\n{','.join(row.values())}\n".encode()
    answer = as_alice.post("/api/products/import/?dry_run=true", file, content_type="text/csv").json()
    if CLEANED.get(text):
        assert answer["preview"][0]["values"][field] == CLEANED[text]
        assert any(note.startswith("Cells that are cleaned of invisible signs: 1,") for note in answer["notes"])
    elif field == "barcode" and text not in CLEANED:  # a cell without a digit is no barcode
        assert answer["preview"][0]["values"]["barcode"] is None
    elif text not in CLEANED or field == "name":
        assert answer["rows"][0]["column"] == field
    answer = submit_form(support, kettle, **{field: text})
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [field])
    assert Product.objects.values().get() == before


@all_cases("field", LINES)
def test_api_and_admin_store_decomposed_text_composed(as_alice, support, alice, kettle, field):
    assert submit_form(support, kettle, **{field: f" {DECOMPOSED} "}).status_code == 302
    assert Product.objects.values_list(field, flat=True).get() == COMPOSED
    make_product(alice, "Pot", sku="POT")
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {field: f"{DECOMPOSED} b"})
    assert answer.json()[field] == f"{COMPOSED} b"


def test_a_description_may_have_line_breaks_and_isolates_but_no_overrides(as_alice, support, kettle):
    text = "Steel\n\u2067\u05e9\u05dc\u05d5\u05dd\u2069\tblue"
    assert submit_form(support, kettle, description=text.replace("\n", "\r\n")).status_code == 302
    kettle.refresh_from_db()
    assert kettle.description == text
    assert submit_form(support, kettle, description="Tea\u202egpj").status_code == 200
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"description": "Tea\u202egpj"}).status_code == 400


@pytest.mark.parametrize(
    "text", [REFUSED[0], *(pytest.param(text, marks=pytest.mark.long) for text in REFUSED[1:])], ids=ascii
)
def test_the_admin_refuses_them_in_every_other_line(support, alice, text):
    supplier = Supplier.objects.create(owner=alice, name="Mill")
    category = Category.objects.create(owner=alice, name="Kitchen")
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    for row, changes in [
        (supplier, {"name": text}),
        (supplier, {"phone_number": text}),
        (supplier, {"contact_email": f'"{text}"@mill.example'}),
        (category, {"name": text}),
        (alice, {"phone": text, **joined}),
        (alice, {"first_name": text, **joined}),
        (alice, {"username": text, **joined}),
    ]:
        assert submit_form(support, row, **changes).status_code == 200, changes
    assert support.post("/admin/auth/group/add/", {"name": text}).status_code == 200
    assert not Group.objects.filter(name=text).exists()


def test_the_admin_finds_composed_text_by_a_decomposed_search(support, alice):
    make_product(alice, COMPOSED, sku=COMPOSED)
    for address in ("/admin/products/product/", "/admin/search/"):
        assert f">{COMPOSED}<" in support.get(address, {"q": DECOMPOSED}).text


def test_a_refused_admin_form_is_shown_again_with_any_value_for_a_relation(support, kettle):
    for nonsense in ("x", "1.5", "9" * 400, "\u0661", "-1"):
        assert submit_form(support, kettle, supplier=nonsense).status_code == 200
