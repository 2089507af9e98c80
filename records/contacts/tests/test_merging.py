"""Merging two customers, or two suppliers, that are the same: what follows, what is refused, and what stays."""

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from core.ownership import OwnedKey
from desk.saved.models import SavedView
from records.contacts.models import Contact
from records.contacts.services import list_naming
from records.events.models import Event
from records.history.models import Change
from suppliers.models import Supplier
from testing.cast.orders import read, send_order, write_order
from testing.cast.people import client_with_key, make_product
from testing.cast.reservations import ADDRESS, reserve
from testing.tables import all_cases
from trade.customers.models import Buyer, Customer
from trade.invoices.models import Invoice
from trade.prices.models import CustomerGroup
from trade.quotes.models import Quote
from trade.reservations.models import Reservation
from users.models import KeyScope

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("model", Contact.list_models().values())


def add(owner, model, name, **fields):
    return model.objects.create(owner=owner, name=name, **fields)


def address(row, action=""):
    return f"{reverse(f'{row.kind}-detail', args=[row.pk])}{action}"


def merge(client, row, into, **query):
    suffix = "?dry_run=true" if query.get("dry_run") else ""
    return client.post(address(row, "merge/") + suffix, {"into": into.pk})


def merged(client, row, into):
    response = merge(client, row, into)
    assert response.status_code == 200, response.json()
    return response.json()


@pytest.fixture
def model():
    """Return the model of the tests that do not parametrize it: merging is the same for both."""
    return Customer


@pytest.fixture
def two(alice, model):
    return add(alice, model, "Ada Fern"), add(alice, model, "A. Fern")


# --- The rows themselves ---------------------------------------------------------------------------------------------


@KINDS
def test_a_merge_archives_the_first_one_and_answers_the_second(as_alice, two):
    row, into = two
    answer = merged(as_alice, row, into)
    assert answer == as_alice.get(address(into)).json()
    assert (answer["id"], answer["merged_into"]) == (into.pk, None)
    assert [one["id"] for one in as_alice.get(f"/api/{row.kind}s/").json()["results"]] == [into.pk]
    assert as_alice.get(address(row)).json()["merged_into"] == into.pk
    assert as_alice.patch(address(row), {"name": "Ada"}).status_code == 404


@pytest.mark.quick
def test_empty_fields_get_the_values_of_the_other_one_and_filled_ones_stay(as_alice, alice, charlie):
    add(charlie, Customer, "Ada", external_id="C-1")
    row = add(alice, Customer, "Ada", phone="5", email="a@fern.test", external_id="C-1", metadata={"a": "1", "b": "1"})
    into = add(alice, Customer, "Ada Fern", email="b@fern.test", note="Fridays", metadata={"b": "2"})
    expected = {"phone": "5", "external_id": "C-1", "metadata": {"a": "1", "b": "2"}}
    assert merge(as_alice, row, into, dry_run=True).json()["fields"] == expected
    answer = merged(as_alice, row, into)
    assert {name: answer[name] for name in expected} == expected
    assert (answer["name"], answer["email"], answer["note"]) == ("Ada Fern", "b@fern.test", "Fridays")


def test_a_lead_time_of_no_days_is_no_empty_field_and_who_accepts_orders_still_does(as_alice, alice):
    row = add(alice, Supplier, "Mill", lead_days=9, contact_email="m@mill.test", accepted_email="m@mill.test")
    into = add(alice, Supplier, "The Mill", lead_days=0)
    assert merge(as_alice, row, into, dry_run=True).json()["fields"] == {"contact_email": "m@mill.test"}
    assert merged(as_alice, row, into)["lead_days"] == 0
    into.refresh_from_db()
    assert into.accepted_email == "m@mill.test"


@pytest.mark.quick
def test_a_dry_run_writes_nothing(as_alice, two):
    row, into = two
    moves = {naming.moved_as: 0 for naming in list_naming(type(row))}
    assert merge(as_alice, row, into, dry_run=True).json() == {"into": into.pk, "moves": moves, "fields": {}}
    row.refresh_from_db()
    assert (row.archived_at, Event.objects.count()) == (None, 0)


