"""Quotes: what they keep, until when they are valid, and what changes them."""

from datetime import timedelta

import pytest

from testing.cast import make_product
from testing.tables import all_cases
from trade.prices.tests.priced import set_prices
from trade.quotes import services
from trade.quotes.models import Quote
from trade.quotes.tests.quoting import QUOTES, kits, line, list_prices, post, quote, read


@pytest.mark.quick
def test_keeps_prices_names_and_units_and_reserves_nothing(as_alice, alice, tea, basket, ada):
    set_prices(alice, tea, {"price": "9.50", "from": "10"})
    made = quote(as_alice, line(tea, 12), kits(basket, 2), line(make_product(alice, "Box", price="1"), 3, unit_price="0.50"), customer=ada)
    assert list_prices(made) == [("9.00", "percent", "108.00"), ("14.40", "percent", "28.80"), ("0.50", "typed", "1.50")]
    assert [(one["product"], one["kit"], one["name"], one["list_price"]) for one in made["lines"][:2]] == [
        (tea.pk, None, "Tea", "10.00"), (None, basket, "Basket", "16.00"),
    ]  # fmt: skip
    assert (made["number"], made["state"], made["total"], made["order"]) == (1, "open", "138.30", None)
    assert made["valid_until"] == str(alice.shop_today() + timedelta(days=30))
    as_alice.patch(f"/api/products/{tea.pk}/", {"name": "Green tea", "price": "20.00"})
    assert read(as_alice, made) == made
    assert as_alice.get(f"/api/products/{tea.pk}/").json()["reserved"] == 0
