"""Every model and every view keeps accounts apart. A new model or view that does not fails here."""

import re

import pytest
from django.apps import apps
from django.db import connection, reset_queries
from django.db.models import F, ForeignKey, UniqueConstraint
from django.test.utils import CaptureQueriesContext
from rest_framework.generics import GenericAPIView
from rest_framework.viewsets import GenericViewSet

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from inventory_api.app_order import ORDER
from products.models import Category, Offer
from records.history.models import Change
from stock.models import Location, Lot
from stock.proofs.services import seal_account
from stock.proofs.verification import verify_account
from suppliers.models import Supplier
from testing.cast.orders import make_supplier
from testing.cast.people import client_of, make_product
from testing.cast.places import put_away
from testing.cast.shops import (
    Begun,
    create_code,
    create_contacts,
    create_count,
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
from testing.laws.routes import list_api_routes
from testing.laws.walk import list_calls
from testing.tables import all_cases
from trade.purchasing.models import PriceList
from trade.sales.numbers import number_sales
from trade.tills.models import Till
from users.models import SecurityEvent, User
from web.viewsets import OwnedMixin

# Users, and what belongs to a user or to no shop.
WITHOUT_OWNER = {
    "users.User", "users.ApiKey", "users.SecurityEvent", "users.RefreshFamily", "users.KnownNetwork", "users.Factor",
    "users.Challenge", "users.AttemptCounter", "users.ClosedAccount", "notices.LastNotice", "support.WorkerProcess",
}  # fmt: skip
OURS = [model for model in apps.get_models() if model._meta.app_config.name in ORDER]
MODELS = [model for model in OURS if model._meta.label not in WITHOUT_OWNER]
OWNED = [model for model in apps.get_models() if issubclass(model, OwnedModel)]
TABLES = {model._meta.db_table: model for model in OWNED}
VIEWS = list(dict.fromkeys(route.view for route in list_api_routes() if issubclass(route.view, GenericAPIView)))
# The account of an event may be empty, because users without an account have events. `visible_to` selects them.
OWNED_BY_USERS = {SecurityEvent}
every_owned_model = all_cases("model", OWNED)


def serves_owned_rows(view):
    return view.queryset is not None and issubclass(view.queryset.model, OwnedModel)


# --- Models -------------------------------------------------------------------------------------------


@all_cases("model", apps.get_models())
def test_models_with_an_owner_are_owned_models(model):
    has_owner = any(field.name in ("owner", "owner_id", "account", "account_id") for field in model._meta.get_fields())
    assert issubclass(model, OwnedModel) == (has_owner and model not in OWNED_BY_USERS)


@all_cases("model", MODELS)
def test_every_business_row_has_an_owner(model):
    assert issubclass(model, OwnedModel)
    assert model._meta.get_field("owner").null is False


@every_owned_model
def test_owned_models_have_the_owned_queryset(model):
    assert isinstance(model.objects.all(), OwnedQuerySet)


@every_owned_model
def test_owner_and_id_are_a_unique_key(model):
    name = f"{model._meta.db_table}_owner_row"
    (constraint,) = (c for c in model._meta.constraints if c.name == name)
    assert (constraint.fields, constraint.condition) == (("owner", "id"), None)


@every_owned_model
def test_every_key_to_an_owned_row_includes_the_owner(model):
    keys = [field for field in model._meta.fields if isinstance(field, ForeignKey)]
    owned = {key.name for key in keys if issubclass(key.related_model, OwnedModel)}
    assert owned == {key.name for key in keys if isinstance(key, OwnedKey)}
    assert owned == {c.field for c in model._meta.constraints if isinstance(c, OwnedForeignKey)}


@every_owned_model
def test_the_database_ensures_that_the_owner_exists(model):
    """By a constraint of the owner, or by a key to a row of the owner. Changes are recorded with a row of the owner."""
    keys = [field for field in model._meta.fields if isinstance(field, OwnedKey) and not field.null]
    assert model._meta.get_field("owner").db_constraint or keys or model is Change


@every_owned_model
def test_unique_constraints_apply_within_an_account(model):
    assert [field.name for field in model._meta.local_fields if field.unique] == ["id"]
    assert not model._meta.unique_together
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            assert [*constraint.fields, *constraint.expressions][0] in ("owner", F("owner")), constraint.name


@every_owned_model
def test_every_index_starts_with_the_owner(model):
    assert not [field.name for field in model._meta.local_fields if field.db_index]
    for index in model._meta.indexes:
        assert [*index.fields, *index.expressions][0] in ("owner", F("owner")), index.name


@every_owned_model
def test_names_leave_room_for_a_shard_number(model):
    """PostgreSQL truncates names at 63 characters. A distributed table adds a number of up to 13 characters."""
    for rule in [*model._meta.constraints, *model._meta.indexes]:
        assert len(rule.name) < 50


@every_owned_model
def test_the_database_has_the_keys_and_checks_them_immediately(model, db):
    """The foreign keys are over (owner_id, x_id), so no row can link to another account, whatever the code does."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, OwnedForeignKey):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_get_constraintdef(oid), condeferred, convalidated FROM pg_constraint WHERE conname = %s",
                    [constraint.name],
                )
                definition, deferred, validated = cursor.fetchone()
            shared = "".join(f"{name}_id, " for name in constraint.shared)
            assert definition.startswith(f"FOREIGN KEY (owner_id, {shared}{constraint.field}_id) REFERENCES ")
            assert f"(owner_id, {shared}id)" in definition
            assert (deferred, validated) == (False, True)


# --- Views --------------------------------------------------------------------------------------------


@all_cases("view", [view for view in VIEWS if issubclass(view, GenericViewSet)])
def test_viewsets_of_owned_rows_filter_by_owner(view):
    assert not serves_owned_rows(view) or issubclass(view, OwnedMixin)


def test_a_viewset_of_rows_without_an_owner_fails(alice):
    view = type("Users", (OwnedMixin,), {"queryset": User.objects.all()})()
    view.request = type("Request", (), {"user": alice})
    with pytest.raises(AttributeError, match="for_user"):
        view.get_queryset()


def capture_statements(client, owner):
    """Return the SQL of a GET request to every route, with a missing id and, if the route has one, the id of
    its row.
    """
    ids = {model: model.objects.filter(owner=owner).earliest("pk").pk for model in OWNED} | {User: owner.pk}
    ids[PriceList] = ids[Supplier]  # the addresses of price lists start with their supplier
    statements = []
    for call in list_calls():
        if call.method == "GET":
            with CaptureQueriesContext(connection) as captured:  # Django keeps 9,000 statements of a connection
                for number in [ids.get(call.model, 0), 0] if call.model else [0]:
                    client.get(call.address_for(number))
            statements += [query["sql"] for query in captured.captured_queries]
            reset_queries()
    return statements


@pytest.fixture
def product_of_charlie(charlie):
    fields = {model._meta.model_name: model.objects.create(owner=charlie, name="x") for model in (Supplier, Category)}
    client_of(charlie).post("/api/suppliers/", {"name": "y"}, headers={"Idempotency-Key": "y"})
    product = make_product(charlie, quantity=10, **fields)
    create_reservation("y", product, charlie)
    create_order("y", product, charlie)
    create_return("y", product, charlie)
    create_code("y", 12, product)
    create_profile("y", product)
    create_picture("y", product)
    create_refused_import("y", charlie)
    lot = Lot.objects.create(owner=charlie, product=product, code="x")
    put_away(product, 2, location=Location.objects.create(owner=charlie, name="x"), lot=lot)
    create_count(lot, charlie)
    create_contacts("y", charlie)
    create_rows_of_apps(Begun("y", 12, charlie, charlie, [], [product], create_till("y", charlie)[Till]))
    create_day(12, charlie)
    create_kits("y", 12, product, charlie, charlie)
    create_recipe("y", product, make_product(charlie, "Mix"), charlie, charlie)
    create_offers("y", 12, product, charlie)
    create_price_list("y", 12, make_supplier(charlie, "Tea & Co"), product, charlie)
    seal_account(owner_id=charlie.pk)
    verify_account(charlie.pk)
    number_sales(charlie.pk)
    return product


@pytest.mark.quick
@pytest.mark.usefixtures("product_of_charlie")
def test_every_statement_filters_by_owner(as_charlie, charlie):
    read = set()
    for sql in capture_statements(as_charlie, charlie):
        for table, alias in set(re.findall(r'FROM "(\w+)"(?: (U\d+))?', sql)):
            if table in TABLES:
                named = alias or f'"{table}"'
                assert f'{named}."owner_id" = {charlie.pk}' in sql
                read.add(table)
        for table in TABLES.keys() & set(re.findall(r'JOIN "(\w+)"', sql)):
            other = rf'(?!"{table}")"?\w+"?\."owner_id"'
            own = rf'"{table}"\."owner_id"'
            assert re.search(rf"{own} = \({other}\)|{other} = \({own}\)", sql), sql
    # Offers are read by a statement of their own (products/models/sql_offers.py).
    served = {view.queryset.model for view in VIEWS if serves_owned_rows(view)} - {Offer}
    assert read >= {model._meta.db_table for model in served}
