"""What the search of each page finds besides products, by one statement: sales, orders, lots, people and places."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import BooleanField, DateTimeField, ExpressionWrapper, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Lower

from core.folding import match_number, match_words, spell
from core.kinds import parse_id
from products.codes.barcodes import read_word
from products.models import Category, Product
from products.querysets import BOOLEAN, make_expression
from products.reading.sql_search import MATCHES_WORD
from products.variants.models import Group
from stock.models import Location, Lot, Operation
from suppliers.models import Supplier
from trade.customers.models import Customer
from trade.kits.models import Kit
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.sales.models import Number
from trade.sales.numbers import list_references

MAX_FOUND = 5  # the most rows of each kind that the page shows
# The texts of older orders are not searched. Orders of any age are found by their numbers.
MAX_SEARCHED = 2_000
MAX_WORDS = 8
MAX_NUMBER = 2**31 - 1  # the columns of numbers are integers
NO_TIME = Cast(Value(None), DateTimeField())
NOTHING = Value("")


class Found(NamedTuple):
    """A row that was found. `name` is its name or its number. `is_exact` tells that the text is its code or number."""

    kind: str
    id: int
    name: str
    about: str
    at: Any
    is_exact: bool


class Asked(NamedTuple):
    """The text of a search, its words and its number. `number` is 0 if the text is no number."""

    user: Any
    text: str
    words: list[str]
    number: int

    def owned(self, model: Any) -> Any:
        return model.objects.for_user(self.user)

    def is_newest(self, model: Any, words: Q) -> Q:
        """Return the condition that a row is one of the newest rows, and meets the condition `words`."""
        newest = self.owned(model).order_by("-pk").values("pk")[:MAX_SEARCHED]
        return Q(pk__in=self.owned(model).filter(words, pk__in=newest).values("pk"))

    def named(self, model: Any, about: str = "", *further: str) -> QuerySet:
        """Return the rows that are not archived and have the words in their names or in further fields."""
        phone = match_number(self.text, "phone") if "phone" in further else Q()
        found = self.owned(model).filter(match_words(self.words, ["name", *further]) | phone, archived_at=None)
        return select(found, F("name"), F(about) if about else NOTHING)


def select(rows: Any, name: Any, about: Any = NOTHING, at: Any = NO_TIME, exact: Q | None = None) -> QuerySet:
    """Annotate the rows with the fields of Found except `kind`. Those with `is_exact` come first, then the newest."""
    is_exact = ExpressionWrapper(exact, BooleanField()) if exact else Value(False)
    columns = {"found_name": Cast(name, TextField()), "found_about": Cast(about, TextField()), "found_at": at}
    return rows.annotate(found_id=F("pk"), **columns, found_exact=is_exact).order_by("-found_exact", "-pk")  # type: ignore[no-any-return]


def find_numbered_sales(asked: Asked) -> QuerySet:
    numbers = asked.owned(Number).filter(number=asked.number)
    found = select(numbers, F("number"), at=F("operation__occurred_at"), exact=Q(number=asked.number))
    return found.annotate(found_id=F("operation_id"))  # type: ignore[no-any-return]


def find_operations(asked: Asked) -> QuerySet:
    """Return the transactions with this document number or receipt of a till."""
    found = asked.owned(Operation).filter(reference__in=list_references(asked.text))
    return select(found, F("reference"), F("reason"), F("occurred_at"), ~Q(reference=""))


def find_reservations(asked: Asked) -> QuerySet:
    number, words = Q(number=asked.number), match_words(asked.words, ["reference", "customer__name"])
    rows = asked.owned(Reservation).filter(number | asked.is_newest(Reservation, words))
    return select(rows, F("number"), Coalesce("customer__name", "reference"), F("created_at"), number)


def find_orders(asked: Asked) -> QuerySet:
    number, words = Q(pk=asked.number), match_words(asked.words, ["reference", "supplier_name"])
    rows = asked.owned(Order).filter(number | asked.is_newest(Order, words))
    return select(rows, F("pk"), F("supplier_name"), F("created_at"), number)


def find_lots(asked: Asked) -> QuerySet:
    found = asked.owned(Lot).filter(match_words(asked.words, ["code"]))
    return select(found, F("code"), F("product__name"), exact=Q(code__lower=Lower(Value(asked.text))))


# The keys are the names of the lists' routes. A user who may not read a list finds none of its rows.
FINDERS: dict[str, Callable[[Asked], QuerySet]] = {
    "sale": find_numbered_sales,
    "operation": find_operations,
    "reservation": find_reservations,
    "purchase-order": find_orders,
    "customer": lambda asked: asked.named(Customer, "email", "email", "phone", "external_id"),
    "supplier": lambda asked: asked.named(Supplier),
    "lot": find_lots,
    "location": lambda asked: asked.named(Location, "note"),
    "category": lambda asked: asked.named(Category),
    "group": lambda asked: asked.named(Group),
    "kit": lambda asked: asked.named(Kit, "sku", "sku", "barcode"),
}


def ask(user: Any, text: str) -> Asked:
    number = parse_id(text.removeprefix("#").strip()) or 0
    return Asked(user, text, text.split()[:MAX_WORDS], number if number <= MAX_NUMBER else 0)


def find_others(asked: Asked, kinds: Iterable[str]) -> list[Found]:
    """Return up to MAX_FOUND rows of each of these kinds, and one more if there are more, by one statement."""
    parts = [
        FINDERS[kind](asked)
        .annotate(found_kind=Value(kind))
        .values_list(*(f"found_{name}" for name in ("kind", "id", "name", "about", "at", "exact")))[: MAX_FOUND + 1]
        for kind in kinds
    ]
    return [Found(*row) for row in parts[0].union(*parts[1:], all=True)] if parts else []


def find_products(asked: Asked) -> list[Found]:
    """Return the first products that the list with this search has."""
    words = [make_expression(MATCHES_WORD, BOOLEAN, asked.user, word=spell(read_word(word))) for word in asked.words]
    found = asked.owned(Product).live().filter(*words).order_by("pk").values_list("pk", "name", "sku")
    return [Found("product", pk, name, sku, None, is_exact=False) for pk, name, sku in found[: MAX_FOUND + 1]]
