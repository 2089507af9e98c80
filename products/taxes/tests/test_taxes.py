"""Rates of VAT: their routes, the product that has one, and the files with a column for it."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from products.filing.tests.importing import find_bad_rows, import_file
from products.models import MAX_TAXES, Product, Tax
from records.history.models import Change
from testing.cast.people import client_of, make_product
from testing.tables import all_cases

ADDRESS = "/api/taxes/"


@pytest.fixture
def reduced(as_alice):
    return make_tax(as_alice, "Reduced", "7")


def make_tax(client, name, rate):
    response = client.post(ADDRESS, {"name": name, "rate": rate})
    assert response.status_code == 201, response.json()
    return response.json()


def read(client, product):
    return client.get(f"/api/products/{product.pk}/").json()["tax"]


@pytest.mark.quick
def test_a_rate_has_exactly_its_published_values(as_alice, alice, reduced):
    assert list(reduced) == ["id", "name", "rate", "category", "reason", "created_at"]
    assert (reduced["name"], reduced["rate"]) == ("Reduced", "7.00")
    assert type(alice).find(alice.pk).has_taxes


# What is sent for a rate of 0 or 20, and its category and reason then, or the field that is refused.
CATEGORIES = {
    "above 0": ({"rate": "20"}, ("S", "")),
    "at 0, not chosen": ({"rate": "0"}, (None, "")),
    "zero rate": ({"rate": "0", "category": "Z"}, ("Z", "")),
    "exempt": ({"rate": "0", "category": "E", "reason": "Art. 132"}, ("E", "Art. 132")),
    "exempt without a reason": ({"rate": "0", "category": "E"}, "reason"),
    "zero rate with a reason": ({"rate": "0", "category": "Z", "reason": "Why"}, "reason"),
    "exempt above 0": ({"rate": "20", "category": "E", "reason": "Why"}, "category"),
    "standard at 0": ({"rate": "0", "category": "S"}, "category"),
    "standard above 0": ({"rate": "20", "category": "S"}, ("S", "")),
    "unknown": ({"rate": "0", "category": "K"}, "category"),
}  # fmt: skip


@pytest.mark.quick
@all_cases("case", CATEGORIES)
def test_a_rate_has_a_category_that_fits_it(as_alice, case):
    body, expected = CATEGORIES[case]
    answer = as_alice.post(ADDRESS, {"name": "VAT", **body})
    found = answer.json()
    if isinstance(expected, str):
        assert (answer.status_code, list(found)) == (400, [expected])
    else:
        assert (answer.status_code, found["category"], found["reason"]) == (201, *expected)


# What changes after something was sold with a rate of this category, and the code that is refused.
AFTER_SALES = {
    "the category is chosen": ({}, {"category": "Z"}, None),
    "exempt is chosen": ({}, {"category": "E", "reason": "Art. 132"}, None),
    "another rate": ({}, {"rate": "5"}, "rate_fixed"),
    "chosen again": ({"category": "Z"}, {"category": "E", "reason": "Why"}, "rate_fixed"),
    "taken back": ({"category": "Z"}, {"category": None}, "rate_fixed"),
    "another reason": ({"category": "E", "reason": "Why"}, {"reason": "Because"}, "rate_fixed"),
    "another name": ({"category": "E", "reason": "Why"}, {"name": "None"}, None),
}  # fmt: skip


@pytest.mark.quick
@all_cases("case", AFTER_SALES)
def test_the_category_of_a_rate_of_0_is_chosen_once(as_alice, alice, case):
    first, change, code = AFTER_SALES[case]
    tax = as_alice.post(ADDRESS, {"name": "Nothing", "rate": "0", **first}).json()
    tea = make_product(alice, "Tea", 5, price="4.00", tax_id=tax["id"])
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    assert client_of(type(alice).find(alice.pk)).post("/api/stock/", {"reason": "sale", **line}).status_code == 201
    answer = as_alice.patch(f"{ADDRESS}{tax['id']}/", change)
    assert (answer.status_code, answer.json().get("code")) == ((409, code) if code else (200, None))


@pytest.mark.quick
@all_cases(
    ("before", "after"),
    [
        # A rate of 0 without a category was sold at: the first choice is the only one.
        ([], [({"category": "Z"}, None), ({"category": "E", "reason": "Why"}, "rate_fixed")]),
        ([], [({"category": "Z"}, None), ({"category": None}, "rate_fixed")]),
        ([], [({"category": "E", "reason": "Why"}, None), ({"category": "Z", "reason": ""}, "rate_fixed")]),
        ([], [({"category": "Z"}, None), ({"rate": "5", "category": "S"}, "rate_fixed")]),
        # A late sale is sold at the rate that the tax had then.
        ([{"rate": "5"}], [({"rate": "7"}, "rate_fixed"), ({"rate": "0"}, "rate_fixed")]),
    ],
)
def test_what_was_sold_at_never_changes_also_if_it_was_set_back_in_between(as_alice, alice, before, after):
    tax = as_alice.post(ADDRESS, {"name": "Nothing", "rate": "0"}).json()
    tea = make_product(alice, "Tea", 5, price="4.00", tax_id=tax["id"])
    for change in before:
        then = timezone.now()
        assert as_alice.patch(f"{ADDRESS}{tax['id']}/", change).status_code == 200
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    times = {"occurred_at": then.isoformat()} if before else {}
    sold = client_of(type(alice).find(alice.pk)).post("/api/stock/", {"reason": "sale", **line, **times})
    assert sold.status_code == 201
    for change, code in after:
        answer = as_alice.patch(f"{ADDRESS}{tax['id']}/", change)
        assert (answer.status_code, answer.json().get("code")) == ((409, code) if code else (200, None))


def test_workers_read_rates_and_other_shops_see_none(as_bob, as_charlie, reduced):
    assert as_bob.get(ADDRESS).json()["count"] == 1
    assert as_bob.post(ADDRESS, {"name": "Mine", "rate": "1"}).status_code == 403
    assert as_charlie.get(ADDRESS).json()["count"] == 0
    assert as_charlie.get(f"{ADDRESS}{reduced['id']}/").status_code == 404


@all_cases("rate", ["-1", "100.01", "7.001", "seven", "", None, "NaN"])
def test_refuses_wrong_rates(as_alice, rate):
    refused = as_alice.post(ADDRESS, {"name": "Wrong", "rate": rate}, format="json")
    assert (refused.status_code, list(refused.json())) == (400, ["rate"])


def test_a_live_name_is_unique_ignoring_case(as_alice, reduced):
    assert as_alice.post(ADDRESS, {"name": "REDUCED", "rate": "5"}).status_code == 400
    assert as_alice.delete(f"{ADDRESS}{reduced['id']}/").status_code == 204
    assert as_alice.post(ADDRESS, {"name": "REDUCED", "rate": "5"}).status_code == 201
    assert as_alice.post(f"{ADDRESS}{reduced['id']}/restore/").json()["code"] == "name_taken"


@pytest.mark.quick
def test_a_shop_has_a_limited_number_of_rates(as_alice):
    ids = [make_tax(as_alice, f"VAT {number}", number)["id"] for number in range(MAX_TAXES)]
    refused = as_alice.post(ADDRESS, {"name": "One more", "rate": "1"})
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (409, "too_many_taxes", MAX_TAXES)
    assert as_alice.delete(f"{ADDRESS}{ids[0]}/").status_code == 204
    make_tax(as_alice, "One more", 1)
    assert as_alice.post(f"{ADDRESS}{ids[0]}/restore/").json()["code"] == "too_many_taxes"
    assert Tax.objects.live().count() == MAX_TAXES


def test_the_database_refuses_a_wrong_rate_by_name(alice):
    for category, reason, name in (("K", "", "category"), ("E", "", "reason"), (None, "Why", "reason")):
        with pytest.raises(IntegrityError, match=f"products_tax_{name}"), transaction.atomic():
            Tax.objects.create(owner=alice, name="Wrong", rate=0, category=category, reason=reason)
    for rate in ("-0.01", "100.01"):
        with pytest.raises(IntegrityError, match="products_tax_rate"), transaction.atomic():
            Tax.objects.create(owner=alice, name="Wrong", rate=rate)


def test_a_product_has_a_rate_of_its_own_shop(as_alice, as_charlie, alice, charlie, reduced):
    kettle = make_product(alice)
    assert as_alice.get("/api/products/").json()["results"][0]["tax"] is None
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"tax": reduced["id"]}).json()["tax"] == reduced["id"]
    assert as_alice.get("/api/products/").json()["results"][0]["tax"] == reduced["id"]
    theirs = make_product(charlie, "Pot")
    refused = as_charlie.patch(f"/api/products/{theirs.pk}/", {"tax": reduced["id"]})
    assert list(refused.json()) == ["tax"]
    assert refused.status_code == 400
    with pytest.raises(IntegrityError, match="products_product_tax"), transaction.atomic():
        Product.objects.filter(pk=theirs.pk).update(tax_id=reduced["id"])


def test_many_products_are_changed_at_once(as_alice, alice, reduced):
    pots = [make_product(alice, name) for name in ("Pot", "Cup")]
    body = [{"id": pot.pk, "tax": reduced["id"]} for pot in pots]
    answer = as_alice.patch("/api/products/", {"lines": body}, format="json")
    assert [line["tax"] for line in answer.json()["lines"]] == [reduced["id"]] * 2


def test_the_products_of_an_archived_rate_have_none_until_it_is_restored(as_alice, alice, reduced):
    kettle = make_product(alice, tax_id=reduced["id"])
    address = f"{ADDRESS}{reduced['id']}/"
    assert as_alice.delete(address).status_code == 204
    assert read(as_alice, kettle) is None
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"tax": reduced["id"]}).status_code == 400
    assert as_alice.post(f"{address}restore/").status_code == 200
    assert read(as_alice, kettle) == reduced["id"]
    name = {"id": reduced["id"], "name": "Reduced"}
    changes = Change.objects.filter(kind="product", changes__has_key="tax").order_by("id")
    assert [change.changes["tax"] for change in changes] == [[name, None], [None, name]]


def test_the_history_has_the_rate(as_alice, reduced):
    as_alice.patch(f"{ADDRESS}{reduced['id']}/", {"rate": "8"})
    [changed, created] = as_alice.get(f"{ADDRESS}{reduced['id']}/changes/").json()["results"]
    assert changed["changes"] == {"rate": ["7.00", "8.00"]}
    assert created["changes"]["created"][1]["rate"] == "7.00"


def test_the_shop_says_whether_its_prices_include_vat(as_alice, as_bob):
    assert as_alice.get("/api/account/").json()["prices_include_tax"] is True
    assert as_alice.patch("/api/account/", {"prices_include_tax": False}).json()["prices_include_tax"] is False
    assert as_bob.patch("/api/account/", {"prices_include_tax": True}).status_code == 403


@all_cases("cell", ["Reduced", "reduced", "7", "7.00", "7,0", "7 %", "7%"])
def test_a_file_names_a_rate_by_its_name_or_its_number(as_alice, alice, reduced, cell):
    make_tax(as_alice, "Standard", "19")
    imported = import_file(as_alice, f'name,price,tax\nKettle,1,"{cell}"\n')
    assert imported["created"] == 1
    assert Product.objects.get().tax_id == reduced["id"]
    assert import_file(as_alice, f'name,price,tax\nKettle,1,"{cell}"\n')["unchanged"] == 1
    assert import_file(as_alice, "name,tax\nKettle,\n")["updated"] == 1
    assert Product.objects.get().tax_id is None


def test_a_name_takes_precedence_over_a_number(as_alice, reduced):
    named = make_tax(as_alice, "7 %", "19")
    import_file(as_alice, "name,price,tax\nKettle,1,7\n")
    assert Product.objects.get().tax_id == named["id"]


def test_a_file_with_an_unknown_or_archived_rate_is_refused(as_alice, reduced):
    as_alice.delete(f"{ADDRESS}{reduced['id']}/")
    assert find_bad_rows(as_alice, "name,price,tax\nKettle,1,7 %\nPot,1,\nCup,1,8\n") == [(2, "tax"), (4, "tax")]


def test_an_exported_file_changes_nothing(as_alice, alice, reduced):
    make_product(alice, tax_id=reduced["id"])
    make_product(alice, "Pot")
    exported = b"".join(as_alice.get("/api/products/export/").streaming_content).decode()
    assert "Reduced" in exported
    assert import_file(as_alice, exported)["unchanged"] == 2


def test_the_page_of_a_product_names_its_rate(as_alice, alice, reduced):
    kettle = make_product(alice, tax_id=reduced["id"])
    page = as_alice.get(f"/api/products/{kettle.pk}/", HTTP_ACCEPT="text/html").content.decode()
    assert f'href="/api/taxes/{reduced["id"]}/"' in page
    assert "Reduced" in page
