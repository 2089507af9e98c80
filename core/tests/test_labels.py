"""The label of a field is its `verbose_name`: forms, tables and the history show the same text, in all languages."""

from collections import defaultdict

import pytest
from django.apps import apps
from django.db.migrations.state import ProjectState
from django.db.models import CharField
from django.utils.translation import override

from core.management.commands.makemigrations import Autodetector
from core.pages.cells import find_title
from core.sentences import find_label
from inventory_api.tests.test_translations import read_catalogue
from products.models import CustomField, Group, Product, Tax
from products.product_pages import NOT_ASKED, AddProductPage
from products.serializers import ProductSerializer
from records.contacts.models import Contact
from records.history.models import Change, Kind, RecordedModel
from records.history.pages import find_recorded_label
from stock.models import Location, Lot
from testing.cast.people import make_product
from testing.laws.page_texts import list_columns, list_named_labels
from testing.laws.routes import list_api_routes
from testing.tables import all_cases
from trade.kits.models import Kit
from trade.prices.models import PriceGroup
from users.account_serializers import AccountSerializer
from users.models import User
from web.viewsets import RowChanges

# A user has several serializers.
VIEWS = {route.view for route in list_api_routes() if issubclass(route.view, RowChanges)}
RECORDED_VIEWS = sorted((view for view in VIEWS if view.serializer_class), key=lambda view: view.__name__)


@all_cases(
    ("model", "name", "label"),
    [
        (Product, "min_threshold", "Low at"),
        (Product, "sku", "SKU"),
        (Product, "barcode", "Barcode"),
        (Product, "on_order", "On order"),
        (None, "on_order", "On order"),
    ],
)
def test_a_label_is_the_name_of_the_models_field_or_else_the_name_in_words(model, name, label):
    assert find_label(model, name) == label


def test_a_label_of_django_is_english_until_a_page_translates_it():
    with override("de"):
        assert find_label(User, "is_active") == "Active"


@all_cases(
    ("serializer", "name", "title"),
    [
        (ProductSerializer, "min_threshold", "Low at"),
        (ProductSerializer, "codes", "Codes"),
        (AccountSerializer, "language", "Shop language"),
        (AccountSerializer, "second_factor", "Second factor"),
    ],
)
def test_a_form_shows_the_label_of_the_models_field(serializer, name, title):
    assert find_title(serializer().fields[name]) == title


BESIDE = {"group", "tags"}  # what lies beside a product


def test_the_page_that_adds_a_product_asks_for_every_field_by_its_label():
    fields = {name: str(field.label) for name, field in AddProductPage.fields.items() if name not in BESIDE}
    assert fields == {name: find_label(Product, name) for name in {*Product.list_edited(), "quantity"} - NOT_ASKED}


def test_a_column_states_no_title_that_its_model_has():
    columns = [column for column in list_columns() if column.model]
    assert len(columns) > 100
    assert [column.name for column in columns if column.title == find_label(column.model, column.name)] == []


def test_each_column_of_words_knows_its_codes_so_that_they_are_translated():
    columns = [column for column in list_columns() if column.kind == "words"]
    assert len(columns) > 10
    assert [column.name for column in columns if not column.list_words()] == []


def test_a_name_has_one_label_in_all_recorded_models():
    recorded = [model for model in apps.get_models() if issubclass(model, RecordedModel)]
    labels = {(field.name, find_label(model, field.name)) for model in recorded for field in model._meta.fields}
    assert len(labels) == len({name for name, _label in labels}) > 40


@all_cases("view", RECORDED_VIEWS)
def test_the_response_and_the_page_of_a_row_have_each_field_that_people_edit(view):
    page, edited = view.pages["retrieve"], {*view.queryset.model.list_edited()}
    parts = [column for _title, columns in page.parts for column in columns]
    shown = {column.name for column in (*page.columns, *page.figures, *parts)}
    columns = shown | {name.removesuffix("_name") for name in shown}
    assert edited - {*view.serializer_class().fields} == set()
    assert edited - columns - {page.title, "unit"} == set()  # the quantity is shown with the unit


@pytest.mark.django_db
def test_the_history_shows_each_recorded_field_in_all_languages(alice):
    pot = make_product(alice, "Pot", category="Kitchen")
    Location.objects.create(owner=alice, name="Cellar")
    Lot.objects.create(owner=alice, product=pot, code="H26")
    for model in Contact.list_models().values():
        model.objects.create(owner=alice, name="Mill")
    Group.objects.create(owner=alice, name="Shirt")
    Tax.objects.create(owner=alice, name="Reduced", rate=7)
    Kit.objects.create(owner=alice, name="Basket")
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    PriceGroup.objects.create(owner=alice, name="Regulars")
    created = [(row.kind, *row.changes["created"][1]) for row in Change.objects.filter(changes__has_key="created")]
    assert {kind for kind, *_names in created} == {*Kind.values}
    names = {name for _kind, *names in created for name in names} - {"archived"}
    assert {"min_threshold", "contact_email", "second_factor_required_at"} <= names
    assert {find_recorded_label(name) for name in names} - read_catalogue("de").keys() == set()


