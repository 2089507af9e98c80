"""Pages and forms of places: a location's shelf, a lot, and the fields that bookings have in shops that use places."""

import re

import pytest

from stock.models import Holding, Location, Lot, Operation
from testing.browser import Browser
from testing.cast import make_location
from testing.places import put_away

STOCK, OPERATIONS, COUNTS, TRANSFERS = (
    f"/api/stock/{name}" for name in ("", "operations/", "counts/", "transfers/")
)  # fmt: skip
PLACE_FIELDS = ("location", "lot", "expires_on")


@pytest.fixture
def browser(alice):
    return Browser(alice)


@pytest.fixture
def cellar(alice):
    return make_location(alice, "Cellar")


@pytest.fixture
def lot(alice, kettle):
    return Lot.objects.create(owner=alice, product=kettle, code="H20", expires_on="2020-01-01")


def list_fields(page):
    """Return the names of the fields of the form that posts."""
    return re.findall(r'<(?:input|select|textarea)[^>]* name="(\w[^"]*)"', page.partition('id="post-object-form"')[2])


def test_a_shop_without_places_is_not_asked_for_them(browser, kettle):
    for address in (STOCK, OPERATIONS, COUNTS):
        fields = list_fields(browser.get_page(address))
        assert fields
        assert not [name for name in fields if name.endswith(PLACE_FIELDS)], address


def test_a_shop_with_a_location_may_name_places(browser, cellar):
    assert set(PLACE_FIELDS) <= set(list_fields(browser.get_page(STOCK)))
    assert {f"lines[0]{name}" for name in PLACE_FIELDS} <= set(list_fields(browser.get_page(OPERATIONS)))
    assert {"from", "to", "lines[0]lot"} <= set(list_fields(browser.get_page(TRANSFERS)))


def test_the_first_lot_can_be_received_by_a_link_of_the_empty_list(browser, kettle):
    [address] = re.findall(r'href="([^"]*_places=yes[^"]*)"', browser.get_page("/api/lots/"))
    assert set(PLACE_FIELDS) <= set(list_fields(browser.get_page(address.replace("&amp;", "&").partition("#")[0])))
    form = {"product": kettle.pk, "movement_type": "IN", "quantity": "4", "lot": "H27", "expires_on": "2037-01-31"}
    assert browser.post(STOCK, **form, location="").status_code == 303
    assert Holding.objects.get().lot.code == "H27"


def test_the_shelf_of_a_location_shows_what_lies_there(browser, kettle, cellar, lot):
    put_away(kettle, 3, location=cellar, lot=lot)
    page = browser.get_page(f"/api/locations/{cellar.pk}/")
    shelf = page.partition("What lies here")[2].partition("</table>")[0]
    cells = [re.sub(r"<[^>]+>", "", text).strip() for text in re.findall(r"<td[^>]*>(.*?)</td>", shelf, re.DOTALL)]
    assert cells == ["Kettle", "–", "H20", "2020-01-01 expired", "3"]
    assert "All stock here" not in page


def test_the_buttons_of_a_location_lead_to_forms_with_its_name(browser, kettle, cellar):
    page = browser.get_page(f"/api/locations/{cellar.pk}/")
    actions = page.partition('<nav class="actions"')[2].partition("</nav>")[0]
    found = re.findall(r'href="([^"]+)">([^<]+)</a>', actions)
    assert [title for _, title in found] == [
        "Move here", "Move from here", "Receive here", "Count here", "Edit", "Archive",
    ]  # fmt: skip
    for address, title in found[:4]:
        form = browser.get_page(address.replace("&amp;", "&").partition("#")[0])
        assert 'value="Cellar"' in form, title


def test_stock_is_moved_by_the_form(browser, kettle, cellar):
    form = {"from": "", "to": "cellar", "lines[0]product": kettle.pk, "lines[0]quantity": "4"}
    assert browser.post(TRANSFERS, **form).status_code == 303
    assert Holding.objects.values_list("location__name", "quantity").get() == ("Cellar", 4)
    assert Operation.objects.latest("pk").reason == "transfer"


