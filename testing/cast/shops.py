"""The world of the tenancy tests: two shops with a row of every kind, and a user for every role."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F
from rest_framework.test import APIClient

from core.files.pictures import ReadPicture
from core.ownership import OwnedModel, save_fields
from core.shop_apps import find_files
from desk.reports.models import SalesDay
from products.attributes.services import plan_profile, store_profile
from products.codes.services import replace_codes
from products.models import Category, Code, CustomField, Group, KitCode, Offer, Picture, Product, Profile, Tally, Tax
from products.offers.services import create_offer
from products.pictures.services import set_picture
from products.taxes.services import create_tax
from records.contacts.models import Contact
from records.events.models import Event, FeedHead
from records.history.models import Change, Kind
from records.idempotency.models import IdempotencyKey
from stock.booking.drafts import (
    NO_LOCATION,
    BookingLine,
    CountLine,
    ExtraCostDraft,
    OperationDraft,
    PartLine,
    PlaceReference,
    ProductReference,
    by_id,
)
from stock.booking.services import count_stock
from stock.goods.edits.services import ProductEdit, edit_products
from stock.making.services import MakingDraft, make, write_recipe
from stock.models import (
    Delivery,
    ExtraCost,
    ExtraShare,
    Holding,
    Import,
    Location,
    Lot,
    Making,
    Movement,
    MovementType,
    Operation,
    OperationReason,
    Payment,
    Performer,
    Portion,
    Recipe,
    RecipePart,
    Return,
    Returned,
    Seal,
    Sold,
    StockCount,
    Verification,
)
from stock.proofs.services import seal_account
from stock.proofs.verification import verify_account
from suppliers.models import Supplier
from testing.cast.factors import add_passkey, begin_app
from testing.cast.people import PASSWORD, client_of, make_key, make_user
from testing.cast.places import put_away
from testing.cast.second_rows import add_second_rows
from trade.customers.models import Buyer, Customer
from trade.kits.models import Kit, KitPart, SoldKit
from trade.kits.services import create_kit
from trade.purchasing import services
from trade.purchasing.lines import OrderedLine
from trade.purchasing.models import Order, OrderLine, PriceList, PriceListChange, Receipt
from trade.reservations.models import Reservation, ReservationLine, ReservedKit
from trade.reservations.services import fulfil, reserve
from trade.sales.models import Number, Series
from trade.sales.numbers import number_sales
from trade.selling.drafts import ReturnLine
from trade.selling.payments.money import PaymentDraft
from trade.selling.payments.services import pay, reverse_payment
from trade.selling.services import book, reverse_operation, sell, take_back
from trade.tills.models import Drop, Till
from trade.tills.services import drop_number, make_till
from users.access.permissions import Caller
from users.access.roles import Right, Role, may
from users.models import ApiKey, EventKind, Factor, FactorKind, KeyScope, SecurityEvent, User

OWNED = [model for model in apps.get_models() if issubclass(model, OwnedModel)]
# The rights that each user should have. This repeats users/access/roles.py, so that a changed right has to be changed
# here, too.
COUNTS, READS = {Right.SEE_SHOP, Right.ENTER_COUNTS}, {Right.SEE_SHOP, Right.READ}
WORKS = {*COUNTS, Right.READ, Right.WORK, Right.KEEP_TILLS, Right.SAVE_VIEWS}
MANAGES = {Right.SEE_COSTS, Right.SEE_COUNTS, Right.DECIDE_COUNTS, Right.MANAGE_PRODUCTS, Right.MANAGE_ORDERS}
RIGHTS_OF: dict[str, set[Right]] = {
    "nobody": set(), "alice": {*Right}, "bob": WORKS, "charlie": {*Right}, "dora": set(), "erin": set(),
    "helen": set(), "mona": {*WORKS, *MANAGES, Right.REVERSE_OPERATIONS, Right.BOOK_FREELY}, "cora": COUNTS,
    "vera": {*READS, Right.SEE_COSTS, Right.SEE_COUNTS, Right.SAVE_VIEWS},
}  # fmt: skip
ROLES = tuple(RIGHTS_OF)
EMPLOYED = {"mona": Role.MANAGER, "cora": Role.COUNTER, "vera": Role.VIEWER}  # by Alice, who employs Bob, too
# The roles of walks over all routes. Alice owns a shop like Charlie, Erin is refused like nobody, and whose rows a user
# reads does not depend on its role, so only `make check-long` walks as these.
LONG_ROLES = {"alice", "erin", *EMPLOYED}
WALKED_ROLES = [pytest.param(role, marks=pytest.mark.long) if role in LONG_ROLES else role for role in ROLES]
EMPLOYERS = dict.fromkeys(("bob", *EMPLOYED), "alice")
# Every text and price of a shop has these, so that a leak is recognised: a word, and a number that does not occur
# elsewhere.
WORDS = {"alice": "xylograph", "charlie": "quokkaberry"}
NUMBERS = {"alice": 179_424_673, "charlie": 122_949_823}
LONG_AGO = datetime(2024, 2, 29, tzinfo=UTC)  # products without movements since then are reported as idle
NOT_ENTERED_BY_USERS = {"password", "fingerprint", "broken", "time_zone", "currency", "country", "prefix"}
NOT_ENTERED_BY_USERS |= {"secret", "previous_secret", "type", "key_prefix", "picture", "field", "old", "new"}
NOT_ENTERED_BY_USERS |= {"route", "language", "sha256"}


@dataclass(frozen=True)
class Shop:
    """An owner's account: three products with the same quantity, and the row of each model that requests refer to."""

    owner: User
    word: str
    quantity: int
    products: list[Product]
    rows: dict[type[models.Model], models.Model]
    keys: dict[int, ApiKey]  # the keys by the id of their user
    invited: User  # a worker who has not set a password yet
    empty_location: Location  # unlike the location in `rows`, it can be archived
    draft: Order  # unlike the order in `rows`, it can be changed, deleted and sent
    imported: Import  # unlike the import in `rows`, it was not refused

    def id_of(self, model):
        """Return the id of the shop's row of this model, or of the model with this label."""
        return self.rows[apps.get_model(model) if isinstance(model, str) else model].pk


