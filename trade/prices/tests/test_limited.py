"""Workers who must sell at list prices may also sell at the price that applies."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.kits.tests.kits import sell
from trade.prices.applying import PriceBook, Row
from trade.prices.models import PriceRow
from trade.prices.tests.priced import buy, set_prices

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limited(as_alice):
    assert as_alice.patch("/api/account/", {"workers_sell_at_list_price": True}).status_code == 200


@pytest.mark.quick
@all_cases(
    ("quantity", "price", "source"),
    [
        (1, "10.00", "list"), (1, "9.00", None), (12, "8.00", "row"), (12, "9.00", None), (6, "9.00", "row"),
        (12, "10.00", "typed"),
    ],
)  # fmt: skip
def test_a_named_price_is_that_of_the_list_or_the_one_that_applies(alice, as_bob, tea, quantity, price, source):
    set_prices(alice, tea, {"price": "9.00", "from": "6"}, {"price": "8.00", "from": "12"})
    expected = "list_price_only" if source is None else (price, source)
    assert buy(as_bob, tea, quantity, unit_price=price) == expected


def test_the_price_of_a_customer_is_for_nobody_else(as_bob, tea, ada):
    assert buy(as_bob, tea, customer=ada, unit_price="9.00") == ("9.00", "percent")
    assert buy(as_bob, tea, unit_price="9.00") == "list_price_only"


def test_a_kit_passes_at_the_price_that_applies(alice, as_bob, basket):
    set_prices(alice, basket, {"price": "14.00"}, kind="kits")
    refused = sell(as_bob, {"kit": basket, "quantity": 1, "unit_price": "13.00"}).json()
    assert refused["lines"][0]["code"] == "list_price_only"
    assert sell(as_bob, {"kit": basket, "quantity": 1, "unit_price": "14.00"}).status_code == 201


@all_cases(("days", "status"), [(29, 201), (31, 400)])
def test_a_till_may_have_a_price_of_the_last_30_days(alice, tea, days, status):
    set_prices(alice, tea, {"price": "9.00"})
    set_prices(alice, tea)
    ended = timezone.now() - timedelta(days=days)
    PriceRow.objects.update(since=ended - timedelta(days=9), until=ended)
    assert Device(alice).book(1, tea, unit_price="9.00").status_code == status


def test_a_late_sale_at_prices_that_applied_reads_no_former_ones(alice, as_bob, django_assert_max_num_queries):
    goods = [make_product(alice, name, 9, price="10.00") for name in ("Tea", "Cup", "Pot", "Can")]
    for one in goods:
        set_prices(alice, one, {"price": "9.00"})
    lines = [{"product": one.pk, "movement_type": "OUT", "quantity": 1, "unit_price": "9.00"} for one in goods]
    body = {"reason": "sale", "lines": lines, "occurred_at": timezone.now().isoformat()}
    alice.refresh_from_db()
    with django_assert_max_num_queries(10):
        assert as_bob.post("/api/stock/operations/", body, format="json").status_code == 201


def test_an_order_takes_a_named_price_that_applies(alice, as_bob, tea):
    set_prices(alice, tea, {"price": "9.00"})
    for price, status in (("9.00", 201), ("8.99", 400)):
        body = {"lines": [{"product": tea.pk, "quantity": 1, "unit_price": price}]}
        assert as_bob.post("/api/stock/reservations/", body, format="json").status_code == status


@pytest.mark.quick
@all_cases("seed", range(20))
def test_the_prices_of_a_span_are_those_of_all_its_times(alice, seed):
    """They are found in one walk over the beginnings and ends. Asking at each of these times finds the same."""
    random, now, key = Random(seed), timezone.now(), ("product", 1)  # noqa: S311, not a secret
    hour = timedelta(hours=1)

    def draw_row(group=None, **values):
        since = now - random.randrange(900) * hour
        until = random.choice([None, since + random.randrange(1, 300) * hour])
        days = [random.choice([None, since.date() + timedelta(days=random.randrange(9))]) for _ in range(2)]
        starts, ends = (min(days), max(days)) if all(days) else days
        row = Row(1, None, group, random.choice([0, 1, 5]), Decimal(0), None, starts, ends, since, until)
        return row._replace(**values)

    groups = [draw_row(n, percent=Decimal(n * 5), starts_on=None, ends_on=None) for n in range(3)]
    rows = [draw_row(random.choice([None, 0, 1, 2]), price=Decimal(random.randrange(1, 30))) for _ in range(12)]
    rows.append(draw_row(price=Decimal(2), ends_on=date(9999, 12, 31)))
    book = PriceBook(alice, None, (), {key: rows}, groups)
    book.former, since = book, now - timedelta(days=29)
    zone = ZoneInfo(alice.shop_zone)
    times = {at for row in rows + groups for at in (row.since, row.until) if at}
    times |= {datetime.combine(since.date() + timedelta(days=n), time(), zone) for n in range(31)}
    asked = [None, since, *(at for at in times if since <= at < now)]
    expected = {book.find(key, 3, Decimal(20), at).price for at in asked}
    assert {*book.list_since(key, 3, [Decimal(20)], since)} == expected
