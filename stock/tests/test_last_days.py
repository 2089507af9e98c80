"""The date of a lot is the last day on which it may be used, in the shop's time zone: it has expired a day later."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from core.pages.columns import Display
from core.time_zones import today
from desk.shop.tests.reading import read_message
from stock.models import Lot
from stock.tests.test_expired_lots import day, receive
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def milk(alice):
    """Return a product with a piece in each of three lots: one of yesterday, one of today, and one of next week."""
    milk = make_product(alice, "Milk")
    for code, days in (("NEXT", 7), ("TODAY", 0), ("OVER", -1)):
        receive(alice, milk, 1, lot=code, expires_on=day(alice, days))
    return milk


def sell(client, product, quantity, **fields):
    """Sell the quantity. Return the operation, and the lots that it took from."""
    line = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    answer = client.post("/api/stock/operations/", {"reason": "sale", **fields, "lines": [line]})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"], list_lots(answer)


def list_lots(answer):
    return [portion["lot_code"] for portion in answer.json()["movements"][0]["portions"]]


def list_expired(client, product):
    """Return the lots that have expired, as lots and as holdings."""
    lots = client.get("/api/lots/", {"product": product.pk}).json()["results"]
    holdings = client.get(f"/api/products/{product.pk}/holdings/").json()["holdings"]
    return [row["code"] for row in lots if row["is_expired"]] + [
        row["lot_code"] for row in holdings if row["is_expired"]
    ]


@pytest.mark.quick
def test_everything_that_reads_a_lot_expires_it_on_the_day_after_its_date(as_alice, alice, milk):
    product = as_alice.get(f"/api/products/{milk.pk}/").json()
    assert (product["expired_quantity"], product["is_expired"]) == (1, True)
    assert list_expired(as_alice, milk) == ["OVER", "OVER"]
    assert as_alice.get("/api/products/alerts/").json()["expired"][0]["expired_quantity"] == 1
    assert Browser(alice).task_values(f"/shop/write-off/?product={milk.pk}")["lot"][0] == "OVER"


def test_a_lot_is_announced_on_its_date(as_alice, alice):
    receive(alice, make_product(alice, "Milk"), 1, lot="TODAY", expires_on=day(alice, 0))
    assert as_alice.get("/api/products/", {"expired": "true"}).json()["count"] == 0
    assert as_alice.get("/api/dashboard/").json()["counts"]["expired_products"] == 0
    page = Browser(alice).get_page("/api/")
    assert ">Milk</a>" in page.partition("<h2>Expires within 30 days</h2>")[2].partition("</section>")[0]


@pytest.mark.quick
def test_a_sale_takes_what_expires_today_first_and_what_is_over_last(as_alice, milk):
    assert sell(as_alice, milk, 3)[1] == ["TODAY", "NEXT", "OVER"]


def test_a_return_puts_back_first_what_was_taken_last(as_alice, milk):
    sale, _ = sell(as_alice, milk, 3)
    body = {"lines": [{"product": milk.pk, "quantity": 2}]}
    assert list_lots(as_alice.post(f"/api/stock/operations/{sale}/return/", body)) == ["OVER", "NEXT"]


@pytest.mark.quick
def test_a_sale_of_yesterday_takes_what_could_be_used_then(as_alice, milk):
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    assert sell(as_alice, milk, 2, occurred_at=yesterday)[1] == ["OVER", "TODAY"]


def test_the_day_is_that_of_the_shop(as_alice, alice, milk):
    early, late = sorted(("Pacific/Kiritimati", "Etc/GMT+12"), key=today)  # their dates always differ
    Lot.objects.exclude(code="TODAY").update(expires_on=None)
    Lot.objects.filter(code="TODAY").update(expires_on=today(early))
    for zone, expired in ((early, []), (late, ["TODAY", "TODAY"])):
        type(alice).objects.filter(pk=alice.pk).update(time_zone=zone)
        assert list_expired(as_alice, milk) == expired


def test_a_page_that_sells_what_is_over_says_so(alice, milk):
    browser = Browser(alice)
    response = browser.send_task("/shop/sell/", {"product": "Milk", "quantity": 3})
    assert read_message(browser, response) == "Sold 3 of Milk: 0 in stock. This has expired: Milk, lot OVER."
    text = strip_tags(browser.get_page(f"/api/stock/{milk.movements.latest('id').pk}/"))
    assert f"{Display.of(alice).date(day(alice, -1))} expired" in " ".join(text.split())


@all_cases(
    ("address", "said"),
    [
        ("/shop/receive/", "Last day of use"),
        ("/shop/form/lots/{lot}/", "The last day on which the lot may be used."),
        ("/shop/form/products/{product}/", "The first day on which it counts as expired."),
        ("/shop/products/add/", "The first day on which it counts as expired."),
    ],
)
def test_a_form_says_what_its_date_means(alice, milk, address, said):
    assert said in Browser(alice).get_page(address.format(lot=Lot.objects.first().pk, product=milk.pk))