@dataclass(frozen=True)
class Begun:
    """The rows of a shop to which those of apps that can be left out belong, with its word and number."""

    word: str
    number: int
    owner: User
    worker: User
    others: list[User]
    products: list[Product]
    till: Till


@dataclass(frozen=True)
class World:
    """The users by role, and the shops of Alice and Charlie.

    Bob works for Alice. So do Mona, a manager, Cora, a counter, and Vera, a viewer. Dora is a worker without an
    employer. Erin is a worker whom Alice deactivated. Helen is a superuser of the support staff. The role `nobody`
    sends no token.
    """

    users: dict[str, User | None]
    shops: dict[str, Shop]

    def client(self, role) -> APIClient:
        """Return the role's client. For an exception it returns a 500, as the server does."""
        client = client_of(self.users[role])
        client.raise_request_exception = False
        return client

    def own_shop(self, role) -> Shop | None:
        """Return the shop whose rows the role sees, or None."""
        return self.shops.get(EMPLOYERS.get(role, role))

    def foreign_shop(self, role) -> Shop:
        """Return a shop whose rows the role must not see."""
        return self.shops["charlie" if self.own_shop(role) is self.shops["alice"] else "alice"]


def create_world() -> World:
    """Create the users and both shops."""
    separate_ids()
    owners = {name: make_user(f"{name}-{word}") for name, word in WORDS.items()}
    users = {
        "nobody": None,
        "alice": owners["alice"],
        "bob": hire(owners["alice"], "bob"),
        "charlie": owners["charlie"],
        "dora": make_user("dora", role=Role.WORKER, email="dora@example.org"),
        "erin": hire(owners["alice"], "erin", is_active=False),
        "helen": User.objects.create_superuser("helen", password=PASSWORD),
        **{name: hire(owners["alice"], name, role=role) for name, role in EMPLOYED.items()},
    }
    workers = {"alice": users["bob"], "charlie": hire(owners["charlie"], "frank")}
    others = {"alice": [users[name] for name in EMPLOYED], "charlie": []}
    return World(users, {name: create_shop(name, owner, workers[name], others[name]) for name, owner in owners.items()})


def separate_ids():
    """Start the ids of each table at a different multiple of a million, so that an id identifies one row of one model.

    Rows that a module has created before keep their ids, so the next id is above theirs.
    """
    with connection.cursor() as cursor:
        for number, model in enumerate([*OWNED, User, SecurityEvent, ApiKey, Factor], 11):
            table = model._meta.db_table
            statement = f"SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, max(id))) FROM {table}"
            cursor.execute(statement, [table, number * 1_000_000])


