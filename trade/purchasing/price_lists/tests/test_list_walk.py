"""Who may take, read and undo price lists."""

import pytest

from testing.tables import all_cases
from trade.purchasing.price_lists.tests.lists import make_offered, make_supplier, send, take

pytestmark = pytest.mark.django_db
LIST = "article no,price\nT-1,4.20\n"


@pytest.fixture
def shop(alice):
    shop = make_supplier(alice)
    make_offered(alice, "Tea", shop, supplier_sku="T-1", cost_price="4.00")
    return shop


@pytest.mark.quick
def test_workers_may_do_nothing_with_price_lists(as_alice, as_bob, shop):
    take(as_alice, shop, LIST)
    address = f"/api/suppliers/{shop.pk}/price-list/"
    statuses = [
        send(as_bob, shop, LIST).status_code, as_bob.get(address).status_code, as_bob.get(f"{address}1/").status_code,
        as_bob.get(f"{address}1/changes/").status_code, as_bob.get(f"{address}1/unknown/").status_code,
        as_bob.post(f"{address}1/undo/").status_code,
    ]  # fmt: skip
    assert statuses == [403] * 6


@all_cases(
    ("file", "query", "status", "code"),
    [
        ("article no,name\nT-1,Tea\n", "", 400, "invalid_file"),
        ("name,price\nTea,4\n", "", 400, "invalid_file"),
        ("article no,price\n", "", 400, "invalid_file"),
        (LIST, "?price_per=dozen", 400, None),
        (LIST, "?doubtful=maybe", 400, None),
        (LIST, "?columns=price:quantity", 400, "invalid_file"),
        ("article no,price\nT-1,1.2.3\n", "", 400, "invalid_rows"),
    ],
)
def test_what_can_not_be_read_is_refused(as_alice, shop, file, query, status, code):
    response = send(as_alice, shop, file, query)
    assert (response.status_code, response.json().get("code")) == (status, code), response.json()


def test_an_archived_supplier_has_no_price_lists(as_alice, shop):
    as_alice.delete(f"/api/suppliers/{shop.pk}/")
    assert send(as_alice, shop, LIST).status_code == 404
