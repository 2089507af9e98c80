"""The admin pages of every model of the support desk."""

import copy

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from core import archiving
from core.time_zones import today
from desk.support.models import WorkerProcess
from products.models import Category, Product
from records.events.notices.models import LastNotice
from records.events.services import number_events
from stock.models import Location, Lot
from suppliers.models import Supplier
from testing.cast.people import client_of, make_key, make_product, make_user
from testing.cast.places import put_away
from testing.cast.shops import (
    Begun,
    create_code,
    create_contacts,
    create_day,
    create_kits,
    create_offers,
    create_order,
    create_picture,
    create_price_list,
    create_profile,
    create_recipe,
    create_refused_import,
    create_reservation,
    create_return,
    create_rows_of_apps,
    create_till,
)
from testing.deferred import check_deferred_constraints
from testing.reading.inputs import InputReader
from testing.tables import all_cases
from trade.sales.numbers import number_sales
from trade.tills.models import Till
from users.models import ClosedAccount, User

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture(scope="module")
def shared_kettle(module_db):
    """Create a row of every model, in Alice's account. Return her product."""
    kettle = make_product(make_user("alice", email="alice@example.org"), quantity=10)
    create_rows(kettle.owner, kettle)
    check_deferred_constraints()
    return kettle


@pytest.fixture
def kettle(db, shared_kettle):
    return copy.deepcopy(shared_kettle)


@pytest.fixture
def shop(kettle):
    """Return the owner of the rows, who is Alice."""
    return kettle.owner


def create_rows(owner, kettle):
    """Create a row of every model in the owner's account."""
    call_command("verify_stock")
    call_command("seal")
    WorkerProcess.objects.create(host="shed", pid=7)
    ClosedAccount.objects.create(account_number=7, due_at=timezone.now())
    number_events(owner.pk)
    create_contacts("ada", owner)
    LastNotice.objects.create(user=owner, sent_on=today(), position=0)
    kettle.supplier = Supplier.objects.create(owner=owner, name="Acme")
    kettle.category = Category.objects.create(owner=owner, name="Kitchen")
    kettle.save(update_fields=["supplier", "category"])
    client_of(owner).post("/api/suppliers/", {"name": "Mill"}, headers={"Idempotency-Key": "alice-1"})
    client_of(None).post("/api/login/", {"username": owner.username, "password": "wrong"})
    client_of(owner).post("/api/auth/logout/")
    make_key(owner)
    till = create_till("acme", owner)[Till]
    create_rows_of_apps(Begun("acme", 12, owner, owner, [], [kettle], till))
    create_day(12, owner)
    create_kits("acme", 12, kettle, owner, owner)
    create_reservation("acme", kettle, owner)
    create_order("acme", kettle, owner)
    create_return("acme", kettle, owner)
    create_code("acme", 12, kettle)
    create_profile("acme", kettle)
    create_recipe("acme", kettle, make_product(owner, "Mix"), owner, owner)
    create_offers("acme", 12, kettle, owner)
    create_price_list("acme", 12, kettle.supplier, kettle, owner)
    create_picture("acme", kettle)
    create_refused_import("acme", owner)
    cellar = Location.objects.create(owner=owner, name="Cellar")
    put_away(kettle, 1, location=cellar, lot=Lot.objects.create(owner=owner, product=kettle, code="K26"))
    number_sales(owner.pk)
    LogEntry.objects.log_actions(owner.pk, [owner], CHANGE, "Deactivated.", single_object=True)


