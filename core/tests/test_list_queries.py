"""The number of queries of a list does not depend on its length. Tests every route that returns many rows."""

from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from core.http.schema_checks import SCHEMA_CACHE
from core.time_zones import today
from products.models import Category, CustomField, Group, Product
from records.events.services import number_all_events
from stock.booking.drafts import BookingLine, OperationDraft, PartLine, by_id
from stock.levels.models import Level
from stock.making.services import write_recipe
from stock.models import Location, Lot
from stock.proofs.services import seal_account
from suppliers.models import Supplier
from testing.cast.people import client_of, make_key, make_user
from testing.cast.places import put_away
from testing.deferred import check_deferred_constraints
from testing.laws.routes import list_api_routes
from testing.tables import all_cases
from trade.closings.services import make_closing, move_cash
from trade.customers.models import Customer
from trade.invoices.tests.issuing import Books
from trade.kits.services import create_kit
from trade.prices.services import Terms, create_group, replace_rows
from trade.purchasing.lines import OrderedLine, ReceivedLine
from trade.purchasing.services import create_order, receive, send_order
from trade.quotes.services import create
from trade.reservations.services import reserve
from trade.selling.services import book
from trade.sheets.models import Sheet
from users.access.roles import Role
from users.models import User

MANY = (
    "-list", "-levels", "-changes", "-alerts", "-export", "dashboard", "-history", "-movements", "-statement",
    "-valuation", "-holdings",
)  # fmt: skip
# There are few of these.
BOUNDED = {
    "webhook-list",
    "refused-import-list",
    "account-export-list",
    "factor-list",
    "till-list",
    "tax-list",
    "view-list",
    "evidence-list",
    "price-list-list",
}
ROUTES = [
    route
    for route in list_api_routes()
    if route.name.endswith(MANY) and route.name not in BOUNDED and "GET" in route.methods
    if not (
        route.name.endswith("-changes") and "<" in route.address
    )  # records/history/tests have many changes of a row
]
FEW_ROWS, MORE_ROWS = 2, 40


def fill(owner, number):
    """Create `number` different rows of every kind, with links and alerts. Return the first product's id."""
    numbers = range(number)
    suppliers = Supplier.objects.bulk_create(Supplier(owner=owner, name=f"Supplier {n}") for n in numbers)
    categories = Category.objects.bulk_create(Category(owner=owner, name=f"Category {n}") for n in numbers)
    Customer.objects.bulk_create(Customer(owner=owner, name=f"Customer {n}") for n in numbers)
    Group.objects.bulk_create(Group(owner=owner, name=f"Group {n}") for n in numbers)
    CustomField.objects.bulk_create(CustomField(owner=owner, key=f"key_{n}", type="text") for n in numbers)
    workers = [User(username=f"{owner}-{n}", role=Role.WORKER, employer=owner) for n in numbers]
    for worker in User.objects.bulk_create(workers):
        make_key(worker)
    products = Product.objects.bulk_create(
        Product(owner=owner, name=f"P {n}", price=1, supplier=s, category=c, expiration_date=today(), min_threshold=99)
        for n, s, c in zip(numbers, suppliers, categories, strict=True)
    )
    for product in products:
        book(
            draft=OperationDraft(by=owner, reason="purchase"),
            lines=[BookingLine(by_id(p.pk), "IN", 2) for p in (product, products[0])],
        )
        book(draft=OperationDraft(by=owner, reason="sale"), lines=[BookingLine(by_id(product.pk), "OUT", 1)])
        move_cash(by=owner, till=None, kind="in", amount=Decimal(1), reason="change")
        number_all_events(owner.pk)
        make_closing(by=owner, till=None, counted=Decimal(1), kept=Decimal(1))
        seal_account(owner_id=owner.pk)
        reserve(by=owner, lines=[BookingLine(by_id(product.pk), "OUT", 1)])
        create(by=owner, lines=[BookingLine(by_id(product.pk), "OUT", 1)])
        order = create_order(by=owner, supplier=product.supplier, lines=[OrderedLine(by_id(product.pk), 2)])
        send_order(by=owner, pk=order.pk)
        receive(by=owner, pk=order.pk, lines=[ReceivedLine(by_id(product.pk), 1)])
        create_kit(by=owner, name=f"Kit {product.pk}", parts=[PartLine(by_id(product.pk), 1)])
    for made, part in pairwise(products):
        write_recipe(by=owner, product_id=made.pk, makes=1, parts=[PartLine(by_id(part.pk), 1)])
    fill_places(owner, products)
    open_sheets(owner, number)
    fill_prices(owner, products)
    fill_invoices(owner, number)
    return products[0].pk


def fill_prices(owner, products):
    for product in products:
        group = create_group(owner_id=owner.pk, name=f"Group {product.pk}")
        row = Terms(group.pk, None, None, None, Decimal(1))
        replace_rows(by=owner, kind="product", goods=Product.objects.for_user(owner), pk=product.pk, rows=[row])


def fill_invoices(owner, number):
    books = Books(owner)
    product = books.make_product("Chest", "5.00")
    for _ in range(number):
        books.issue(books.sell((product, 1)))


def open_sheets(owner, number):
    Sheet.objects.bulk_create(Sheet(owner=owner, name="x", opened_by=owner) for _ in range(number))


def fill_places(owner, products):
    """Put each product at the first location. Also put the first product at all other locations, in a lot."""
    ids = range(products[0].pk, products[0].pk + len(products))  # the first location has the id of the first product
    locations = Location.objects.bulk_create(Location(pk=pk, owner=owner, name=f"Shelf {pk}") for pk in ids)
    for number, (location, product) in enumerate(zip(locations, products, strict=True)):
        lot = Lot.objects.create(owner=owner, product=products[0], code=f"L{number}", expires_on=today())
        if number:
            put_away(products[0], 1, location=location, lot=lot)
        put_away(product, 1, location=locations[0])
        Level.objects.create(owner=owner, location=locations[0], product=product, low_at=1, fill_to=2)


def has_page_size(address):
    return "page_size" in SCHEMA_CACHE.find_operation(resolve(address).route, "GET").parameters


def count_queries(client, address):
    """Return the number of queries of the response, and its content."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address, {"page_size": 100} if has_page_size(address) else {})
        assert response.status_code == 200
        content = b"".join(response.streaming_content) if response.streaming else response.content
    return len(captured), content


@pytest.fixture(scope="module")
def accounts(module_db):
    """Create an account with few rows and one with more. Return owner and id of the first product of each."""
    owners = {make_user("alice"): FEW_ROWS, make_user("charlie"): MORE_ROWS}
    accounts = [(owner, fill(owner, number)) for owner, number in owners.items()]
    check_deferred_constraints()
    return accounts


@all_cases("route", ROUTES)
def test_a_list_needs_as_many_queries_for_many_rows_as_for_two(route, db, accounts):
    (few, short), (many, long) = (count_queries(client_of(owner), route.address_for(pk)) for owner, pk in accounts)
    assert len(long) > 5 * len(short)
    assert few == many


def test_every_kind_of_list_is_tested():
    """This is the negative control: without this test, a renamed route would no longer be tested."""
    assert {ending for ending in MANY for route in ROUTES if route.name.endswith(ending)} == set(MANY)