@KINDS
def test_a_merge_is_one_event_and_in_the_history_of_both(as_alice, two):
    row, into = two
    merged(as_alice, row, into)
    [event] = as_alice.get(f"/api/events/?type={row.kind}.merged").json()["events"]
    assert event["data"] == {"id": row.pk, "into": into.pk}
    assert Event.objects.count() == 1
    assert read_changes(as_alice, row) == {"archived": [False, True], "merged_into": [None, into.pk]}
    assert read_changes(as_alice, into) == {"merged": [None, row.pk]}


def read_changes(client, row):
    return client.get(address(row, "changes/")).json()["results"][0]["changes"]


def test_an_archived_one_can_be_merged_and_nothing_restores_it(as_alice, two):
    row, into = two
    as_alice.delete(address(row))
    merged(as_alice, row, into)
    refused = as_alice.post(address(row, "restore/"))
    assert (refused.status_code, refused.json()["code"], refused.json()["into"]) == (409, "merged", into.pk)


def test_what_is_refused(as_alice, as_charlie, alice, charlie, two):
    row, into = two
    foreign, archived = add(charlie, type(row), "C."), add(alice, type(row), "Old")
    as_alice.delete(address(archived))
    for given, expected in (
        (row, (400, "merge_into_itself")), (archived, (409, f"{row.kind}_archived")), (foreign, (400, "invalid")),
    ):  # fmt: skip
        refused = merge(as_alice, row, given)
        assert (refused.status_code, refused.json().get("code", "invalid")) == expected
    assert merge(as_charlie, row, foreign).status_code == 404
    merged(as_alice, row, into)
    assert merge(as_alice, row, into).json()["code"] == "merged"
    assert merge(as_alice, into, row).json()["code"] == "merge_into_itself"


def test_owners_and_managers_merge_and_keys_need_the_scope_manage(as_bob, alice, two):
    row, into = two
    assert merge(as_bob, row, into).status_code == 403
    assert merge(client_with_key(alice, KeyScope.BOOK), row, into).status_code == 403
    assert merge(client_with_key(alice, KeyScope.MANAGE), row, into).status_code == 200


def test_a_merge_sent_again_with_its_key_has_one_effect(as_alice, two):
    row, into = two
    sent = [
        as_alice.post(address(row, "merge/"), {"into": into.pk}, headers={"Idempotency-Key": "1"}) for _ in range(2)
    ]
    assert [response.status_code for response in sent] == [200, 200]
    assert sent[0].content == sent[1].content


# --- What the id and the external id mean -----------------------------------------------------------------------------


def test_several_merges_lead_to_the_last_one(as_alice, alice, two):
    row, into = two
    last = add(alice, type(row), "The last")
    merged(as_alice, row, into)
    merged(as_alice, into, last)
    assert [as_alice.get(address(one)).json()["merged_into"] for one in (row, into)] == [last.pk] * 2
    other = add(alice, type(row), "Other")
    assert merged(as_alice, other, row)["id"] == last.pk


@pytest.mark.quick
def test_an_external_id_means_the_one_that_stays(as_alice, alice, two):
    row, into = two
    type(row).objects.filter(pk=row.pk).update(external_id="X-1")
    type(row).objects.filter(pk=into.pk).update(external_id="Y-1")
    merged(as_alice, row, into)
    found = as_alice.get(f"/api/{row.kind}s/?external_id=x-1").json()["results"]
    assert [one["id"] for one in found] == [into.pk]
    again = as_alice.post(f"/api/{row.kind}s/", {"name": "Again", "external_id": "x-1"})
    assert (again.status_code, again.json()["external_id"]) == (400, ["Another row has this external_id already."])
    assert as_alice.patch(address(into), {"external_id": "X-1"}).status_code == 200


def test_an_external_id_that_another_live_one_got_meanwhile_stays_there(as_alice, alice):
    row, into = (add(alice, Customer, name, external_id=code) for name, code in (("Ada", "X-1"), ("A.", None)))
    as_alice.delete(address(row))
    other = add(alice, Customer, "Other", external_id="X-1")
    assert merged(as_alice, row, into)["external_id"] is None
    for query in ("external_id=x-1", "external_id__in=x-1,y-1"):
        assert [one["id"] for one in as_alice.get(f"/api/customers/?{query}").json()["results"]] == [other.pk]
    assert as_alice.put(address(other), {"name": "Other", "external_id": "X-1"}).status_code == 200