def admin_url(model, kind, *args):
    """Return the URL of an admin page, for example of kind "changelist" or "change"."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def test_each_list_opens_searches_and_sorts(support, shop):
    for model in MODELS:
        model_admin = admin.site._registry[model]
        every_column = ".".join(f"-{position}" for position in range(1, len(model_admin.list_display) + 1))
        for query in ({"o": every_column}, *([{"q": "alice"}] if model_admin.search_fields else [])):
            assert support.get(admin_url(model, "changelist"), query).status_code == 200, (model, query)


def test_the_add_page_opens_where_adding_is_allowed(support, shop):
    for model in MODELS:
        allowed = model in (User, Group)
        assert support.get(admin_url(model, "add")).status_code == (200 if allowed else 403), model


def test_the_page_of_each_row_opens(support, shop):
    for model in MODELS:
        row = model.objects.first()
        assert row is not None, f"the fixture creates no {model._meta.verbose_name}"
        assert support.get(admin_url(model, "change", row.pk)).status_code == 200, model
    assert support.get(admin_url(model, "history", row.pk)).status_code == 200


def test_the_page_of_a_missing_row_redirects(support):
    for model in MODELS:
        assert support.get(admin_url(model, "change", 999)).status_code == 302, model
        assert support.get(admin_url(model, "change", "9" * 30)).status_code == 302, model


def submit_form(support, row, **changes):
    """Submit the change form of a row with these values changed. Return the response."""
    request = RequestFactory().get("/")
    request.user = get_user(support)
    form = admin.site._registry[type(row)].get_form(request, row, change=True)(instance=row)
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()} | changes
    return support.post(admin_url(type(row), "change", row.pk), {k: v for k, v in values.items() if v is not None})


def test_saves_only_the_changed_fields_and_the_time(support, shop, kettle, monkeypatch):
    saved, save_product = [], Product.save
    monkeypatch.setattr(Product, "save", lambda *args, **kwargs: saved.append(kwargs) or save_product(*args, **kwargs))
    assert submit_form(support, kettle, name="Teapot").status_code == 302
    assert [sorted(kwargs["update_fields"]) for kwargs in saved] == [["name", "updated_at"]]


def test_the_form_changes_neither_owner_nor_quantity(support, shop, charlie, kettle):
    assert submit_form(support, kettle, name="Teapot", owner=charlie.pk, quantity=99).status_code == 302
    kettle.refresh_from_db()
    assert (kettle.name, kettle.owner, kettle.quantity) == ("Teapot", shop, 10)


def test_the_form_rejects_a_supplier_of_another_account(support, shop, charlie, kettle):
    answer = submit_form(support, kettle, supplier=Supplier.objects.create(owner=charlie, name="Acme").pk)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors == {"supplier": ["This row does not exist."]}


@all_cases("model", [Supplier, Category])
def test_the_form_rejects_a_name_used_in_the_account(support, shop, charlie, model):
    model.objects.create(owner=charlie, name="Taken elsewhere")
    model.objects.create(owner=shop, name="Taken")
    row = model.objects.filter(owner=shop).first()
    answer = submit_form(support, row, name="TAKEN")
    assert answer.status_code == 200
    assert "with this name already" in str(answer.context["adminform"].form.errors)
    assert submit_form(support, row, name="TAKEN elsewhere").status_code == 302


def test_the_form_rejects_a_sku_used_in_the_account(support, shop, kettle):
    make_product(shop, "Teapot", sku="T-1")
    answer = submit_form(support, kettle, sku="t-1")
    assert answer.status_code == 200
    assert "with this sku already" in str(answer.context["adminform"].form.errors)


def test_saves_a_row_without_conflict(support, shop, kettle):
    assert submit_form(support, kettle, sku="K-1", price="12.50", supplier=kettle.supplier_id or "").status_code == 302
    kettle.refresh_from_db()
    assert (kettle.sku, str(kettle.price)) == ("K-1", "12.50")


def open_form(support, row):
    """Return a function that submits the page's form, as it is now, with these values changed."""
    address = admin_url(type(row), "change", row.pk)
    read = read_form(support.get(address))
    return lambda **changes: support.post(address, {**read, **changes})


def read_form(page):
    inputs = InputReader(page.text.partition('id="content-main"')[2]).inputs
    return {name: one.texts for name, one in inputs.items() if not name.startswith("_")}


def test_a_form_does_not_undo_what_somebody_else_has_changed(support, shop, kettle):
    submit = open_form(support, kettle)
    Product.objects.filter(pk=kettle.pk).update(price="12.00", description="Steel\nand glass")
    assert submit(name="Teapot").status_code == 302
    kettle.refresh_from_db()
    assert (kettle.name, str(kettle.price), kettle.description) == ("Teapot", "12.00", "Steel\nand glass")
    refused = submit(name="Pot", price="9.00")
    assert list(refused.context["adminform"].form.errors) == ["name", "price"]
    assert "It is now: Teapot" in refused.text
    kettle.refresh_from_db()
    assert (kettle.name, str(kettle.price)) == ("Teapot", "12.00")
    assert support.post(admin_url(Product, "change", kettle.pk), read_form(refused)).status_code == 302
    kettle.refresh_from_db()
    assert (kettle.name, str(kettle.price)) == ("Pot", "9.00")


def test_a_product_loses_its_threshold_with_its_stock(support, shop):
    pot = make_product(shop, "Pot")
    address = admin_url(Product, "change", pot.pk)
    values = read_form(support.get(address))
    del values["keeps_stock"]
    assert support.post(address, values).headers["Location"] == admin_url(Product, "changelist")
    pot.refresh_from_db()
    assert (pot.keeps_stock, pot.min_threshold) == (False, None)


def test_the_form_of_a_user_does_not_undo_what_the_user_has_changed(support, shop):
    submit = open_form(support, shop)
    User.objects.filter(pk=shop.pk).update(phone="123", username="alicia")
    assert submit(language="de").status_code == 302
    shop.refresh_from_db()
    assert (shop.phone, shop.username, shop.language) == ("123", "alicia", "de")


READ_ONLY = ["stock.Operation", "stock.Movement", "stock.Holding", "stock.Portion", "stock.Location", "stock.Lot"]


@all_cases("label", READ_ONLY)
def test_the_ledger_is_read_only(support, shop, label):
    model = next(model for model in MODELS if model._meta.label == label)
    row = model.objects.first()
    assert support.post(admin_url(model, "change", row.pk), {"quantity": 1}).status_code == 403
    assert support.post(admin_url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    support.post(admin_url(model, "changelist"), action)
    assert model.objects.filter(pk=row.pk).exists()


def test_refuses_to_delete_a_product_with_history(support, shop, kettle):
    kettle.refresh_from_db()
    assert support.post(admin_url(Product, "delete", kettle.pk), {"post": "yes"}).status_code == 403
    assert Product.objects.filter(pk=kettle.pk).exists()


@all_cases("model", [Supplier, Category])
def test_the_desk_shows_archived_suppliers_and_categories_and_deletes_none(support, shop, kettle, model):
    row = model.objects.first()
    archiving.archive(model, owner_id=row.owner_id, pk=row.pk)
    assert str(row) in support.get(admin_url(model, "changelist")).text
    assert support.post(admin_url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    body = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    support.post(admin_url(model, "changelist"), body)
    assert model.objects.filter(pk=row.pk).exists()
