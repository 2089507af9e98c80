"""Items are products under other field names, with their category as text. The ledger books their stock too."""

import pytest

from products.models import Category, Product
from stock.models import Movement
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.tables import all_cases

URL = "/api/items/"
FIELDS = [
    "id", "name", "description", "quantity", "price", "category",
    "date_added", "last_updated", "created_at", "updated_at",
]  # fmt: skip


@pytest.fixture
def tea(alice):
    return Category.objects.create(owner=alice, name="Tea")


@pytest.fixture
def address(kettle):
    return f"{URL}{kettle.pk}/"


def post(client, **fields):
    return client.post(URL, {"name": "Laptop", "price": 500000} | fields)


def list_names(client, query=""):
    return [item["name"] for item in client.get(f"{URL}{query}").json()["results"]]


def list_movements(product_id):
    """Return (reason, old quantity, new quantity) of each movement."""
    movements = Movement.objects.filter(product_id=product_id).order_by("sequence")
    return [(movement.operation.reason, movement.old_quantity, movement.new_quantity) for movement in movements]


def test_an_item_has_exactly_its_published_fields(as_alice):
    answer = post(as_alice, description="Dell Latitude", quantity=10, category="Electronics")
    assert answer.status_code == 201
    item = answer.json()
    assert list(item) == FIELDS
    assert (item["price"], item["category"], item["quantity"]) == ("500000.00", "Electronics", 10)
    assert as_alice.get(f"{URL}{item['id']}/").json() == item


def test_each_time_of_an_item_has_two_names(as_alice, address):
    as_alice.patch(address, {"description": "Steel"})
    item = as_alice.get(address).json()
    assert item["date_added"] == item["created_at"] < item["updated_at"] == item["last_updated"]


def test_an_item_and_its_product_are_the_same_row(as_alice, kettle, address):
    as_alice.patch(address, {"name": "Urn", "category": "Tea"})
    product = as_alice.get(f"/api/products/{kettle.pk}/").json()
    assert (product["name"], product["category_name"]) == ("Urn", "Tea")
    item = post(as_alice).json()
    assert as_alice.get(f"/api/products/{item['id']}/").json()["name"] == "Laptop"


def test_a_category_is_set_by_name_and_returned_by_its_stored_name(as_alice, tea):
    assert post(as_alice, category=" TEA ").json()["category"] == "Tea"
    assert post(as_alice, category="Coffee").json()["category"] == "Coffee"
    assert Category.objects.count() == 2


def test_a_category_may_be_set_by_id(as_alice, tea):
    assert post(as_alice, category=tea.pk).json()["category"] == "Tea"
    answer = post(as_alice, category=tea.pk + 1)
    assert (answer.status_code, list(answer.json())) == (400, ["category"])


@all_cases("nothing", ["", None])
def test_an_item_without_category_has_null(as_alice, tea, nothing):
    item = post(as_alice, category="Tea").json()
    assert as_alice.patch(f"{URL}{item['id']}/", {"category": nothing}).json()["category"] is None


def test_an_item_can_be_sent_back_unchanged(as_alice, tea):
    item = post(as_alice, category="Tea", quantity=3, description="Black").json()
    answer = as_alice.put(f"{URL}{item['id']}/", item)
    assert answer.status_code == 200
    same = [name for name in FIELDS if name not in ("last_updated", "updated_at")]
    assert {name: answer.json()[name] for name in same} == {name: item[name] for name in same}
    assert list_movements(item["id"]) == [("opening", 0, 3)]


def test_put_keeps_fields_that_are_not_sent(as_alice):
    item = post(as_alice, category="Tea", quantity=3, description="Black").json()
    answer = as_alice.put(f"{URL}{item['id']}/", {"name": "Assam", "price": "8.90"}).json()
    assert [answer[name] for name in FIELDS[1:6]] == ["Assam", "Black", 3, "8.90", "Tea"]


