"""Prices that are replaced while others sell."""

from functools import partial

import pytest

from testing.cast import make_product
from testing.races import try_concurrently
from trade.kits.tests.kits import sell
from trade.prices.models import PriceRow
from trade.prices.tests.priced import set_prices

pytestmark = [pytest.mark.django_db(transaction=True)]
FILE = "sku,price\nONE,{price}\nTWO,{price}\n"


def test_a_sale_has_the_old_or_the_new_prices_and_never_a_mixture(alice, as_alice):
    """Ten sales of two products meet imports that replace the prices of both."""
    products = [make_product(alice, name, 1_000, price="10.00", sku=name) for name in ("ONE", "TWO")]
    lines = [{"product": one.pk, "quantity": 1} for one in products]
    for one in products:
        set_prices(alice, one, {"price": "9.00"})
    jobs = [partial(sell, as_alice, *lines) for _ in range(10)]
    for price in ("8.00", "9.00", "7.00"):
        text = FILE.format(price=price)
        jobs.append(partial(as_alice.post, "/api/prices/import/", text, content_type="text/csv"))
    answers = try_concurrently(*jobs)
    assert {answer.status_code for answer in answers} <= {200, 201}
    for answer in answers[:10]:
        prices = {one["unit_price"] for one in answer.json()["movements"]}
        assert len(prices) == 1
        assert prices <= {"9.00", "8.00", "7.00"}


def test_of_two_who_put_prices_with_one_etag_one_is_refused(alice, as_alice):
    tea = make_product(alice, "Tea", 1)
    etag = as_alice.get(f"/api/products/{tea.pk}/").headers["ETag"]
    puts = [partial(set_prices, alice, tea, {"price": f"{n}.00"}, **{"If-Match": etag}) for n in range(1, 7)]
    assert sorted(answer.status_code for answer in try_concurrently(*puts)) == [200, *[412] * 5]
    assert PriceRow.objects.count() == 1
