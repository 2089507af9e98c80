"""Undo price lists: a field that was changed since keeps its value and is named, the others are set back."""

import pytest

from products.models import Offer, Product
from records.events.models import Event, EventType
from records.history.models import Change
from testing.cast.people import make_product
from trade.purchasing.price_lists.tests.lists import (
    make_offer,
    make_offered,
    make_supplier,
    read_offer,
    read_terms,
    take,
    undo,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(alice, mill):
    return make_offered(alice, "Tea", mill, supplier_sku="T-1", cost_price="4.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", cost_price="9.00")


LIST = "article no,pack size,net unit price,lead days,min packs\nT-1,12,4.20,9,2\nC-1,6,8.00,3,4\n"


@pytest.mark.quick
def test_undoing_sets_back_what_the_list_has_set(as_alice, mill, tea, cup):
    make_offer(cup, mill, supplier_sku="C-1", cost_price="8.50", note="by mail")
    take(as_alice, mill, LIST)
    assert read_offer(tea, mill) == ("", 1, None, 2, 9)
    body = undo(as_alice, mill)
    assert (body["undone"], body["kept"], body["archived"]) == (8, [], [])
    assert read_terms(tea) == ("4.00", "T-1", 1)
    assert read_offer(tea, mill) is None
    assert [str(one) for one in read_offer(cup, mill)] == ["C-1", "1", "8.50", "1", "None"]
    again = as_alice.post(f"/api/suppliers/{mill.pk}/price-list/1/undo/")
    assert (again.status_code, again.json()["code"]) == (409, "price_list_undone")


@pytest.mark.quick
def test_the_number_of_a_list_that_was_undone_is_not_given_again(as_alice, mill, tea):
    first = take(as_alice, mill, LIST)
    undo(as_alice, mill)
    assert [first["number"], take(as_alice, mill, LIST)["number"]] == [1, 2]
    assert undo(as_alice, mill, 2)["number"] == 2


def test_what_was_changed_since_stays_and_is_named(as_alice, mill, tea):
    take(as_alice, mill, LIST)
    as_alice.patch(f"/api/products/{tea.pk}/", {"cost_price": "5.00"})
    body = undo(as_alice, mill)
    assert body["kept"] == [
        {
            "line": 2, "product": tea.pk, "name": "Tea", "field": "cost_price", "old": "4.00", "new": "4.20",
            "now": "5.00",
        }
    ]  # fmt: skip
    assert read_terms(tea) == ("5.00", "T-1", 1)


def test_created_offers_are_removed_unless_they_were_changed(alice, as_alice, mill):
    for number in (1, 2):
        make_product(alice, f"Cup {number}", sku=f"CUP-{number}", cost_price="9.00")
    one, two = Product.objects.order_by("id")
    take(as_alice, mill, "article no,your sku,price\nC-1,CUP-1,8\nC-2,CUP-2,7\n", "?create_offers=true")
    Offer.objects.filter(product=two).update(cost_price="6.00")
    body = undo(as_alice, mill)
    assert (read_offer(one, mill), str(read_offer(two, mill)[2])) == (None, "6.00")
    assert {one["product"] for one in body["kept"]} == {two.pk}


@pytest.mark.quick
def test_created_products_are_archived_unless_they_are_used(as_alice, mill):
    take(as_alice, mill, "article no,name,price,lead days\nN-1,Sugar,1,4\nN-2,Salt,1,\n", "?create_missing=true")
    sugar, salt = Product.objects.order_by("id")
    as_alice.post("/api/stock/", {"product": salt.pk, "quantity": 1, "movement_type": "IN"})
    body = undo(as_alice, mill)
    assert (body["archived"], body["not_archived"]) == ([sugar.pk], [salt.pk])


@pytest.mark.quick
def test_the_history_and_the_events_have_each_changed_product(alice, as_alice, mill, tea, cup):
    make_offer(cup, mill, supplier_sku="C-1", cost_price="8.50")
    take(as_alice, mill, LIST)
    changes = {one.row_id: one for one in Change.objects.filter(owner=alice, kind="product", via="import")}
    described = {"id": mill.pk, "name": "Tea & Co", "note": ""}
    assert changes[tea.pk].changes == {
        "cost_price": ["4.00", "4.20"], "pack_size": [1, 12],
        "offers": [[], [described | {
            "supplier_sku": "", "pack_size": 1, "cost_price": None, "min_packs": 2, "lead_days": 9,
        }]],
    }  # fmt: skip
    assert changes[cup.pk].changes == {
        "offers": [
            [described | {
                "supplier_sku": "C-1", "pack_size": 1, "cost_price": "8.50", "min_packs": 1, "lead_days": None,
            }],
            [described | {
                "supplier_sku": "C-1", "pack_size": 6, "cost_price": "8.00", "min_packs": 4, "lead_days": 3,
            }],
        ]
    }  # fmt: skip
    events = Event.objects.filter(owner=alice, type=EventType.PRODUCT_CHANGED)
    assert sorted(events.values_list("product", flat=True)) == [tea.pk, cup.pk]


def test_lists_and_their_changes_can_be_read(as_alice, mill, tea):
    take(as_alice, mill, LIST)
    address = f"/api/suppliers/{mill.pk}/price-list/"
    [row] = as_alice.get(address).json()["results"]
    assert (row["number"], row["changed"], row["unknown"], row["made_by_username"]) == (1, 4, 1, "alice")
    assert as_alice.get(f"{address}1/").json() == row
    changes = as_alice.get(f"{address}1/changes/").json()["results"]
    assert [one["field"] for one in changes] == ["cost_price", "pack_size", "min_packs", "lead_days"]
    assert {one["name"] for one in changes} == {"Tea"}
    file = as_alice.get(f"{address}1/unknown/?format=csv")
    assert b"".join(file.streaming_content).decode().splitlines()[1] == "3,C-1,,,,8,,6"


def test_only_the_last_list_keeps_its_unknown_rows(as_alice, mill, tea):
    for _ in range(2):
        take(as_alice, mill, LIST)
    address = f"/api/suppliers/{mill.pk}/price-list"
    assert [as_alice.get(f"{address}/{number}/unknown/").status_code for number in (1, 2)] == [404, 200]


@pytest.mark.quick
def test_after_a_merge_the_offers_of_the_supplier_that_stays_are_not_set_back(as_alice, mill, tea, cup, alice):
    """Both offer these products for what the list says: undoing it would change one, and remove the other."""
    other = make_supplier(alice, "Other")
    for product, number in ((tea, "T-1"), (cup, "C-1")):
        make_offer(product, other, supplier_sku=number, cost_price="4.20")
    lot = make_offered(alice, "Lot", mill, supplier_sku="L-1", cost_price="1.00")
    rows = f"T-1,{tea.sku},4.20\nC-1,{cup.sku},4.20\nL-1,{lot.sku},2.00\n"
    take(as_alice, mill, f"article no,your sku,net unit price\n{rows}", "?create_offers=true")
    as_alice.post(f"/api/suppliers/{mill.pk}/merge/", {"into": other.pk})
    body = undo(as_alice, other)
    assert (body["undone"], read_terms(lot)[0], read_terms(tea)[0]) == (1, "1.00", "4.20")
    assert str(read_offer(cup, other)[2]) == "4.20"
