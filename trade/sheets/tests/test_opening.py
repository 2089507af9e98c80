"""Open counting sheets, and what they select."""

import pytest

from core.lists import pagination
from products.models import Product
from stock.models import Location
from suppliers.models import Supplier
from testing.cast.people import make_product, make_products
from testing.cast.places import put_away
from testing.cast.sheets import SHEETS, OpenSheet
from testing.reading.browser import Browser, find_form
from testing.tables import all_cases
from trade.sheets import services
from trade.sheets.models import Sheet


def selected(client, **select):
    """Return the products of a sheet with this selection."""
    response = client.post(SHEETS, {"name": "x", "select": select})
    assert response.status_code == 201, response.json()
    rows = client.get(f"{SHEETS}{response.json()['id']}/lines/").json()["results"]
    return [row["product"] for row in rows]


@pytest.mark.quick
def test_a_sheet_has_all_live_products_by_default(as_alice, alice, charlie):
    ids = [product.pk for product in make_products(alice, 3)]
    make_product(charlie)
    as_alice.delete(f"/api/products/{make_product(alice, 'Gone').pk}/")
    assert selected(as_alice) == ids


def test_a_sheet_selects_by_category_supplier_and_ids(as_alice, alice):
    mill = Supplier.objects.create(owner=alice, name="Mill")
    pots = as_alice.post("/api/categories/", {"name": "Pots"}).json()["id"]
    pot = make_product(alice, "Pot", category_id=pots, supplier=mill)
    cup = make_product(alice, "Cup", supplier=mill)
    tin = make_product(alice, "Tin", category_id=pots)
    assert selected(as_alice, category=pots) == [pot.pk, tin.pk]
    assert selected(as_alice, supplier=mill.pk) == [pot.pk, cup.pk]
    assert selected(as_alice, category=pots, supplier=mill.pk) == [pot.pk]
    assert selected(as_alice, products=[cup.pk, tin.pk]) == [cup.pk, tin.pk]


def test_a_sheet_selects_what_was_not_counted_since_a_time(as_alice, alice):
    pot, cup, tin = make_products(alice, 3)
    Product.objects.filter(pk=pot.pk).update(last_counted_at="2026-01-10T00:00Z")
    Product.objects.filter(pk=cup.pk).update(last_counted_at="2026-03-10T00:00Z")
    assert selected(as_alice, not_counted_since="2026-02-01") == [pot.pk, tin.pk]


def test_a_sheet_of_a_location_has_what_lies_there(as_alice, alice):
    cellar = Location.objects.create(owner=alice, name="Cellar")
    pot, _cup = make_product(alice, "Pot", 5), make_product(alice, "Cup", 5)
    put_away(pot, 2, location=cellar)
    sheet = OpenSheet(as_alice, location=cellar.pk)
    assert sheet.states() == {pot.pk: "uncounted"}
    assert sheet.read()["location_name"] == "Cellar"


def test_a_sheet_without_products_is_refused(as_alice, alice, charlie):
    make_product(alice)
    refused = as_alice.post(SHEETS, {"name": "x", "select": {"products": [make_product(charlie).pk]}})
    assert (refused.status_code, refused.json()["code"]) == (400, "nothing_to_count")
    assert not Sheet.objects.exists()


def test_a_sheet_has_at_most_10000_products(as_alice, alice, monkeypatch):
    monkeypatch.setattr(services, "MAX_LINES", 2)
    make_products(alice, 3)
    refused = as_alice.post(SHEETS, {"name": "x"})
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (400, "too_many_lines", 2)


@all_cases(
    "body", [
        {}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "select": []}, {"name": "x", "select": {"category": 999}},
        {"name": "x", "select": {"products": []}}, {"name": "x", "select": {"not_counted_since": "soon"}},
        {"name": "x", "tolerance": {"units": -1}}, {"name": "x", "tolerance": {"percent": "101"}},
        {"name": "x", "location": 999}, {"name": "x", "select": {"colour": "red"}}, {"name": "x", "blind": "maybe"},
    ],
)  # fmt: skip
def test_a_wrong_sheet_is_refused(as_alice, kettle, body):
    assert as_alice.post(SHEETS, body).status_code == 400
    assert not Sheet.objects.exists()


