"""The holdings of a product, in the order in which a sale takes from them."""

from datetime import timedelta

from core.time_zones import today
from stock.models import Lot
from stock.reading import operations
from testing.cast.places import put_away


def make_lot(product, code, days=None):
    expires_on = None if days is None else today() + timedelta(days=days)
    return Lot.objects.create(owner=product.owner, product=product, code=code, expires_on=expires_on)


def read(client, product):
    answer = client.get(f"/api/products/{product.pk}/holdings/")
    assert answer.status_code == 200
    return answer.json()


def test_a_product_without_places_holds_nothing(as_alice, kettle):
    assert read(as_alice, kettle) == {
        "product": kettle.pk, "quantity": 10, "held": 0, "not_held": 10, "holdings": [], "holdings_truncated": False,
    }  # fmt: skip


def test_each_holding_has_its_place(as_alice, kettle, cellar):
    holding, _ = put_away(kettle, 3, location=cellar, lot=make_lot(kettle, "H26", 5))
    answer = read(as_alice, kettle)
    assert (answer["quantity"], answer["held"], answer["not_held"]) == (10, 3, 7)
    assert answer["holdings"] == [
        {
            "location": cellar.pk, "location_name": "Cellar", "lot": holding.lot_id,
            "lot_code": "H26", "expires_on": f"{today() + timedelta(days=5)}", "is_expired": False, "quantity": 3,
        },
    ]  # fmt: skip


def test_holdings_are_in_the_order_of_a_sale(as_alice, kettle, cellar):
    put_away(kettle, 1, lot=make_lot(kettle, "expired", -1))
    put_away(kettle, 1, lot=make_lot(kettle, "undated"))
    put_away(kettle, 1, location=cellar)
    put_away(kettle, 1, lot=make_lot(kettle, "late", 9))
    put_away(kettle, 1, lot=make_lot(kettle, "early", 1))
    put_away(kettle, 1, lot=make_lot(kettle, "long expired", -9))
    order = [row["lot_code"] or row["location_name"] for row in read(as_alice, kettle)["holdings"]]
    assert order == ["early", "late", "undated", "Cellar", "long expired", "expired"]
    assert [row["is_expired"] for row in read(as_alice, kettle)["holdings"]] == [False] * 4 + [True] * 2


def test_only_the_first_holdings_are_shown(as_alice, kettle, monkeypatch):
    monkeypatch.setattr(operations, "MAX_HOLDINGS_SHOWN", 2)
    for days in range(1, 3):
        put_away(kettle, 1, lot=make_lot(kettle, f"{days}", days))
    assert read(as_alice, kettle)["holdings_truncated"] is False
    put_away(kettle, 1, lot=make_lot(kettle, "3", 3))
    answer = read(as_alice, kettle)
    assert (len(answer["holdings"]), answer["holdings_truncated"], answer["held"]) == (2, True, 3)


def test_an_archived_product_has_its_holdings_and_a_foreign_one_is_missing(as_alice, as_charlie, kettle, cellar):
    put_away(kettle, 3, location=cellar)
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert read(as_alice, kettle)["held"] == 3
    assert as_charlie.get(f"/api/products/{kettle.pk}/holdings/").status_code == 404


def test_all_is_read_by_one_statement(alice, kettle, cellar, django_assert_num_queries):
    put_away(kettle, 3, location=cellar)
    with django_assert_num_queries(1):
        operations.read_holdings(alice, kettle.pk)