def hire(employer, name, **fields):
    """Create a worker of this employer. `fields` are set as well."""
    worker = make_user(f"{name}-{employer.username}", role=Role.WORKER)
    User.objects.filter(pk=worker.pk).update(employer=employer, **fields)
    worker.refresh_from_db()
    return worker


def make_texts(model, word):
    """Return a text with the shop's word for each text field that users fill in."""
    return {
        field.name: f"{word}-{field.name}@example.org"
        if isinstance(field, models.EmailField)
        else f"{word} {field.name}"
        for field in text_fields(model)
    }


def text_fields(model):
    """Return the text fields that users fill in. Codes are too short for the word."""
    field_types = (models.CharField, models.TextField)
    fields = [field for field in model._meta.local_fields if isinstance(field, field_types) and not field.choices]
    return [field for field in fields if field.name not in NOT_ENTERED_BY_USERS and (field.max_length or 99) > 30]


def create_shop(name, owner, worker, others) -> Shop:
    """Create rows of every model, with the shop's word in every text and its number in every amount."""
    word, number = WORDS[name], NUMBERS[name]
    keys: dict[int, ApiKey] = {}
    for user in (owner, worker, *others):
        put_word_into_profile(user, word)
        scope = KeyScope.BOOK if may(user, Right.WORK) else KeyScope.READ
        keys[user.pk] = make_key(user, f"{word} till", scope)[0]
        SecurityEvent.objects.create(user=user, account=owner, kind=EventKind.PASSWORD_CHANGED, address=word)
        add_factors(user, word)
    contacts = create_contacts(word, owner)
    supplier, customer = contacts[Supplier], contacts[Customer]
    category = Category.objects.create(owner=owner, **make_texts(Category, word))
    products = create_products(word, number, owner=owner, supplier=supplier, category=category)
    movement = book_movements(word, number, products, owner, worker)
    archive_product(word, owner)
    places = create_places(word, number, products[0]) | create_reservation(word, products[2], worker, customer, number)
    places |= create_kits(word, number, products[2], owner, worker)
    places |= create_recipe(word, products[1], products[2], owner, worker)
    places |= create_offers(word, number, products[0], owner)
    places |= create_price_list(word, number, supplier, products[0], owner)
    returned = create_return(word, products[2], worker)
    Product.objects.filter(owner=owner).update(created_at=LONG_AGO)  # then the report of idle products lists them
    counted = create_count(places[Lot], worker)
    ordered = create_order(word, products[0], owner)
    rows_of_numbers = number_all(owner, number)
    seal_account(owner_id=owner.pk)
    verify_account(owner.pk)
    rows = {User: worker, **contacts, Category: category, Product: products[0]}
    rows |= {ApiKey: keys[worker.pk], Movement: movement, Operation: movement.operation}
    rows[Factor] = Factor.objects.get(user=worker, kind=FactorKind.PASSKEY)
    rows |= rows_of_numbers
    rows[Performer] = movement.operation.performer
    rows |= {model: model.objects.get(owner=owner) for model in (IdempotencyKey, Seal, Verification, FeedHead)}
    rows[Tally] = Tally.objects.filter(owner=owner).last() or Tally.objects.create(owner=owner, delta=0)  # on Citus
    line = ProductEdit(by_id(products[1].pk), {"price": products[1].price + 1}, {})
    edit_products(by=owner, lines=[line])
    rows[Change] = Change.objects.filter(owner=owner, kind=Kind.PRODUCT).latest("pk")
    rows[Event] = Event.objects.filter(owner=owner).latest("position")
    rows |= places | ordered
    rows |= create_code(word, number, products[0]) | create_refused_import(word, owner, movement.operation)
    for user in [user for user in others if may(user, Right.KEEP_TILLS)]:
        create_till(f"{word} {user.pk}", user)
    rows |= create_till(word, worker) | counted | returned | create_profile(word, products[0])
    rows |= create_day(number, owner)
    rows |= create_rows_of_apps(Begun(word, number, owner, worker, others, products, rows[Till]))
    rows |= create_picture(word, products[0])
    empty = Location.objects.create(owner=owner, name=f"{word} van")
    draft = write_order(word, products[0], owner)
    created = {"products": [products[0].pk]}
    imported = Import.objects.create(owner=owner, performed_by=owner, file_name=f"{word}.csv", rows=1, created=created)
    rows |= create_plain_rows(word, owner)
    add_second_rows(word, number, owner, worker)
    number_sales(owner.pk)  # then no read numbers anything
    return Shop(owner, word, number, products, rows, keys, invite_worker(owner, word), empty, draft, imported)


