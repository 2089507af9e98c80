"""The counting sheets of the demo shop: one is booked, and one is open."""

from typing import Any

from products.models import Category, Product
from stock.booking.drafts import by_id
from trade.sheets.booking import SheetBooking, book_part
from trade.sheets.entry_services import EntryLine, enter
from trade.sheets.models import Sheet
from trade.sheets.services import open_sheet, recount
from users.models import User

BOOKED_CATEGORY, OPEN_CATEGORY = "Crockery", "Gifts"
COUNTERS = ("helper", "trainee")
# The differences between count and balance, by the index of the product.
BOOKED_MISCOUNTS, OPEN_MISCOUNTS = {6: -1, 11: 1, 17: -2}, {1: -1, 3: 7}


def count_sheets(people: dict[str, User]) -> None:
    """Count two categories: half of one on a blind sheet, and the other one wholly, which is booked.

    On the blind sheet, one difference is large, and one product is to be counted again.
    """
    owner = people["demo"]
    tolerance = {"units": 1, "percent": "2.00"}
    sheet, products = open_category(owner, OPEN_CATEGORY, blind=True, tolerance=tolerance)
    half = products[: len(products) // 2]
    count(people, sheet, half, OPEN_MISCOUNTS)
    recount(by=owner, pk=sheet.pk, products=[half[-1].pk])
    sheet, products = open_category(owner, BOOKED_CATEGORY)
    count(people, sheet, products, BOOKED_MISCOUNTS)
    book_part(SheetBooking(by=owner, pk=sheet.pk))


def open_category(
    owner: User, name: str, *, blind: bool = False, tolerance: dict[str, Any] | None = None
) -> tuple[Sheet, list[Product]]:
    """Open a sheet of a category. Return it with its products in the order of their names."""
    category = Category.objects.for_user(owner).get(name=name)
    sheet = open_sheet(
        by=owner, name=f"{name}, autumn", blind=blind, location=None, selection={"category": category.pk},
        tolerance=tolerance,
    )  # fmt: skip
    return sheet, list(Product.objects.for_user(owner).live().filter(category=category).order_by("name", "id"))


def count(people: dict[str, User], sheet: Sheet, products: list[Product], miscounts: dict[int, int]) -> None:
    """Enter what two people count in turn, with these differences."""
    for number, product in enumerate(products):
        counted = max(product.quantity + miscounts.get(number, 0), 0)
        line = EntryLine(by_id(product.pk), None, counted)
        enter(by=people[COUNTERS[number % len(COUNTERS)]], pk=sheet.pk, lines=[line])