# --- What names them --------------------------------------------------------------------------------------------------


def test_orders_of_a_customer_follow_in_every_state(as_alice, alice, kettle):
    ada, fern = add(alice, Customer, "Ada Fern"), add(alice, Customer, "A. Fern")
    made = [reserve(as_alice, kettle, customer=ada.pk) for _ in range(3)]
    sale = as_alice.post(f"{ADDRESS}{made[0]['id']}/fulfil/", {}).json()
    as_alice.post(f"{ADDRESS}{made[1]['id']}/release/")
    moves = merge(as_alice, ada, fern, dry_run=True).json()["moves"]
    assert moves == {"views": 0, "reservations": 3, "sales": 0, "price_groups": 0, "invoices": 0, "quotes": 0}
    merged(as_alice, ada, fern)
    rows = as_alice.get(f"{ADDRESS}?customer={ada.pk}").json()["results"]
    assert {(row["id"], row["customer"], row["customer_name"]) for row in rows} == {
        (one["id"], fern.pk, "A. Fern") for one in made
    }
    assert all(row["updated_at"] > before["updated_at"] for row, before in zip(rows, made[::-1], strict=True))
    for listed in ("sales", "reports/sales"):
        found = as_alice.get(f"/api/{listed}/?customer={ada.pk}").json()["results"]
        assert [(row["operation"], row["customer"]) for row in found] == [(sale["id"], fern.pk)]


def test_an_id_of_a_merged_customer_in_a_body_means_the_one_that_stays(as_alice, alice, kettle):
    ada, fern = add(alice, Customer, "Ada Fern"), add(alice, Customer, "A. Fern")
    merged(as_alice, ada, fern)
    made = reserve(as_alice, kettle, customer=ada.pk)
    assert made["customer"] == fern.pk
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", {"customer": ada.pk, "note": "x"})
    assert changed.json()["customer"] == fern.pk
    as_alice.delete(address(fern))
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "customer": ada.pk}
    refused = as_alice.post(ADDRESS, body).json()
    assert (refused["code"], refused["customer"]) == ("customer_archived", fern.pk)


def test_purchase_orders_follow_and_sent_ones_keep_the_name(as_alice, alice):
    mill, bakery = add(alice, Supplier, "Mill"), add(alice, Supplier, "Bakery")
    flour = make_product(alice, "Flour", supplier=mill)
    sent, draft = send_order(as_alice, mill, flour), write_order(as_alice, mill, flour)
    moves = merge(as_alice, mill, bakery, dry_run=True).json()["moves"]
    assert moves == {"views": 0, "deliveries": 0, "price_lists": 0, "purchase_orders": 2, "offers": 1, "products": 1}
    merged(as_alice, mill, bakery)
    assert [(row["supplier"], row["supplier_name"]) for row in (read(as_alice, sent), read(as_alice, draft))] == [
        (bakery.pk, "Mill"), (bakery.pk, "Bakery"),
    ]  # fmt: skip
    rows = as_alice.get(f"/api/purchase-orders/?supplier={mill.pk}").json()["results"]
    assert len(rows) == 2
    assert read(as_alice, sent)["updated_at"] > sent["updated_at"]


def test_products_of_an_archived_supplier_get_the_one_that_stays(as_alice, alice):
    mill, bakery = add(alice, Supplier, "Mill"), add(alice, Supplier, "Bakery")
    flour = make_product(alice, "Flour", supplier=mill)
    order = write_order(as_alice, mill, flour)
    as_alice.delete(address(mill))
    merged(as_alice, mill, bakery)
    assert as_alice.get(f"/api/products/{flour.pk}/").json()["supplier"] == bakery.pk
    assert read(as_alice, order)["supplier"] == bakery.pk