def test_changing_an_item_keeps_the_fields_that_only_products_have(as_alice, alice):
    product = make_product(alice, sku="K-1", unit="pcs", min_threshold=2, cost_price="4.00")
    as_alice.put(f"{URL}{product.pk}/", {"name": "Urn", "price": "8.90"})
    product.refresh_from_db()
    assert (product.sku, product.unit, product.min_threshold, str(product.cost_price)) == ("K-1", "pcs", 2, "4.00")


@all_cases("method", ["put", "patch"])
def test_a_changed_quantity_is_booked_as_a_correction(as_alice, alice, kettle, address, method):
    answer = getattr(as_alice, method)(address, {"name": "Kettle", "price": "10.00", "quantity": 4})
    assert answer.json()["quantity"] == 4
    assert list_movements(kettle.pk) == [("opening", 0, 10), ("correction", 10, 4)]
    assert find_breaks(alice.pk) == []


def test_an_invalid_quantity_is_refused_and_books_nothing(as_alice, kettle, address):
    for quantity in (-1, 1.5, "many", None, 1_000_000_001):
        answer = as_alice.patch(address, {"quantity": quantity})
        assert (answer.status_code, list(answer.json())) == (400, ["quantity"])
    assert list_movements(kettle.pk) == [("opening", 0, 10)]


def test_a_wrong_expected_quantity_is_a_conflict(as_alice, address):
    answer = as_alice.patch(address, {"quantity": 4, "expected_quantity": 9})
    assert (answer.status_code, answer.json()["code"], answer.json()["actual"]) == (409, "quantity_changed", 10)
    assert as_alice.patch(address, {"quantity": 4, "expected_quantity": 10}).status_code == 200


def test_deleting_archives_and_keeps_the_history(as_alice, kettle, address):
    assert as_alice.delete(address).status_code == 204
    for method in ("get", "put", "patch", "delete"):
        assert getattr(as_alice, method)(address).status_code == 404
    assert list_names(as_alice) == []
    assert list_names(as_alice, "?archived=true") == ["Kettle"]
    assert len(as_alice.get(f"/api/item-changes/?item={kettle.pk}").json()["results"]) == 1


def test_a_worker_may_change_only_the_quantity(as_bob, kettle, address):
    item = as_bob.get(address).json()
    assert as_bob.put(address, {**item, "quantity": 9}).json()["quantity"] == 9
    for change in ({"name": "Urn"}, {"price": "1.00"}, {"category": "Tea"}, {"description": "Steel"}):
        assert as_bob.patch(address, {**change, "quantity": 1}).status_code == 403
    assert Product.objects.get(pk=kettle.pk).quantity == 9


def test_a_worker_may_not_create_or_delete_an_item(as_bob, as_dora, address):
    for client in (as_bob, as_dora):
        assert post(client).status_code == client.delete(address).status_code == 403
    assert Product.objects.filter(archived_at=None).count() == 1


def test_an_item_of_another_account_is_a_404(as_charlie, as_dora, address):
    missing = as_charlie.get(f"{URL}999999/")
    for answer in (as_charlie.get(address), as_charlie.put(address, {}), as_charlie.delete(address)):
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert list_names(as_charlie) == list_names(as_dora) == []


@all_cases(
    ("query", "found"),
    [
        ("?category=TEA", ["Assam"]),
        ("?low_stock=true", ["Pot"]),
        ("?search=assam", ["Assam"]),
        ("?ordering=-price", ["Pot", "Assam"]),
        ("?page_size=1&page=2", ["Pot"]),
    ],
)
def test_items_have_the_filters_of_products(as_alice, alice, tea, query, found):
    make_product(alice, "Assam", 20, price="9.00", category=tea)
    make_product(alice, "Pot", 2, price="34.00", sku="P-1")
    assert list_names(as_alice, query) == found


@all_cases("count", [1, 9])
def test_a_list_takes_statements_for_user_count_and_rows(as_alice, alice, tea, count, django_assert_num_queries):
    for number in range(count):
        make_product(alice, f"Tea {number}", 1, category=tea)
    with django_assert_num_queries(3):
        as_alice.get(URL)