def number_all(owner, number):
    """Number the events and the sales. Return the rows by their models. No other shop has these numbers of sales."""
    Series.objects.create(owner=owner, number=number)
    number_sales(owner.pk)
    return {Series: Series.objects.get(owner=owner), Number: Number.objects.filter(owner=owner).latest("number")}


def create_profile(word, product):
    """Give a product a group, options, an own field, a tag and metadata. Return the rows by their models."""
    owned = {"owner_id": product.owner_id}
    group = Group.objects.create(name=f"{word} group", axes=[f"{word} axis", "size"], **owned)
    field = CustomField.objects.create(key=f"{word}_key", label=f"{word} label", type="choice", choices=[word], **owned)
    plain = CustomField.objects.create(key=f"{word}_plain", label=f"{word} plain", type="text", **owned)
    values = {
        "group": group, "options": {group.axes[0]: f"{word} option"}, "fields": {field.key: word},
        "tags": [f"{word} tag"], "metadata": {word: f"{word} text"},
    }  # fmt: skip
    with transaction.atomic():
        store_profile(product, plan_profile(product, values))
    return {Group: group, CustomField: plain, Profile: Profile.objects.get(**owned)}


def invite_worker(owner, word):
    """Create a worker who has been invited and has not set a password."""
    email = f"{word}-invited@example.org"
    return User.objects.create_user(f"{word}-invited", email=email, role=Role.WORKER, employer=owner, phone=word)


def create_refused_import(word, owner, operation=None):
    """Create the row of an import that was refused. Return it by its model. `operation` fills its key."""
    bad_row = {"line": 2, "column": "name", "reason": f"{word} reason", "cell": f"{word} cell"}
    refusal = {"detail": f"{word} detail", "total": 1, "rows": [bad_row]}
    texts = make_texts(Import, word)
    texts |= {"performed_by": owner, "operation": operation, "rows": 1, "refusal": refusal}
    return {Import: Import.objects.create(owner=owner, **texts)}


def create_count(lot, worker):
    """Count the product of a lot, what of it is not held, and the lot at its location with seven pieces more.

    Return the last count by its model.
    """
    held = Holding.objects.get(owner=lot.owner, lot=lot)
    product, place = by_id(lot.product_id), PlaceReference(held.location_id, lot.code)
    counted = Product.objects.get(pk=lot.product_id)
    for line in (
        CountLine(product, counted.quantity),
        CountLine(product, counted.quantity - counted.held, None, PlaceReference(NO_LOCATION)),
        CountLine(product, held.quantity + 7, None, place),
    ):
        count_stock(draft=OperationDraft(by=worker, reason=OperationReason.COUNT), lines=[line])
    return {StockCount: StockCount.objects.filter(owner=lot.owner).latest("pk")}


def create_rows_of_apps(shop: Begun):
    """Return what `create_rows()` in `tests/rows.py` of each installed app creates: one row of each of its models."""
    names = [
        ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts) for path in find_files("tests/rows.py")
    ]
    return {model: row for name in names for model, row in import_module(name).create_rows(shop).items()}


def create_day(number, owner):
    """Create a kept day. Return it by its model."""
    texts = {"starts_at": LONG_AGO, "ends_at": datetime.now(UTC), "covers_until": LONG_AGO, "places": number}
    return {SalesDay: SalesDay.objects.create(owner=owner, sums={}, **texts)}


def create_till(word, worker):
    """Create a till, with a number that it gave up. Return both by their models."""
    till, _ = make_till(by=Caller(worker), user=worker, name=f"{word} till 1")
    drop = drop_number(by=worker, till_id=till.pk, number=1, note=f"{word} note", sale={"reference": word})
    return {Till: till, Drop: drop}


