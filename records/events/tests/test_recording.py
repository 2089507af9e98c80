"""Every change of products and stock records its events, in its own transaction."""

import io

import pytest
from django.db import DatabaseError

from products.models import Category, Product
from records.events.models import Event, EventType
from stock.models import Operation
from testing.cast.people import make_product
from testing.tables import all_cases


def list_events(owner):
    """Return type, product and operation of the owner's events."""
    return list(Event.objects.filter(owner=owner).order_by("id").values_list("type", "product", "operation"))


@pytest.fixture
def forget_events(alice, kettle):
    """Return a function that returns the events since the fixtures."""
    before = len(list_events(alice))
    return lambda: list_events(alice)[before:]


def send_file(client, text, **fields):
    file = io.BytesIO(text.encode())
    file.name = "products.csv"
    return client.post("/api/products/import/", {"file": file, **fields}, format="multipart")


def newest_operation():
    return Operation.objects.latest("id").pk


@pytest.mark.quick
def test_a_new_product_and_its_opening_stock_are_two_events(as_alice, alice):
    pot = as_alice.post("/api/products/", {"name": "Pot", "price": "3.00", "quantity": 7}).json()["id"]
    booked = (EventType.OPERATION_BOOKED, None, newest_operation())
    assert list_events(alice) == [(EventType.PRODUCT_CREATED, pot, None), booked]


@pytest.mark.quick
def test_a_booking_is_an_event(as_alice, kettle, forget_events):
    body = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    operation = as_alice.post("/api/stock/", body).json()["operation"]
    assert forget_events() == [(EventType.OPERATION_BOOKED, None, operation)]


@all_cases(("count", "events"), [(10, []), (7, [EventType.OPERATION_BOOKED])])
def test_a_count_is_an_event_if_something_differs(as_alice, kettle, forget_events, count, events):
    as_alice.post("/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": count}]})
    assert [kind for kind, _, _ in forget_events()] == events


def test_a_reversal_is_an_event(as_alice, kettle, forget_events):
    opening = newest_operation()
    assert as_alice.post(f"/api/stock/operations/{opening}/reverse/").status_code == 201
    kinds = [kind for kind, _, _ in forget_events()]
    assert kinds == [EventType.OPERATION_BOOKED, EventType.STOCK_LOW]


def test_a_sale_below_the_threshold_is_recorded_once(as_alice, kettle, forget_events):
    for quantity in (4, 1, 1):  # the stock is 10, 6, 5 and 4, with a threshold of 5
        as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": quantity})
    low = [event for event in forget_events() if event[0] != EventType.OPERATION_BOOKED]
    assert low == [(EventType.STOCK_LOW, kettle.pk, newest_operation() - 1)]


def test_a_delivery_above_the_threshold_is_recorded_with_its_numbers(as_alice, kettle):
    for movement_type, quantity in (("OUT", 8), ("IN", 20)):
        as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": movement_type, "quantity": quantity})
    assert Event.objects.get(type=EventType.STOCK_RECOVERED).data == {
        "quantity": 22, "min_threshold": 5, "sku": "", "external_id": None
    }  # fmt: skip


def test_only_the_net_change_of_an_operation_counts(as_alice, kettle, forget_events):
    lines = [{"product": kettle.pk, "movement_type": kind, "quantity": 8} for kind in ("OUT", "IN")]
    as_alice.post("/api/stock/operations/", {"reason": "other", "lines": lines})
    assert [kind for kind, _, _ in forget_events()] == [EventType.OPERATION_BOOKED]


@pytest.mark.quick
@all_cases(
    ("body", "events"),
    [
        ({"price": "11.00"}, [EventType.PRODUCT_CHANGED]),
        ({"price": "10.00", "name": "Kettle"}, []),
        ({"category": "Pots"}, [EventType.PRODUCT_CHANGED]),
        ({"quantity": 9}, [EventType.OPERATION_BOOKED]),
        ({"quantity": 9, "name": "Pot"}, [EventType.PRODUCT_CHANGED, EventType.OPERATION_BOOKED]),
    ],
)
def test_a_change_of_a_product_is_an_event_if_a_value_differs(as_alice, kettle, forget_events, body, events):
    assert as_alice.patch(f"/api/products/{kettle.pk}/", body).status_code == 200
    assert [kind for kind, _, _ in forget_events()] == events


def test_the_same_category_by_its_name_is_no_change(as_alice, kettle, forget_events):
    as_alice.patch(f"/api/products/{kettle.pk}/", {"category": "Pots"})
    as_alice.patch(f"/api/products/{kettle.pk}/", {"category": "pots"})
    assert len(forget_events()) == 1


@pytest.mark.quick
def test_archiving_and_restoring_are_events(as_alice, kettle, forget_events):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    as_alice.post(f"/api/products/{kettle.pk}/restore/")
    as_alice.post(f"/api/products/{kettle.pk}/restore/")  # the product is no longer archived
    kinds = [EventType.PRODUCT_ARCHIVED, EventType.PRODUCT_RESTORED]
    assert forget_events() == [(kind, kettle.pk, None) for kind in kinds]


def test_the_products_of_a_deleted_category_have_changed(alice, as_alice, forget_events):
    category = Category.objects.create(owner=alice, name="Pots")
    pots = [make_product(alice, name, category=category) for name in ("Pot", "Pan")]
    as_alice.delete(f"/api/categories/{category.pk}/")
    assert forget_events()[-2:] == [(EventType.PRODUCT_CHANGED, pot.pk, None) for pot in pots]


def test_an_import_records_what_it_created_and_changed(as_alice, kettle, forget_events):
    text = f"stock_sequence,id,name,price,quantity\n,{kettle.pk},Kettle,12,10\n,,Pot,3,7\n,,Pan,3,0\n"
    assert send_file(as_alice, text).status_code in (200, 201)
    new = list(Product.objects.exclude(pk=kettle.pk).order_by("id").values_list("id", flat=True))
    assert forget_events() == [
        (EventType.PRODUCT_CHANGED, kettle.pk, None),
        *[(EventType.PRODUCT_CREATED, product_id, None) for product_id in new],
        (EventType.OPERATION_BOOKED, None, newest_operation()),
    ]


def test_a_dry_run_records_nothing(as_alice, kettle, forget_events):
    send_file(as_alice, "name,price,quantity\nPot,3,7\n", dry_run="true")
    assert forget_events() == []


def test_a_change_at_the_support_desk_is_an_event(support, kettle, forget_events):
    page = f"/admin/products/product/{kettle.pk}/change/"
    form = support.get(page).context["adminform"].form
    values = {name: form.initial.get(name) or "" for name in form.fields} | {"name": "Pot"}
    assert support.post(page, values).status_code == 302
    assert forget_events() == [(EventType.PRODUCT_CHANGED, kettle.pk, None)]


@pytest.mark.quick
def test_a_booking_whose_event_fails_is_not_booked(as_alice, kettle, monkeypatch):
    as_alice.raise_request_exception = False

    def fail(**_):
        raise DatabaseError

    monkeypatch.setattr("stock.booking.operations.record_levels", fail)
    answer = as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 6})
    kettle.refresh_from_db()
    assert (answer.status_code, kettle.quantity) == (500, 10)


def test_the_events_of_one_shop_are_not_those_of_another(alice, charlie, kettle):
    assert list_events(charlie) == []


def test_records_nothing_without_products(alice, django_assert_num_queries):
    with django_assert_num_queries(0):
        Event.objects.record_products(owner_id=alice.pk, event_type=EventType.PRODUCT_CHANGED, products=[])