@pytest.mark.quick
def test_only_owners_open_and_decide_and_workers_count(as_alice, as_bob, as_charlie, as_dora, kettle):
    sheet = OpenSheet(as_alice, kettle)
    assert as_bob.post(SHEETS, {"name": "x"}).status_code == 403
    assert sheet.enter(kettle, 3, as_bob).status_code == 201
    for action in ("recount", "book", "drop"):
        assert as_bob.post(f"{sheet.address}{action}/", {"products": [kettle.pk]}).status_code == 403
    assert as_bob.get(f"{sheet.address}differences/").status_code == 403
    assert [client.get(sheet.address).status_code for client in (as_bob, as_charlie, as_dora)] == [200, 404, 403]
    assert sheet.enter(kettle, 3, as_charlie).status_code == 404


def test_the_page_of_an_open_sheet_leads_to_the_form_that_drops_it(as_alice, alice, kettle):
    sheet, owner = OpenSheet(as_alice, kettle), Browser(alice)
    form = find_form(f"{sheet.address}drop/", "post")
    assert f'href="{form}"' in owner.get_page(sheet.address)
    assert "What is counted and not saved is never saved." in owner.get_page(form)
    assert owner.post(f"{sheet.address}drop/").headers["Location"] == sheet.address
    assert f'href="{form}"' not in owner.get_page(sheet.address)


@pytest.mark.quick
def test_opening_booking_and_dropping_are_events(as_alice, alice):
    pot, cup = make_products(alice, 2)
    first, second = OpenSheet(as_alice, pot, name="a"), OpenSheet(as_alice, cup, name="b")
    first.enter(pot, 1)
    first.book()
    assert as_alice.post(f"{second.address}drop/").json()["state"] == "dropped"
    events = as_alice.get("/api/events/").json()["events"]
    found = [(event["type"], event["data"]) for event in events if event["type"].startswith("sheet.")]
    assert found == [
        ("sheet.opened", {"sheet": first.pk, "name": "a"}), ("sheet.opened", {"sheet": second.pk, "name": "b"}),
        ("sheet.booked", {"sheet": first.pk, "name": "a"}), ("sheet.dropped", {"sheet": second.pk, "name": "b"}),
    ]  # fmt: skip


def test_a_closed_sheet_takes_nothing(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    as_alice.post(f"{sheet.address}drop/")
    refused = [sheet.enter(kettle, 1), sheet.book(), as_alice.post(f"{sheet.address}drop/")]
    refused.append(as_alice.post(f"{sheet.address}recount/", {"products": [kettle.pk]}))
    assert {(one.status_code, one.json()["code"], one.json()["state"]) for one in refused} == {
        (409, "sheet_closed", "dropped")
    }


def test_sheets_are_listed_by_state(as_alice, kettle):
    dropped, opened = OpenSheet(as_alice, kettle), OpenSheet(as_alice, kettle)
    as_alice.post(f"{dropped.address}drop/")
    ids = [row["id"] for row in as_alice.get(SHEETS, {"state": "open"}).json()["results"]]
    assert ids == [opened.pk]


def test_the_file_has_quantities_only_if_the_sheet_is_not_blind(as_alice, as_bob, alice):
    pot = make_product(alice, "Pot", 7919)
    blind, seeing = OpenSheet(as_alice, pot), OpenSheet(as_alice, pot, blind=False)
    for file_format in ("csv", "html"):
        texts = [
            as_bob.get(f"{sheet.address}file/", {"format": file_format}).getvalue().decode()
            for sheet in (blind, seeing)
        ]
        assert ["7919" in text for text in texts] == [False, True]
        assert all("Pot" in text for text in texts)


def test_the_page_of_the_list_is_named_as_in_the_menu(as_alice):
    assert "<h1>Counting lists" in as_alice.get(SHEETS, HTTP_ACCEPT="text/html").text


def test_all_pages_of_the_lines_have_the_products_by_their_ids(as_alice, alice, monkeypatch):
    """The pages of the second half of a long list are read from its end, but not those of a list in memory."""
    monkeypatch.setattr(pagination, "MIN_SKIPPED", 0)
    products = make_products(alice, 7)
    sheet = OpenSheet(as_alice, *products)
    pages = [as_alice.get(f"{sheet.address}lines/", {"page": page, "page_size": 2}) for page in (1, 2, 3, 4)]
    assert [row["product"] for page in pages for row in page.json()["results"]] == [product.pk for product in products]
