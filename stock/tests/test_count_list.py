"""GET /api/stock/counts/: every counted line."""

from datetime import UTC, datetime, timedelta

import pytest

from stock.models import StockCount
from stock.tests.test_places import receive
from testing.cast.people import make_product
from testing.cast.sheets import OpenSheet
from testing.reading.browser import Browser

pytestmark = [pytest.mark.measured]

COUNTS = "/api/stock/counts/"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def tin(alice):
    return make_product(alice, "Tin", 10, sku="T")


def count(client, product, counted, **more):
    answer = client.post(COUNTS, {"lines": [{"product": product.pk, "counted": counted, **more}]})
    assert answer.status_code == 201, answer.content
    return answer.json()


def read_counts(client, **query):
    answer = client.get(COUNTS, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_row_has_what_was_counted_expected_and_booked(as_alice, as_bob, bob, tin, cellar):
    receive(as_alice, tin, 4, location="Cellar", lot="A")
    operation = count(as_bob, tin, 3, location="Cellar", lot="A")["operation"]
    kept = StockCount.objects.get()
    assert read_counts(as_alice) == [
        {
            "id": kept.pk, "product": tin.pk, "product_name": "Tin", "sku": "T", "location": cellar.pk,
            "location_name": "Cellar", "lot": kept.lot_id, "lot_code": "A", "nowhere": False,
            "counted": 3, "counted_amount": None,
            "expected": 4, "expected_amount": None, "difference": -1, "difference_amount": None, "outdated": False,
            "counted_by": bob.pk, "counted_by_username": "bob", "counted_at": kept.counted_at.isoformat()[:-6] + "Z",
            "timestamp": kept.created_at.isoformat()[:-6] + "Z", "operation": operation,
        }
    ]  # fmt: skip


@pytest.mark.quick
def test_a_count_that_matches_is_listed_without_an_operation(as_alice, tin):
    count(as_alice, tin, 10)
    [row] = read_counts(as_alice)
    assert (row["operation"], row["difference"], row["location"], row["lot"]) == (None, 0, None, None)


def test_an_outdated_count_is_told_and_its_difference_is_what_it_has_booked(as_alice, tin):
    count(as_alice, tin, 8)
    count(as_alice, tin, 9, counted_at=(NOW - timedelta(hours=1)).isoformat())
    late, first = read_counts(as_alice)
    assert (late["outdated"], late["counted"], late["difference"], late["operation"]) == (True, 9, 0, None)
    assert (first["outdated"], first["difference"]) == (False, -2)


def test_the_counts_of_a_sheet_are_listed_under_who_has_counted(as_alice, as_bob, bob, tin):
    sheet = OpenSheet(as_alice, tin)
    sheet.enter(tin, 9, as_bob)
    sheet.book()
    [row] = read_counts(as_alice)
    assert (row["counted"], row["expected"], row["counted_by"]) == (9, 10, bob.pk)


@pytest.mark.quick
def test_goods_by_weight_have_amounts(as_alice, alice):
    rice = make_product(alice, "Rice", 2000, unit="kg", decimals=3)
    count(as_alice, rice, 1500)
    [row] = read_counts(as_alice)
    assert (row["counted_amount"], row["expected_amount"], row["difference_amount"]) == ("1.500", "2.000", "-0.500")


def test_the_list_is_filtered(as_alice, as_bob, alice, bob, tin, cellar):
    receive(as_alice, tin, 4, location="Cellar")
    pot = make_product(alice, "Pot", 3)
    count(as_alice, tin, 14, counted_at=(NOW - timedelta(days=2)).isoformat())
    booked = count(as_bob, pot, 2)["operation"]
    count(as_alice, tin, 4, location="Cellar")
    a_day_ago = (NOW - timedelta(days=1)).isoformat()
    for query, number in [
        ({"product": tin.pk}, 2), ({"location": cellar.pk}, 1), ({"operation": booked}, 1), ({"counted_by": bob.pk}, 1),
        ({"outdated": True}, 0), ({"outdated": False}, 3), ({"after": a_day_ago}, 2), ({"before": a_day_ago}, 1),
    ]:  # fmt: skip
        assert len(read_counts(as_alice, **query)) == number, query


def test_the_list_is_that_of_the_own_shop(as_alice, as_bob, as_charlie, as_dora, tin):
    count(as_alice, tin, 9)
    assert [len(read_counts(client)) for client in (as_alice, as_bob, as_charlie, as_dora)] == [1, 1, 0, 0]
    assert read_counts(as_charlie, product=tin.pk) == []


def test_a_page_takes_a_fixed_number_of_statements(as_alice, alice, tin, django_assert_num_queries):
    for counted in (9, 8, 7):
        count(as_alice, tin, counted)
    with django_assert_num_queries(2):
        assert len(read_counts(as_alice)) == 3


@pytest.mark.quick
def test_the_page_links_to_the_product_and_to_what_was_booked(alice, as_alice, tin):
    operation = count(as_alice, tin, 8)["operation"]
    count(as_alice, tin, 9, counted_at=(NOW - timedelta(hours=1)).isoformat())
    page = Browser(alice).get_page(COUNTS)
    assert f'href="/api/products/{tin.pk}/"' in page
    assert f'href="/api/stock/operations/{operation}/"' in page
    assert "outdated" in page
