"""The pages of products at the support desk. They change everything except the stock, by the rules of the API."""

import pytest
from django.test import Client
from django.urls import reverse

from products.filing.columns import STORED_COLUMNS
from products.models import Category, Product
from records.events.models import Event
from suppliers.models import Supplier
from testing.cast.people import PASSWORD, make_product
from testing.tables import all_cases
from users.models import User

TARGETS = [column.target for column in STORED_COLUMNS]
SHOWN = [column.name for column in STORED_COLUMNS]


def read_balance(product):
    product.refresh_from_db()
    return product.quantity, product.stock_sequence


@pytest.fixture
def desk(db):
    User.objects.create_superuser("helen", password=PASSWORD)
    client = Client()
    assert client.login(username="helen", password=PASSWORD)
    client.raise_request_exception = False
    return client


def form_of(product, **changes):
    values = {name: getattr(product, name) for name in TARGETS}
    values = {name.removesuffix("_id"): "" if value is None else value for name, value in values.items()}
    return values | changes


def page_of(product):
    return reverse("admin:products_product_change", args=[product.pk])


def test_the_quantity_is_read_only(desk, kettle):
    answer = desk.get(page_of(kettle))
    assert answer.status_code == 200
    form = answer.context["adminform"]
    assert set(form.form.fields) == {*SHOWN} - {"decimals"}
    assert {"quantity", "decimals", "movements_booked", "account", "archived_at"} <= set(form.readonly_fields)


def test_saving_the_page_does_not_change_the_quantity(desk, kettle):
    data = form_of(kettle, name="Pot", quantity=99, stock_sequence=99, owner=1)
    assert desk.post(page_of(kettle), data).status_code == 302
    assert read_balance(kettle) == (10, 1)
    assert kettle.name == "Pot"


def test_a_threshold_above_the_stock_is_told(desk, kettle):
    assert desk.post(page_of(kettle), form_of(kettle, min_threshold=12)).status_code == 302
    assert desk.post(page_of(kettle), form_of(kettle, min_threshold=13)).status_code == 302
    told = Event.objects.get(owner=kettle.owner, type="stock.low")
    assert (told.product, told.data["min_threshold"]) == (kettle.pk, 12)


def test_saving_the_page_keeps_a_sale_booked_meanwhile(desk, as_alice, kettle):
    form = form_of(kettle, price="12.00")
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    as_alice.patch(f"/api/products/{kettle.pk}/", {"unit": "pcs"})
    assert desk.post(page_of(kettle), form | {"unit": "pcs"}).status_code == 302
    assert read_balance(kettle) == (7, 2)
    assert str(kettle.price) == "12.00"


def test_products_cannot_be_added_and_movements_cannot_be_changed(desk, kettle):
    movement = kettle.movements.get()
    assert desk.get(reverse("admin:products_product_add")).status_code == 403
    assert desk.get(reverse("admin:stock_movement_add")).status_code == 403
    assert desk.get(reverse("admin:stock_movement_change", args=[movement.pk])).status_code == 200
    assert desk.post(reverse("admin:stock_movement_change", args=[movement.pk]), {"quantity": 5}).status_code == 403
    assert desk.post(reverse("admin:stock_movement_delete", args=[movement.pk]), {"post": "yes"}).status_code == 403


def test_a_product_with_movements_cannot_be_deleted(desk, kettle):
    desk.post(reverse("admin:products_product_delete", args=[kettle.pk]), {"post": "yes"})
    assert read_balance(kettle) == (10, 1)


@all_cases("field", ["supplier", "category"])
def test_a_row_of_another_account_is_a_form_error(desk, charlie, kettle, field):
    model = {"supplier": Supplier, "category": Category}[field]
    stranger = model.objects.create(owner=charlie, name="Theirs")
    answer = desk.post(page_of(kettle), form_of(kettle, **{field: stranger.pk}))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors == {field: ["This row does not exist."]}
    assert getattr(Product.objects.get(), field) is None


def test_a_taken_code_is_a_form_error(desk, alice, kettle):
    make_product(alice, "Pot", sku="P1")
    answer = desk.post(page_of(kettle), form_of(kettle, sku="p1"))
    assert answer.status_code == 200
    assert "You have a product with this sku already." in str(answer.context["adminform"].form.errors)


def test_the_unit_of_what_has_moved_is_kept(desk, alice):
    flour = make_product(alice, "Flour", 2500, unit="kg", decimals=3)
    answer = desk.post(page_of(flour), form_of(flour, unit="g"))
    assert "is allowed" in str(answer.context["adminform"].form.errors["unit"])
    assert desk.post(page_of(flour), form_of(flour, unit="kilo")).status_code == 302
