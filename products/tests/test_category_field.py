"""The category of a product: a number is an id, and a string is a name to find, ignoring case, or to create."""

from functools import partial
from urllib.parse import urlencode

import pytest

from products.models import Category, Product
from stock.goods import services as product_services
from testing.cast.people import client_of
from testing.races import run_behind_lock
from testing.tables import all_cases

URL = "/api/products/"


@pytest.fixture
def tea(alice):
    return Category.objects.create(owner=alice, name="Tea")


def post(client, category, **options):
    return client.post(URL, {"name": "Kettle", "price": "10.00", "category": category}, **options)


def test_a_number_is_an_id(as_alice, tea):
    product = post(as_alice, tea.pk).json()
    assert (product["category"], product["category_name"]) == (tea.pk, "Tea")


@pytest.mark.quick
@all_cases("name", ["Tea", "TEA", " tea "])
def test_a_name_finds_the_category_ignoring_case(as_alice, tea, name):
    product = post(as_alice, name).json()
    assert (product["category"], product["category_name"]) == (tea.pk, "Tea")
    assert Category.objects.count() == 1


def test_a_name_is_normalised_before_it_is_compared(as_alice, alice):
    cafe = Category.objects.create(owner=alice, name="Café")
    assert post(as_alice, "cafe\u0301").json()["category"] == cafe.pk


def test_an_unknown_name_creates_the_category(as_alice, alice, tea):
    product = post(as_alice, " Coffee ").json()
    coffee = Category.objects.get(name="Coffee")
    assert (product["category"], product["category_name"], coffee.owner) == (coffee.pk, "Coffee", alice)


def test_a_json_string_of_digits_is_a_name(as_alice, tea):
    product = post(as_alice, str(tea.pk)).json()
    assert product["category"] != tea.pk
    assert product["category_name"] == str(tea.pk)


def post_urlencoded(client, category):
    body = urlencode({"name": "Kettle", "price": "10.00", "category": category})
    return client.post(URL, body, content_type="application/x-www-form-urlencoded")


@all_cases("send", [partial(post, format="multipart"), post_urlencoded])
def test_in_a_form_digits_are_an_id_and_other_text_is_a_name(as_alice, tea, send):
    assert send(as_alice, str(tea.pk)).json()["category"] == tea.pk
    assert send(as_alice, "tea").json()["category"] == tea.pk
    assert send(as_alice, "7up").json()["category_name"] == "7up"
    assert send(as_alice, "9" * 18).json() == {"category": [f"You have no category with the id {'9' * 18}."]}


@all_cases("nothing", ["", None])
def test_empty_and_null_mean_none(as_alice, tea, nothing):
    product = post(as_alice, nothing).json()
    assert (product["category"], product["category_name"]) == (None, None)
    address = f"{URL}{post(as_alice, tea.pk).json()['id']}/"
    assert as_alice.patch(address, {"category": nothing}).json()["category"] is None
    assert Category.objects.count() == 1


def test_an_empty_field_of_a_form_means_none(as_alice, tea):
    address = f"{URL}{post(as_alice, tea.pk).json()['id']}/"
    assert as_alice.patch(address, {"category": ""}, format="multipart").json()["category"] is None


def test_put_and_patch_accept_a_name(as_alice, kettle, tea):
    address = f"{URL}{kettle.pk}/"
    assert as_alice.patch(address, {"category": "tea"}).json()["category"] == tea.pk
    assert as_alice.put(address, {"name": "Kettle", "price": "1", "category": "Coffee"}).status_code == 200
    assert as_alice.get(address).json()["category_name"] == "Coffee"


def test_refuses_an_unknown_id(as_alice, tea):
    for number in (0, tea.pk + 1, 2**63, 10**30):
        answer = post(as_alice, number)
        assert answer.json() == {"category": [f"You have no category with the id {number}."]}, number
        assert answer.status_code == 400
    assert not Product.objects.exists()


def test_a_refused_product_creates_no_category(as_alice):
    answer = as_alice.post(URL, {"name": "Kettle", "price": "x", "category": "Coffee"})
    assert (answer.status_code, list(answer.json())) == (400, ["price"])
    assert post(as_alice, "é" * 256).status_code == 400
    assert not Category.objects.exists()


def creator(user, name):
    """Return a function that creates a product with the category and returns the status."""
    client = client_of(user)
    return lambda: post(client, name).status_code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("roll_back", [False, True])
def test_a_second_create_waits_for_the_category_of_the_first(alice, roll_back):
    first = partial(Category.objects.create, owner=alice, name="Coffee")
    assert run_behind_lock(first, creator(alice, "coffee"), roll_back=roll_back) == 201
    assert Category.objects.get().name == ("coffee" if roll_back else "Coffee")


@pytest.mark.django_db(transaction=True)
def test_without_a_second_lookup_the_second_create_would_be_refused(alice, monkeypatch):
    """This is the negative control: get_or_create without its second lookup after a conflict."""

    def find_then_create(*, owner_id, name):
        found = Category.objects.filter(owner_id=owner_id, name__iexact=name).first()
        return found or Category.objects.create(owner_id=owner_id, name=name)

    monkeypatch.setattr(product_services, "find_or_create_category", find_then_create)
    first = partial(Category.objects.create, owner=alice, name="Coffee")
    assert run_behind_lock(first, creator(alice, "coffee")) == 400
