"""Files of other systems: what an import with `moving` makes of them."""

import pytest

from products.models import Product, Profile
from products.tests.importing import upload
from products.tests.moving_files import SYSTEM_FILES
from stock.models import Holding, Movement

pytestmark = pytest.mark.django_db
MOVING = "?moving=true"


def move_in(client, text, query=MOVING):
    answer = upload(client, text, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def describe(product, asked):
    """Return the asked values of a product, in the form of the samples."""
    profile = Profile.objects.filter(product=product).select_related("group").first()
    places = Holding.objects.filter(product=product, location__isnull=False).select_related("location")
    values = {
        "group": profile and profile.group and profile.group.name, "options": profile and profile.options,
        "places": {holding.location.name: holding.quantity for holding in places},
        "category": product.category and product.category.name, "tags": profile and sorted(profile.tags),
        "supplier": product.supplier and product.supplier.name,
    }  # fmt: skip
    return {name: values[name] if name in values else tidy(getattr(product, name)) for name in asked}


def tidy(value):
    return value if isinstance(value, int | type(None)) else str(value)


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_a_file_of_another_system_comes_in_as_it_is(as_alice, name):
    sample = SYSTEM_FILES[name]
    if sample.after:
        move_in(as_alice, SYSTEM_FILES[sample.after].text)
    answer = move_in(as_alice, sample.text)
    assert answer["recognised"] == sample.recognised
    assert answer["refused"] is None
    products = {
        product.sku or product.name: product for product in Product.objects.select_related("category", "supplier")
    }
    assert sample.after or sorted(products) == sorted(sample.products)
    found = {key: describe(products[key], asked) for key, asked in sample.products.items()}
    assert found == {key: tidy_sample(asked) for key, asked in sample.products.items()}


def tidy_sample(asked):
    return {name: sorted(value) if name == "tags" else value for name, value in asked.items()}


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_a_second_import_of_the_same_file_changes_nothing(as_alice, name):
    sample = SYSTEM_FILES[name]
    if sample.after:
        move_in(as_alice, SYSTEM_FILES[sample.after].text)
    first = move_in(as_alice, sample.text)
    movements = Movement.objects.count()
    dry = move_in(as_alice, sample.text, f"{MOVING}&dry_run=true")
    again = move_in(as_alice, sample.text)
    counts = {"created": 0, "updated": 0, "unchanged": first["created"] + first["updated"] + first["unchanged"]}
    assert {key: again[key] for key in counts} == counts
    assert (dry["changes"], dry["changed"], again["operation"]) == ([], {}, None)
    assert Movement.objects.count() == movements
