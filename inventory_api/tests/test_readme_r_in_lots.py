"""Checks that the other tests of the READMEs run with stock in lots, too."""

import pytest

from testing.cast.people import make_product


@pytest.mark.django_db
def test_stock_lies_in_lots_if_the_test_says_so(alice, all_in_lots):
    kettle = make_product(alice, quantity=10)
    kettle.refresh_from_db()
    assert kettle.held == (10 if all_in_lots else 0)
