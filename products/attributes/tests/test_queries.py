"""What lies beside products costs a booking nothing, and a list a number of statements that does not grow."""

import re
from itertools import count

import pytest
from django.db import connection
from django.db.models import BooleanField
from django.test.utils import CaptureQueriesContext

from products.models import MAX_FIELDS, CustomField, Group, Product, Profile
from products.models.sql_profiles import CONDITIONS
from products.querysets import make_expression
from testing.cast.people import make_product, make_products
from testing.tables import all_cases

COUNTED = count(20)
KEYS = [f"own_{number}" for number in range(MAX_FIELDS)]


def list_statements(send):
    """Return the statements of the request, without their numbers and times."""
    with CaptureQueriesContext(connection) as captured:
        assert send().status_code in (200, 201)
    return [re.sub(r"'[^']*'|[0-9]+", "?", query["sql"]) for query in captured]


@pytest.fixture
def plain(alice):
    return make_product(alice, "Plain", 50)


@pytest.fixture
def rich(as_alice, alice):
    """Create a product with thirty own fields, tags and metadata."""
    rich = make_product(alice, "Rich", 50)
    CustomField.objects.bulk_create(CustomField(owner=alice, key=key, label=key, type="text") for key in KEYS)
    values = {"fields": dict.fromkeys(KEYS, "x"), "tags": ["New"], "metadata": {"shop": "7"}}
    shirts = Group.objects.create(owner=alice, name="Shirt", axes=["size"])
    values |= {"group": shirts.pk, "options": {"size": "M"}}
    assert as_alice.patch(f"/api/products/{rich.pk}/", values).status_code == 200
    return rich


@all_cases(
    ("address", "make_body"),
    [
        ("/api/stock/", lambda pk: {"product": pk, "movement_type": "OUT", "quantity": 1}),
        (
            "/api/stock/operations/",
            lambda pk: {"reason": "sale", "lines": [{"product": pk, "movement_type": "OUT", "quantity": 1}]},
        ),
        ("/api/stock/counts/", lambda pk: {"lines": [{"product": pk, "counted": next(COUNTED)}]}),
    ],
)
def test_a_booking_executes_the_same_statements_with_thirty_fields(as_alice, plain, rich, address, make_body):
    def book(product):
        return list_statements(lambda: as_alice.post(address, make_body(product.pk)))

    book(plain)  # what is cached
    assert book(rich) == book(plain)
    assert not any("products_profile" in statement or "customfield" in statement for statement in book(rich))


@all_cases("query", ["field.own_0=x", "tag=new", "metadata.shop=7", "option.size=M"])
def test_a_filter_takes_at_most_one_more_statement(as_alice, alice, rich, query):
    address = f"/api/products/?search=i&{query}"
    few = list_statements(lambda: as_alice.get(address))
    for number in range(20):
        values = {"name": f"Tin {number}", "price": "1.00", "fields": {"own_0": "x"}, "tags": ["new"]}
        as_alice.post("/api/products/", values)
    assert list_statements(lambda: as_alice.get(address)) == few
    assert len(few) == 4 + ("field" in query)


def test_the_filter_of_metadata_uses_its_index(alice):
    products = make_products(alice, 3000)
    Profile.objects.bulk_create(Profile(owner=alice, product=product, tags=["New"]) for product in products)
    Profile.objects.filter(product__in=products[:9]).update(metadata={"shop": "7"})
    rows = Product.objects.filter(
        make_expression(CONDITIONS["metadata"], BooleanField(), alice, key="shop", given="7")
    ).values_list("pk")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_profile, products_product")
    assert "products_profile_metadata" in rows.explain()
    assert rows.count() == 9
