"""The arguments that the services of products refuse and ignore when they are called without a view."""

import pytest
from django.core.exceptions import PermissionDenied

from products.models import Product, Profile
from stock.goods.services import change_product, create_product
from testing.cast.people import make_product


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 3, category="Dishes")


def test_a_worker_changes_no_field_but_the_quantity(bob, cup):
    with pytest.raises(PermissionDenied, match="A worker may change the quantity alone, not name, category"):
        change_product(by=bob, product_id=cup.pk, quantity=2, name="Mug", category="Mugs", price=cup.price)
    cup.refresh_from_db()
    assert (cup.quantity, cup.name) == (3, "Cup")


def test_a_worker_may_repeat_the_other_values(bob, cup):
    changed = change_product(by=bob, product_id=cup.pk, quantity=2, name="Cup", category="dishes", price=cup.price)
    assert (changed.quantity, changed.category.name) == (2, "Dishes")


def test_a_product_is_created_and_changed_with_further_codes(alice):
    made = create_product(by=alice, name="Tea", price="1.00", codes=[{"code": "CASE", "quantity": 12}])
    changed = change_product(by=alice, product_id=made.pk, codes=[{"code": "BOX", "quantity": 6}])
    assert [[(row["code"], row["quantity"]) for row in one.codes] for one in (made, changed)] == [
        [("CASE", 12)],
        [("BOX", 6)],
    ]


def test_a_product_of_another_shop_is_missing_in_every_queryset(charlie, cup):
    for products in (None, Product.objects.all()):
        with pytest.raises(Product.DoesNotExist):
            change_product(by=charlie, product_id=cup.pk, name="Mug", products=products)


def test_codes_that_a_worker_changes_are_refused(bob, cup):
    with pytest.raises(PermissionDenied, match="not codes"):
        change_product(by=bob, product_id=cup.pk, codes=[{"code": "CASE", "quantity": 12}])


@pytest.mark.quick
def test_a_product_is_created_and_changed_with_what_lies_beside_it(alice):
    made = create_product(by=alice, name="Tea", price="1.00", tags=["New"], metadata={"shop": "7"})
    changed = change_product(by=alice, product_id=made.pk, tags=["Sale"], metadata={"shop": "8"})
    assert made.has_profile
    assert Profile.objects.values_list("tags", "metadata").get(product=changed) == (["Sale"], {"shop": "8"})
