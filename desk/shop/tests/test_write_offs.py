"""The page that writes off: its reasons, and what it is filled with if a list or the page of a lot leads to it."""

from datetime import timedelta

import pytest

from desk.shop.tests.reading import read_message
from desk.shop.tests.test_bookings import WRITE_OFF, list_quantities
from stock.models import Holding, Lot, Operation
from testing.cast.people import make_product
from testing.cast.places import put_away
from testing.tables import all_cases


@pytest.fixture
def lot(alice, earl):
    """Return a function that puts away a quantity of Earl Grey in a lot that expires in some days."""

    def put(code, quantity, days):
        expires_on = alice.shop_today() + timedelta(days=days)
        lot = Lot.objects.create(owner=alice, product=earl, code=code, expires_on=expires_on)
        put_away(earl, quantity, lot=lot)
        return lot

    return put


def list_lines(values):
    """Return the product, the quantity and the lot of each line that is not empty."""
    lots = values.get("lot", [""] * len(values["product"]))
    return [line for line in zip(values["product"], values["quantity"], lots, strict=True) if line[0]]


@all_cases("reason", ["damage", "expiry", "theft", "other"])
def test_writes_off_for_a_reason(browser, earl, reason):
    response = browser.send_task(WRITE_OFF, {"product": "earl", "quantity": 2}, reason=reason)
    assert read_message(browser, response) == "Wrote off 2 of Earl Grey: 7 in stock."
    assert Operation.objects.latest("pk").reason == reason


def test_a_write_off_without_a_reason_asks_for_one(browser, earl):
    response = browser.send_task(WRITE_OFF, {"product": "earl", "quantity": 2})
    assert response.status_code == 400
    assert "Choose one." in response.text
    assert list_quantities() == {"Earl Grey": 9}


def test_a_write_off_of_several_products_is_filled_with_their_expired_lots(browser, earl, assam, lot):
    lot("H20", 3, days=-9)
    lot("H19", 1, days=-1)
    lot("H30", 2, days=9)
    values = browser.task_values(f"{WRITE_OFF}?product={earl.pk}&product={assam.pk}")
    earl_grey = "Earl Grey (TEA-EARL)"
    assert list_lines(values) == [("Assam (TEA-ASSAM)", "9", ""), (earl_grey, "3", "H20"), (earl_grey, "1", "H19")]
    assert "reason" not in values
    response = browser.client.post(WRITE_OFF, values | {"reason": "damage"})
    assert read_message(browser, response) == "Wrote off 3 lines."
    assert list_quantities() == {"Assam": 0, "Earl Grey": 5}
    assert set(Holding.objects.values_list("lot__code", "quantity")) == {("H30", 2)}


def test_a_product_that_is_sold_out_gets_no_line(browser, alice, earl, lot):
    lot("H20", 3, days=-9)
    pot = make_product(alice, "Pot")
    values = browser.task_values(f"{WRITE_OFF}?product={earl.pk}&product={pot.pk}")
    assert list_lines(values) == [("Earl Grey (TEA-EARL)", "3", "H20")]
    assert values["reason"] == ["expiry"]


def test_a_list_of_what_expires_leads_to_a_write_off_of_this_and_not_of_the_whole_stock(browser, alice, earl, lot):
    lot("H20", 1, days=-9)
    lot("H26", 3, days=5)
    lot("H30", 2, days=90)
    first, end = (alice.shop_today() + timedelta(days=days) for days in (1, 31))
    window = f"expires_after={first}&expires_before={end}"
    page = browser.get_page(f"/api/products/?in_stock=true&{window}")
    chosen = page.partition('class="chosen"')[2]
    for name, day in (("expires_after", first), ("expires_before", end)):
        assert f'<input type="hidden" name="{name}" value="{day}">' in chosen
    values = browser.task_values(f"{WRITE_OFF}?{window}&product={earl.pk}")
    assert list_lines(values) == [("Earl Grey (TEA-EARL)", "3", "H26")]
    assert values["reason"] == ["expiry"]


@pytest.mark.quick
def test_stock_outside_of_lots_is_filled_if_the_product_itself_expires(browser, alice, earl):
    earl.expiration_date = alice.shop_today() + timedelta(days=5)
    earl.save(update_fields=["expiration_date"])
    end = alice.shop_today() + timedelta(days=31)
    values = browser.task_values(f"{WRITE_OFF}?expires_before={end}&product={earl.pk}")
    assert list_lines(values) == [("Earl Grey (TEA-EARL)", "9", "")]


@all_cases("window", ["expires_after=soon", "expires_before=0000-00-00", "expires_after="])
def test_a_write_off_ignores_a_window_that_is_no_date(browser, earl, window):
    assert list_lines(browser.task_values(f"{WRITE_OFF}?{window}&product={earl.pk}")) == [
        ("Earl Grey (TEA-EARL)", "9", "")
    ]


def test_the_page_of_an_expired_lot_leads_to_a_filled_write_off(browser, earl, lot):
    page = browser.get_page(f"/api/lots/{lot('H20', 3, days=-9).pk}/")
    address = f"/shop/write-off/?product={earl.pk}&lot=H20&quantity=3&reason=expiry"
    assert address.replace("&", "&amp;") in page
    values = browser.task_values(address)
    assert (values["quantity"][0], values["lot"][0], values["reason"]) == ("3", "H20", ["expiry"])