def test_a_form_finds_a_shelf_by_its_number_before_that_of_an_id(browser, alice, kettle, cellar):
    shelf = make_location(alice, str(cellar.pk))
    for number in (shelf.name, shelf.pk):
        form = {"product": kettle.pk, "movement_type": "IN", "quantity": "1", "location": number}
        assert browser.post(STOCK, **form).status_code == 303
    assert browser.post(TRANSFERS, **{"from": "", "to": shelf.name, "lines[0]product": kettle.pk,
                                      "lines[0]quantity": "1"}).status_code == 303  # fmt: skip
    assert Holding.objects.values_list("location", "quantity").get() == (shelf.pk, 3)


def test_the_forms_of_a_shelf_with_a_number_are_filled_with_its_name(browser, alice, kettle):
    shelf = make_location(alice, "7")
    for address in (
        f"{TRANSFERS}?_to={shelf.pk}",
        f"{OPERATIONS}?_location={shelf.pk}",
        f"{COUNTS}?_location={shelf.pk}",
    ):
        assert 'value="7"' in browser.get_page(address), address


def test_lines_with_nothing_but_a_copied_location_are_ignored(browser, kettle, cellar):
    lines = {f"lines[{number}]location": "Cellar" for number in range(3)}
    assert browser.post(COUNTS, **lines, **{"lines[1]product": kettle.pk, "lines[1]counted": "4"}).status_code == 303
    assert Holding.objects.values_list("location__name", "quantity").get() == ("Cellar", 4)


def test_a_refused_form_keeps_its_place(browser, kettle, cellar):
    form = {"product": kettle.pk, "movement_type": "OUT", "quantity": "1", "location": "Attic", "lot": "H26"}
    answer = browser.post(STOCK, **form)
    assert answer.status_code == 400
    assert 'value="Attic"' in answer.text
    assert 'value="H26"' in answer.text


def test_the_page_of_a_lot_shows_where_it_lies_and_how_it_moved(browser, kettle, cellar, lot):
    put_away(kettle, 3, location=cellar, lot=lot)
    page = browser.get_page(f"/api/lots/{lot.pk}/")
    assert "<h1>Lot H20 of Kettle</h1>" in page
    assert "expired</b>" in page
    assert "+3" in page.partition("Last movements")[2]


def test_the_page_of_an_archived_location_offers_to_restore_it(browser, bob, cellar):
    Location.objects.filter(pk=cellar.pk).update(archived_at="2026-01-01T00:00Z")
    page = browser.client.get(f"/api/locations/{cellar.pk}/", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Cellar is archived" in page.text
    assert f"/api/locations/{cellar.pk}/restore/" in page.text
    for_worker = Browser(bob).client.get(f"/api/locations/{cellar.pk}/", headers={"Accept": "text/html"})
    assert f"/api/locations/{cellar.pk}/restore/" not in for_worker.text


def test_a_movement_shows_where_it_went(browser, kettle, cellar, lot):
    put_away(kettle, 3, location=cellar, lot=lot)
    page = browser.get_page(f"/api/stock/{kettle.movements.get().pk}/")
    assert "Cellar" in page.partition("Where")[2]


def test_the_fields_of_a_place_come_after_those_that_a_booking_needs(browser, cellar):
    names = [name for name in list_fields(browser.get_page(OPERATIONS)) if name.startswith("lines[0]")]
    assert names == [f"lines[0]{name}" for name in ("product", "movement_type", "quantity", *PLACE_FIELDS)]


def test_only_lots_in_stock_are_marked_as_expired(browser, kettle, lot):
    assert "expired</b>" not in browser.get_page("/api/lots/")
    put_away(kettle, 1, lot=lot)
    assert "expired</b>" in browser.get_page("/api/lots/")
