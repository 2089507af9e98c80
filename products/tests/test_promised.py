"""Pages say beside the stock how much of it is not promised to anybody."""

import pytest

from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.mark.whole
@all_cases("address", ["/api/products/", "/api/products/alerts/", "/api/"])
def test_a_page_says_how_much_is_not_promised(as_alice, alice, address):
    tea = make_product(alice, "Tea", 2500, unit="kg", decimals=3, min_threshold=3000)
    make_product(alice, "Cup", 1)
    body = {"lines": [{"product": tea.pk, "quantity": 1250}]}
    assert as_alice.post("/api/stock/reservations/", body).status_code == 201
    page = as_alice.get(address, headers={"Accept": "text/html"}).text
    assert page.count("1.250 kg not promised") == page.count("not promised") == 1
    product = as_alice.get(f"/api/products/{tea.pk}/", headers={"Accept": "text/html"}).text
    assert "<dt>Reserved</dt><dd><span>1.250 kg</span>" in product
    assert "<dt>Available</dt><dd><span>1.250 kg</span>" in product