@all_cases(("options", "is_change"), [({"verbose_name": "other"}, False), ({"max_length": 9}, True)])
def test_a_label_needs_no_migration(options, is_change):
    detector = Autodetector(ProjectState(), ProjectState())
    old, new = (detector.deep_deconstruct(CharField(**{"max_length": 8, **kwargs})) for kwargs in ({}, options))
    assert (old != new) is is_change


# The names that mean different things on different pages, and those that a form asks for by a question.
MEANINGS = {
    "operation": {"Number", "Sold as number", "Saved as number", "Sale or return"},  # of an order, a count, an invoice
    "after": {"At or after", "After number", "After"},  # a time, the number of an event
    "amount": {"Amount", "Sum", "Paid", "Given back"},  # of a payment, of several, of what a form asks for
    "average_cost": {"Average cost", "Average of 12 months"},  # now, and of what was bought in a year
    "blind": {"Hide what is expected", "Who sees what is expected and counted"},
    "by": {"By", "Grouped by"},  # who has changed something, the rows of a report
    "code": {"Code", "Scan or type a product"},
    "cost": {"Cost", "Cost of all"},  # beside the cost of one
    "at": {"At", "When"},  # the time of a price, and of an entry
    "closing": {"Closing stock", "Balance"},  # the value of the stock, and what a customer owes
    "created_at": {"Added", "Given up", "Opened", "Sealed", "Started", "When"},  # what happened then to such a row
    "day": {"Day", "Sold on"},
    "days": {"Days left", "Days of sales", "Days without a count", "Days without movement", "Products"},
    "expires_on": {"Expires", "Last day of use"},  # of a list, and where it is entered
    "sum": {"Sum", "Sold for"},  # of a line of a quote, which is not sold yet
    "gross": {"With VAT", "Total"},  # beside what is without VAT, and of an invoice
    "from": {"From", "Since", "Refilled from"},  # a place or the first day, the earlier count, the source of a place
    "gs1": {"GTIN", "Expires", "Lot on the label"},  # the parts of a code
    "kind": {"Kind", "Paid by", "Given back by", "Given back", "What"},  # of a movement of cash, a payment, an entry
    "language": {"Language", "Shop language"},
    "left": {"Codes left", "Left"},
    "missing": {"Missing numbers", "No longer in the list"},  # of a till, of a price list
    "name": {"Name", "Shop name", "Till"},  # the last is of a drawer
    "list_price": {"List price", "Sum of its parts"},  # the last is of a kit
    "net": {"Change", "Without VAT", "Net"},  # in minus out, and money
    "opening": {"Opening", "Opening stock", "Opening balance"},  # of a till, of the stock, of a customer
    "position": {"Position", "No.", "Event"},
    "prefix": {"Access begins with", "Key begins with"},  # of a till, of a key
    "product": {"Product", "In stock"},
    "products": {"Products", "Products in stock"},
    "quantity": {
        "Quantity",
        "In stock",
        "Arrived",
        "Comes back",
        "Goes back",
        "Order",
        "Ordered",
        "Stands for",
    },
    "reason": {"Reason", "What to do", "Reason for no VAT"},
    "reference": {"Document no.", "For whom"},  # the first is of a sale, the second of a reservation
    "returned": {"Returned", "Given back"},  # the goods, and the money for them
    "revenue": {"Takings", "Sold for"},  # less what was given back, and the part of a product
    "returns": {"Return of number", "Return of sale", "Returns"},  # of an operation, of a lot, and their number
    "revoked_at": {"Revoked", "Closed"},  # a key, a till
    "sales": {"Sales", "Sold by"},  # their number, the tills and users between two counts
    "scope": {"May", "What the agent may do"},
    "percent": {"Percent", "Tolerated percent", "Percent off"},  # how much dearer, what may be missing, of a group
    "sold": {"Sold", "Sold in 30 days"},  # in a period, and at the head of a product
    "tendered": {"Tendered", "Cash received"},  # beside the amount of a payment, and where it is entered
    "size": {"Size", "Size in millimetres"},  # of a file, and of a label
    "timestamp": {"Recorded", "When"},  # beside the time at which it happened
    "to": {"To", "Until", "Counted"},  # a place, the last day, the later count
    "total": {
        "Price of all",
        "Sold for",
        "Total",
    },  # the price of a line, the sum of several sales, and that of a quote
    "till": {"Till", "Drawer"},  # where a sale was booked, where cash is taken from
    "unit_price": {"Price of one", "Given back for one"},
    "units": {"Missing", "Tolerated units"},
    "username": {"Username", "Who"},  # the name of an account, and who has done something
    "value": {"Value", "Value at cost"},
}


def test_a_field_has_one_name_on_all_pages():
    labels = defaultdict(set)
    for name, label in list_named_labels():
        labels[name].add(label)
    assert len(labels) > 200
    several = {name: found for name, found in labels.items() if len(found) > 1}
    assert {name: found for name, found in several.items() if not found <= MEANINGS.get(name, set())} == {}