def test_ids_of_a_merged_supplier_in_bodies_and_filters_mean_the_one_that_stays(as_alice, alice):
    mill, bakery = add(alice, Supplier, "Mill"), add(alice, Supplier, "Bakery")
    tea = make_product(alice, "Tea", min_threshold=5)
    merged(as_alice, mill, bakery)
    made = as_alice.post("/api/products/", {"name": "Flour", "price": "1.00", "supplier": mill.pk}).json()
    assert made["supplier"] == bakery.pk
    assert write_order(as_alice, mill, tea)["supplier"] == bakery.pk
    offer = as_alice.post("/api/offers/", {"product": tea.pk, "supplier": mill.pk}).json()
    assert offer["id"] == f"{tea.pk}-{bakery.pk}"
    line = {"id": tea.pk, "supplier": mill.pk}
    assert as_alice.post("/api/products/edits/", {"lines": [line]}).status_code == 201
    for found in ("products", "offers", "reports/reorder"):
        rows = as_alice.get(f"/api/{found}/?supplier={mill.pk}").json()["results"]
        assert [row["supplier"] for row in rows], found
        assert {row["supplier"] for row in rows} == {bakery.pk}, found
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All", "select": {"supplier": mill.pk}})
    assert (sheet.status_code, sheet.json()["select"]["supplier"]) == (201, bakery.pk)


def test_saved_views_filter_by_the_one_that_stays(as_alice, alice):
    mill, bakery, other = (add(alice, Supplier, name) for name in ("Mill & Sons", "Bakery", "Other"))
    queries = [
        f"supplier={mill.pk}&ordering=name", f"supplier={other.pk}", f"category=1&min_price={mill.pk}",
        "supplier=mill+%26+sons",
    ]  # fmt: skip
    for number, query in enumerate(queries):
        SavedView.objects.create(owner=alice, user=alice, name=f"{number}", route="products", query=query)
    assert merge(as_alice, mill, bakery, dry_run=True).json()["moves"]["views"] == 2
    merged(as_alice, mill, bakery)
    assert [view.query for view in SavedView.objects.order_by("name")] == [
        f"supplier={bakery.pk}&ordering=name", *queries[1:3], f"supplier={bakery.pk}",
    ]  # fmt: skip


def test_views_with_the_name_of_another_live_supplier_stay(as_alice, alice):
    """The name is free again once a supplier is archived."""
    mill, bakery = add(alice, Supplier, "Mill"), add(alice, Supplier, "Bakery")
    as_alice.delete(address(mill))
    add(alice, Supplier, "MILL")
    SavedView.objects.create(owner=alice, user=alice, name="Low", route="reports/reorder", query="supplier=mill")
    merged(as_alice, mill, bakery)
    assert SavedView.objects.get().query == "supplier=mill"


# --- Erasing ----------------------------------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases("place", [0, 1, 2])
def test_erasing_one_of_the_merged_erases_the_texts_of_all(as_alice, alice, place):
    rows = [add(alice, Customer, f"Ada Fern {number}", phone=f"+49 555-{number}") for number in range(3)]
    for row in rows[:2]:
        merged(as_alice, row, rows[2])
    erased = as_alice.post(address(rows[place], "erase/")).json()
    assert erased["name"] == f"customer-{rows[place].pk}"
    assert {(row.name, row.phone) for row in Customer.objects.all()} == {(f"customer-{row.pk}", "") for row in rows}
    told = str([*Change.objects.values_list("changes", flat=True)])
    assert "Fern" not in told
    assert "+49 555-" not in told


# --- The mechanism ----------------------------------------------------------------------------------------------------


def list_left_behind(models):
    """Return the models whose rows link to contacts and do not follow a merge."""
    contacts = {*Contact.list_models().values()}
    linked = [(model, field.related_model) for model in models for field in model._meta.fields]
    return {
        model
        for model, contact in linked
        if contact in contacts - {model} and not (model in list_naming(contact) and model.moved_as)
    }


def test_the_rows_of_every_model_with_a_link_to_contacts_follow_a_merge():
    assert list_left_behind(apps.get_models()) == set()
    assert {SavedView, Reservation, Buyer, CustomerGroup, Invoice, Quote} == {*list_naming(Customer)}


def test_a_new_model_that_says_nothing_is_found(monkeypatch):
    """This is the negative control."""

    class Loyalty(models.Model):
        customer = OwnedKey(Customer, related_name="+")

        class Meta:
            app_label = "customers"
            managed = False

        def __str__(self):
            return "loyalty"

    del apps.all_models["customers"]["loyalty"]
    apps.clear_cache()
    assert list_left_behind([Loyalty]) == {Loyalty}
