"""The computed flags of a product: is_low_stock, has_expiry, is_expired."""

from datetime import timedelta

from core.fields import MAX_QUANTITY
from core.time_zones import today
from products.models import Product, is_low
from testing.cast.people import make_product
from testing.tables import all_cases


def read_flags(client, product):
    answer = client.get(f"/api/products/{product.pk}/").json()
    return [answer[name] for name in ("is_low_stock", "has_expiry", "is_expired")]


@all_cases(("quantity", "threshold", "low"), [(5, 5, True), (6, 5, False), (0, 0, True), (1, 0, False)])
def test_a_product_is_low_at_its_threshold(as_alice, alice, quantity, threshold, low):
    product = make_product(alice, quantity=quantity, min_threshold=threshold)
    assert read_flags(as_alice, product) == [low, False, False]


def test_the_default_threshold_is_five(as_alice, alice):
    assert read_flags(as_alice, make_product(alice, "a", quantity=5))[0] is True
    assert read_flags(as_alice, make_product(alice, "b", quantity=6))[0] is False


@all_cases(("days", "expired"), [(-1, True), (0, True), (1, False), (9999, False)])
def test_a_product_expires_on_its_date(as_alice, alice, days, expired):
    product = make_product(alice, quantity=10, expiration_date=today() + timedelta(days=days))
    assert read_flags(as_alice, product) == [False, True, expired]


def test_the_flags_are_current_after_each_change(as_alice, kettle):
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 2, "expiration_date": "2001-01-01"}).json()
    assert (answer["is_low_stock"], answer["has_expiry"], answer["is_expired"]) == (True, True, True)
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"min_threshold": 1, "expiration_date": None}).json()
    assert (answer["is_low_stock"], answer["has_expiry"], answer["is_expired"]) == (False, False, False)


LEVELS = [(0, 0), (1, 0), (5, 5), (6, 5), (MAX_QUANTITY, MAX_QUANTITY), (MAX_QUANTITY - 1, MAX_QUANTITY)]


@all_cases(("quantity", "threshold"), LEVELS)
def test_bookings_and_the_column_agree_on_what_is_low(alice, quantity, threshold):
    product = make_product(alice, quantity=quantity, min_threshold=threshold)
    assert Product.objects.get(pk=product.pk).is_low_stock is is_low(quantity, threshold)


def test_the_column_is_current_on_the_saved_product(alice):
    product = make_product(alice, quantity=6, min_threshold=5)
    product.min_threshold = 6
    product.save(update_fields=["min_threshold"])
    product.refresh_from_db()
    assert product.is_low_stock is True
    [created] = Product.objects.bulk_create([Product(owner=alice, name="Pan", price=1, min_threshold=0)])
    assert created.is_low_stock is True


def test_lists_and_single_products_have_the_same_flags(as_alice, alice):
    make_product(alice, quantity=3, expiration_date=today())
    listed = as_alice.get("/api/products/").json()["results"][0]
    assert [*listed.items()] == [*as_alice.get(f"/api/products/{listed['id']}/").json().items()]