def create_reservation(word, product, worker, customer=None, number=0):
    """Reserve two pieces for a customer, and sell one. Return the reservation of the rest and its line by their models.

    The quantity stays the same, because one more piece is bought before. No other shop has these numbers, so that a row
    can be moved to it.
    """
    texts = {"reference": f"{word} reservation", "note": f"{word} note"}
    purchase = OperationDraft(by=worker, reason=OperationReason.PURCHASE, **texts)
    book(draft=purchase, lines=[BookingLine(by_id(product.pk), MovementType.IN, 1)])
    two, one = (BookingLine(by_id(product.pk), "OUT", quantity) for quantity in (2, 1))
    made = reserve(by=worker, lines=[two], expires_in=None, customer=customer, **texts)
    kept = fulfil(by=worker, pk=made.pk, lines=[one], keep_rest=True).kept
    Reservation.objects.filter(owner_id=worker.account_id).update(number=F("number") + number)
    kept.refresh_from_db()
    return {Reservation: kept, ReservationLine: kept.lines.get()}


def create_kits(word, number, product, owner, worker):
    """Sell a kit of two pieces, and reserve one. Return the rows by their models. The quantity stays the same."""
    texts = {"reference": f"{word} kits", "note": f"{word} note"}
    purchase = OperationDraft(by=worker, reason=OperationReason.PURCHASE, **texts)
    book(draft=purchase, lines=[BookingLine(by_id(product.pk), MovementType.IN, 2)])
    kit = create_kit(
        by=owner, parts=[PartLine(by_id(product.pk), 2)], price=Decimal(number) / 100,
        metadata={word: f"{word} text"}, **make_texts(Kit, word),
    )  # fmt: skip
    named = ProductReference("kit", kit.pk)
    sale = OperationDraft(by=worker, reason=OperationReason.SALE, **texts)
    sell(draft=sale, lines=[BookingLine(named, MovementType.OUT, 1)])
    reserve(by=worker, lines=[BookingLine(named, "OUT", 1)], expires_in=None, **texts)
    beside = {model: model.objects.filter(owner=owner).first() for model in (KitPart, SoldKit, ReservedKit, KitCode)}
    return {Kit: kit, **beside}


def create_recipe(word, part, made, owner, worker):
    """Make a product of another one by its recipe, and take it apart. Return the rows by their models."""
    recipe = write_recipe(
        by=owner, product_id=made.pk, makes=1, parts=[PartLine(by_id(part.pk), 1)], **make_texts(Recipe, word)
    )
    for take_apart in (False, True):
        draft = OperationDraft(by=worker, reason=OperationReason.MAKING, reference=f"{word} made", note=f"{word} note")
        make(draft=draft, making=MakingDraft(by_id(made.pk), 1, take_apart=take_apart))
    return {Recipe: recipe, **{model: model.objects.filter(owner=owner).first() for model in (RecipePart, Making)}}


def create_offers(word, number, product, owner):
    """Offer a product by a further supplier. Return the row by its model."""
    supplier = Supplier.objects.create(owner=owner, name=f"{word} wholesaler", contact_email=f"{word}@wholesale.test")
    texts = make_texts(Offer, word) | {"cost_price": Decimal(number)}
    create_offer(by=owner, product=product, supplier=supplier, **texts)
    return {Offer: Offer.objects.get(owner=owner)}


def create_price_list(word, number, supplier, product, owner):
    """Record a price list that has changed a price and does not know a row. Return the rows by their models."""
    texts = make_texts(PriceList, word)
    texts["unknown_rows"] = f'[2, "{word}", "", "", "", "", "", ""]'
    counts = {"number": number, "rows": 2, "changed": 1, "unknown": 1}
    row = PriceList.objects.create(owner=owner, supplier=supplier, made_by=owner, **counts, **texts)
    changed = {"field": "cost_price", "line": 2, "old": f"{number}.00", "new": f"{number}.10"}
    change = PriceListChange.objects.create(owner=owner, price_list=row, product=product.pk, **changed)
    return {PriceList: row, PriceListChange: change}


