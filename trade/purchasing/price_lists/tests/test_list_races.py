"""Price lists beside other changes of a product. The tests `test_control_…` remove the lock of products."""

from functools import partial

import pytest

from products.models import Offer, Product
from testing.cast.people import client_of
from testing.races import run_behind_lock, try_concurrently
from trade.purchasing.price_lists import sql
from trade.purchasing.price_lists.models import PriceListChange
from trade.purchasing.price_lists.tests.lists import (
    make_offer,
    make_offered,
    make_supplier,
    read_offer,
    read_terms,
    send,
    take,
)

pytestmark = [pytest.mark.django_db(transaction=True)]
LIST = "article no,unit price\nT-1,4.20\n"


@pytest.fixture
def tea(alice, mill):
    return make_offered(alice, "Tea", mill, supplier_sku="T-1", cost_price="4.00")


@pytest.fixture
def other(alice, tea):
    """Return another supplier of the tea."""
    other = make_supplier(alice, "Other")
    make_offer(tea, other, supplier_sku="O-1", cost_price="3.50")
    return other


def patch(client, product, **fields):
    response = client.patch(f"/api/products/{product.pk}/", fields)
    assert response.status_code == 200, response.json()


def prefer(product, former, new):
    """Write what the route `prefer` writes: the two suppliers of the product change places."""
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    Offer.objects.filter(product=product, supplier=new).delete()
    Offer.objects.create(owner=product.owner, product=product, supplier=former, supplier_sku="T-1", cost_price="4.00")
    Product.objects.filter(pk=product.pk).update(supplier=new, supplier_sku="O-1", cost_price="3.50")


def without_lock(monkeypatch):
    monkeypatch.setattr(sql, "LOCK_PRODUCTS", sql.LOCK_PRODUCTS.replace("FOR NO KEY UPDATE", ""))


def test_a_list_keeps_what_a_patch_changes_at_the_same_time(alice, as_alice, mill, tea):
    job = partial(take, client_of(alice), mill, LIST)
    body = run_behind_lock(partial(patch, as_alice, tea, pack_size=6, cost_price="4.10"), job)
    assert [(one["old"], one["new"]) for one in body["changed"]] == [("4.10", "4.20")]
    assert read_terms(tea) == ("4.20", "T-1", 6)


def test_control_without_the_lock_a_list_overwrites_what_a_patch_changes(alice, as_alice, mill, tea, monkeypatch):
    without_lock(monkeypatch)
    job = partial(take, client_of(alice), mill, LIST)
    run_behind_lock(partial(patch, as_alice, tea, pack_size=6, cost_price="4.10"), job)
    assert read_terms(tea) == ("4.20", "T-1", 1)
    assert PriceListChange.objects.get().old == "4.00"


def test_a_list_follows_an_offer_that_stops_being_the_preferred_one(alice, mill, tea, other):
    run_behind_lock(partial(prefer, tea, mill, other), partial(take, client_of(alice), mill, LIST))
    assert read_terms(tea) == ("3.50", "O-1", 1)
    assert str(read_offer(tea, mill)[2]) == "4.20"


def test_control_without_the_lock_a_list_writes_into_the_offer_of_another_supplier(
    alice, mill, tea, other, monkeypatch
):
    without_lock(monkeypatch)
    run_behind_lock(partial(prefer, tea, mill, other), partial(take, client_of(alice), mill, LIST))
    assert read_terms(tea)[0] == "4.20"


def test_a_number_that_is_changed_meanwhile_is_matched_again(alice, as_alice, mill, tea):
    job = partial(take, client_of(alice), mill, LIST)
    body = run_behind_lock(partial(patch, as_alice, tea, supplier_sku="T-2"), job)
    assert (body["changed"], body["unknown"]) == ([], 1)


def test_lists_at_the_same_time_are_numbered_and_taken_one_after_the_other(alice, mill, tea):
    files = [f"article no,price\nT-1,4.2{n}\n" for n in range(4)]
    answers = try_concurrently(*[partial(send, client_of(alice), mill, file) for file in files])
    assert sorted(answer.json()["number"] for answer in answers) == [1, 2, 3, 4]
    changes = [*PriceListChange.objects.order_by("price_list__number").values_list("old", "new")]
    assert [old for old, _new in changes] == ["4.00", *(new for _old, new in changes[:-1])]
