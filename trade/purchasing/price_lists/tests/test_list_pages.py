"""The pages of price lists: old and new prices before the button, what is doubtful, and undoing."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from testing.cast.people import make_user
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.purchasing.price_lists.tests.lists import make_offered, read_terms, take
from users.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(alice, mill):
    return make_offered(alice, "Tea", mill, supplier_sku="T-1", cost_price="4.00")


def post(user, mill, file, **fields):
    """Send the file by the page's form, and return the page."""
    browser = Browser(user)
    address = f"/api/suppliers/{mill.pk}/price-list/"
    page = browser.get_page(address)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    upload = SimpleUploadedFile("list.csv", file.encode(), "text/csv")
    body = {"csrfmiddlewaretoken": token, "file": upload, **fields}
    return browser.client.post(address, body).text


def test_the_page_of_a_supplier_leads_to_its_price_lists(alice, mill):
    assert f"/api/suppliers/{mill.pk}/price-list/" in Browser(alice).get_page(f"/api/suppliers/{mill.pk}/")


def test_the_page_shows_old_and_new_prices_before_the_button(alice, mill, tea):
    page = post(alice, mill, "item no,price,lead time\nT-1,4.20,5\n", dry_run="true")
    assert "4.00 → <strong>4.20</strong> (+5.0 %)" in page
    assert "– → <strong>5</strong>" in page
    assert "data-import" in page
    assert read_terms(tea)[0] == "4.00"


@pytest.mark.quick
@all_cases(
    ("file", "told", "asked"),
    [
        ("item no,price\nT-1,42.00\n", "4.00 → <strong>42.00</strong> (+950.0 %)", "doubtful"),
        ("item no,pack,price\nT-1,6,24.00\n", "pack of 6", "price_per"),
        ("item no,price\nT-1,4.20\nT-1,4.30\n", "Line 3 has this number, too.", "wrong_rows"),
    ],
)
def test_the_page_tells_what_is_not_clear_and_asks(alice, mill, tea, file, told, asked):
    page = post(alice, mill, file, dry_run="true")
    assert told in page
    assert f'name="{asked}"' in page


def test_a_list_is_taken_and_undone_on_pages(alice, mill, tea):
    page = post(alice, mill, "item no,price\nT-1,4.20\nX,1\n")
    assert (read_terms(tea)[0], "Taken" in page) == ("4.20", True)
    address = f"/api/suppliers/{mill.pk}/price-list/1/"
    assert "list.csv" in Browser(alice).get_page(address)
    assert "4.20" in Browser(alice).get_page(f"{address}changes/")
    browser = Browser(alice)
    token = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get_page(f"/api/suppliers/{mill.pk}/price-list/")
    )[1]
    answer = browser.client.post(f"{address}undo/", {"csrfmiddlewaretoken": token, "_idempotency_key": "k" * 22})
    assert answer.status_code in (200, 303)
    assert read_terms(tea)[0] == "4.00"


def test_a_viewer_sees_the_lists_without_the_form(alice, as_alice, mill, tea):
    vera = make_user("vera", role=Role.VIEWER, employer=alice)
    take(as_alice, mill, "item no,price\nT-1,4.20\n")
    page = Browser(vera).get_page(f"/api/suppliers/{mill.pk}/price-list/")
    assert ("Earlier lists" in page, 'name="file"' in page) == (True, False)


def test_a_form_that_is_refused_shows_its_errors_and_no_result(alice, mill, tea):
    page = post(alice, mill, "item no,price\nT-1,4.20\n", dry_run="maybe")
    assert "Must be a valid boolean." in page
    assert "Ready:" not in page