def create_return(word, product, worker):
    """Buy three pieces of a product, which cost something besides, sell them with VAT, take one back and scrap it.

    One of them is paid. What the return has given back is reversed. Return the rows by their models.
    """
    tax = create_tax(owner_id=product.owner_id, rate=7, **make_texts(Tax, word) | {"reason": ""})
    product.tax = tax
    Product.objects.filter(pk=product.pk).update(tax=tax)
    worker = User.objects.get(pk=worker.pk)  # the shop has VAT now
    texts = {"reference": f"{word} return", "note": f"{word} note"}
    supplier = Supplier.objects.create(owner=product.owner, name=f"{word} carrier")
    besides = {"extra_costs": [ExtraCostDraft(f"{word} freight", Decimal("31234.56"))], "supplier": supplier}
    for reason, movement_type, own in (
        (OperationReason.PURCHASE, MovementType.IN, besides),
        (OperationReason.SALE, MovementType.OUT, {}),
    ):
        line = BookingLine(by_id(product.pk), movement_type, 3)
        [booked] = book(draft=OperationDraft(by=worker, reason=reason, **texts, **own), lines=[line])
    sale, cash = booked.operation, [PaymentDraft("cash", product.price)]
    lines = [ReturnLine(by_id(product.pk), 1, is_scrapped=True)]
    [payment] = pay(by=worker, sale=sale, payments=cash)
    [back] = take_back(by=worker, sale=sale, lines=lines, payments=cash, **texts)
    reverse_payment(by=worker, sale=sale, pk=back.operation.payments[0].pk)
    chosen = {
        Return: {"operation": back.operation}, Returned: {"movement__operation": back.operation},
        Sold: {"movement__operation": sale}, ExtraCost: {}, ExtraShare: {}, Delivery: {},
    }  # fmt: skip
    beside = {model: model.objects.get(owner=product.owner, **of) for model, of in chosen.items()}
    buyers = Customer.objects.filter(owner=product.owner)
    buyer = buyers.first() or Customer.objects.create(owner=product.owner, name=f"{word} buyer")
    sold_to = Buyer.objects.create(owner=product.owner, operation=sale, customer=buyer)
    return {Tax: tax, Payment: payment, Buyer: sold_to, **beside}


def create_order(word, product, owner):
    """Create a sent order of a product, with its first movement as a delivery. Return the rows by their models."""
    movement = Movement.objects.filter(owner=owner, product=product).earliest("id")
    order = write_order(word, product, owner, movement.quantity + 1)
    services.send_order(by=owner, pk=order.pk)
    Order.objects.filter(pk=order.pk).update(**make_texts(Order, word))
    receipt = Receipt.objects.create(owner=owner, order=order, operation=movement.operation)
    order.refresh_from_db()
    return {Order: order, OrderLine: order.lines.get(), Receipt: receipt}


def write_order(word, product, owner, quantity=1):
    """Return a new draft of an order of the product."""
    supplier = product.supplier or Supplier.objects.create(owner=owner, name=f"{word} mill")
    texts = {"reference": f"{word} order", "note": f"{word} note", "expected_on": LONG_AGO.date()}
    line = OrderedLine(by_id(product.pk), quantity, (product.cost_price or 0) + Decimal("1.11"))
    return services.create_order(by=owner, supplier=supplier, lines=[line], **texts)


def create_code(word, quantity, product):
    """Give the product a further code. Return it by its model."""
    replace_codes(product, [{"code": f"{word} code", "quantity": quantity}])
    return {Code: Code.objects.get(owner=product.owner)}


def create_contacts(word, owner):
    """Create a row of each model of contacts, with a value in every text field. Return the rows by model.

    Each model also has a row that was merged, and the one that it was merged into.
    """
    metadata, rows = {word: f"{word} text"}, {}
    for model in Contact.list_models().values():
        other = model.objects.create(owner=owner, name=f"{word} other")
        model.objects.create(owner=owner, name=f"{word} twice", archived_at=LONG_AGO, merged_into=other)
        rows[model] = model.objects.create(owner=owner, metadata=metadata, **make_texts(model, word))
    return rows


def create_plain_rows(word, owner):
    """Create a row of each model that has none and needs texts only. Return the rows by model."""
    missing = [model for model in OWNED if not model.objects.filter(owner=owner).exists()]
    needing = [f"{m.__name__} ({', '.join(names)})" for m in missing if (names := list_needed(m))]
    assert not needing, f"Create a row of each in testing/cast/shops.py, with its fields: {', '.join(needing)}."
    return {model: model.objects.create(owner=owner, **make_texts(model, word)) for model in missing}


