"""Pages of places: a location's shelf and its buttons, and a lot."""

import re
from datetime import timedelta

import pytest

from products.reading.details import DAYS_AHEAD
from stock.models import Location, Lot
from stock.places.look_ups import BOOKED_LOCATIONS
from testing.cast.places import put_away
from testing.reading.browser import Browser
from testing.tables import all_cases

STOCK, OPERATIONS, COUNTS, TRANSFERS = (
    f"/api/stock/{name}" for name in ("", "operations/", "counts/", "transfers/")
)  # fmt: skip


@pytest.fixture
def lot(alice, kettle):
    return Lot.objects.create(owner=alice, product=kettle, code="H20", expires_on="2020-01-01")


@pytest.mark.quick
def test_forms_find_no_location_of_another_shop(alice, charlie):
    Location.objects.create(owner=charlie, name="Attic")
    assert [BOOKED_LOCATIONS.has_name(user, "Attic") for user in (charlie, alice)] == [True, False]


def test_the_shelf_of_a_location_shows_what_lies_there(browser, kettle, cellar, lot):
    put_away(kettle, 3, location=cellar, lot=lot)
    page = browser.get_page(f"/api/locations/{cellar.pk}/")
    shelf = page.partition("What lies here")[2].partition("</table>")[0]
    cells = [re.sub(r"<[^>]+>", "", text).strip() for text in re.findall(r"<td[^>]*>(.*?)</td>", shelf, re.DOTALL)]
    assert cells == ["Kettle", "–", "H20", "1 Jan 2020 expired", "3"]
    assert "All stock here" not in page


def test_the_buttons_of_a_location_lead_to_forms_with_its_name(browser, kettle, cellar):
    put_away(kettle, 3, location=cellar)
    page = browser.get_page(f"/api/locations/{cellar.pk}/")
    actions = page.partition('<nav class="actions"')[2].partition("</nav>")[0]
    found = re.findall(r'href="([^"]+)">([^<]+)</a>', actions)
    assert [title for _, title in found] == [
        "Move here", "Move from here", "Receive here", "Count here", "Edit", "Archive",
    ]  # fmt: skip
    for address, title in found[:4]:
        values = browser.task_values(address.replace("&amp;", "&"))
        assert "Cellar" in [value for name in ("to", "from", "location") for value in values.get(name, [])], title


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


@pytest.mark.quick
@all_cases(("days", "mark"), [(-1, "expired"), (0, "soon"), (DAYS_AHEAD, "soon"), (DAYS_AHEAD + 1, "")])
def test_a_lot_is_marked_from_the_first_of_the_last_days_on(browser, alice, kettle, days, mark):
    lot = Lot.objects.create(
        owner=alice, product=kettle, code="A", expires_on=alice.shop_today() + timedelta(days=days)
    )
    put_away(kettle, 1, lot=lot)
    page = browser.get_page("/api/lots/")
    assert [word for word in ("expired", "soon") if f"{word}</b>" in page] == [mark][: len(mark)]


def test_only_lots_in_stock_are_marked_as_expired(browser, kettle, lot):
    assert "expired</b>" not in browser.get_page("/api/lots/")
    put_away(kettle, 1, lot=lot)
    assert "expired</b>" in browser.get_page("/api/lots/")
