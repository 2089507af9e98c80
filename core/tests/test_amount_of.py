"""The amount of a quantity in responses."""

import pytest

from core.fields import AmountOf
from testing.tables import all_cases


@pytest.mark.quick
@pytest.mark.whole
@all_cases(("quantity", "decimals", "amount"), [(3, 0, None), (250, 3, "0.250"), (0, 3, "0.000"), (None, 3, None)])
def test_the_amount_of_a_product_without_decimals_is_null(quantity, decimals, amount):
    assert AmountOf.write(quantity, decimals) == amount