def list_needed(model):
    """Return the names of the fields without which no row is stored, and which are no texts."""
    known = {"owner", *(field.name for field in text_fields(model))}
    return [
        field.name
        for field in model._meta.concrete_fields
        if not (field.null or field.blank or field.has_default() or field.auto_created)
        and field.name not in known
        and not getattr(field, "auto_now_add", False)
        and not getattr(field, "auto_now", False)
    ]


def create_picture(word, product):
    """Give the product a picture, whose bytes are texts. Return it by its model."""
    picture = ReadPicture(f"{word} large".encode(), f"{word} small".encode(), f"{word} digest")
    set_picture(by=product.owner, product_id=product.pk, picture=picture)
    return {Picture: Picture.objects.get(owner=product.owner)}


def put_word_into_profile(user, word):
    unique = f"{word}-{user.pk}"
    save_fields(user, make_texts(User, unique) | {"username": unique})
    save_fields(user, {"confirmed_email": user.email})


def add_factors(user, word):
    """Give the user a passkey, recovery codes, and an authenticator app that waits for its first code."""
    add_passkey(user, f"{word} key")
    begin_app(user, f"{word} phone")


def create_products(word, number, **links):
    return [
        Product.objects.create(
            # The cells of a file without a digit are no barcodes.
            **make_texts(Product, f"{word} {place}") | {"barcode": f"{word} {place} 1"},
            **links,
            price=Decimal(number) / 100,
            cost_price=Decimal(number + 1) / 100,
            min_threshold=number + 2,
            expiration_date=LONG_AGO.date(),
        )
        for place in ("first", "second", "third")
    ]


def book_movements(word, number, products, owner, worker):
    """Book a delivery of all products, and sales of the third, one of them reversed. Return the first movement."""
    texts = {"reference": f"{word} reference", "note": f"{word} note"}
    purchase = OperationDraft(by=owner, reason=OperationReason.PURCHASE, **texts)
    sale = OperationDraft(by=worker, reason=OperationReason.SALE, **texts)
    delivery = [BookingLine(by_id(product.pk), MovementType.IN, number) for product in products]
    movements = book(draft=replace(purchase, occurred_at=LONG_AGO), lines=delivery)
    one_more, one_less = (BookingLine(by_id(products[2].pk), movement_type, 1) for movement_type in MovementType)
    book(draft=purchase, lines=[one_more])
    sold, _ = (book(draft=sale, lines=[one_less]) for _ in range(2))
    reverse_operation(by=owner, operation=sold[0].operation, **texts)
    return movements[0]


def create_places(word, number, product):
    """Create a product like this one. Put some of it at a location and some into a lot. Return a row of each model."""
    owner = product.owner
    kept = Product.objects.create(
        owner=owner, price=product.price, min_threshold=number + 2, **make_texts(Product, f"{word} kept")
    )
    book(
        draft=OperationDraft(by=owner, reason=OperationReason.PURCHASE),
        lines=[BookingLine(by_id(kept.pk), MovementType.IN, number)],
    )
    location = Location.objects.create(owner=owner, **make_texts(Location, word))
    Lot.objects.create(owner=owner, product=kept, code=f"{word} sold out")
    lot = Lot.objects.create(owner=owner, product=kept, expires_on=LONG_AGO.date(), **make_texts(Lot, word))
    holding, portion = put_away(kept, 3, location=location)
    put_away(kept, 2, location=location, lot=lot)
    return {Location: location, Lot: lot, Holding: holding, Portion: portion}


def archive_product(word, owner):
    """Create a product with an idempotency key, and archive it."""
    client, key = client_of(owner), {"Idempotency-Key": f"{word} key"}
    body = {"name": f"{word} archived", "price": "1.00"}
    product = client.post("/api/products/", body, headers=key).json()
    assert client.delete(f"/api/products/{product['id']}/").status_code == 204


def rows_of(owner):
    """Return all rows of the account, with their values, by the label of their model: purchasing.Line."""
    business = {model._meta.label: list(model.objects.filter(owner=owner).order_by("pk").values()) for model in OWNED}
    people = User.objects.filter(pk=owner.pk) | User.objects.filter(employer=owner)
    keys = ApiKey.objects.filter(user__in=people).order_by("pk").values()
    factors = Factor.objects.filter(user__in=people).order_by("pk").values()
    rows = {"users.User": list(people.order_by("pk").values()), "users.ApiKey": list(keys)}
    return {**business, **rows, "users.Factor": list(factors)}
