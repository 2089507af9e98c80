"""The list of offers, which is read by SQL: the preferred offers are in the rows of products."""

from collections.abc import Iterator
from copy import copy
from functools import cache
from typing import Any

from core.database.replicas import read
from products.models import Offer, sql_offers
from products.offers.services import ShownOffer

FILE_STEP = 1_000  # a file reads this number of offers at once
make_page = cache(sql_offers.make_page)


class ListedOffers:
    """The offers for an account's live products that have the given values, for a paginator.

    They are ordered by product, and the preferred one is the first of its product.
    """

    ordered, model = True, Offer  # a paginator and a filter ask for these

    def __init__(self, owner_id: int | None) -> None:
        self.owner_id, self.given, self.is_reversed = owner_id, dict[str, Any](), False

    def all(self) -> "ListedOffers":
        return self

    def filter(self, **given: Any) -> "ListedOffers":
        """Return the offers with these values: see CONDITIONS."""
        found = copy(self)
        found.given = {**self.given, **given}
        return found

    def reverse(self) -> "ListedOffers":
        reverse = copy(self)
        reverse.is_reversed = not self.is_reversed
        return reverse

    def count(self) -> int:
        [(number,)] = read(
            sql_offers.COUNT.format(**sql_offers.select_offers(self.given)), {"owner": self.owner_id, **self.given}
        )
        return int(number)

    def __getitem__(self, part: slice) -> list[ShownOffer]:
        values = {"owner": self.owner_id, "offset": part.start, "stop": part.stop, **self.given}
        rows = [ShownOffer(*row) for row in read(make_page(tuple(self.given), backward=self.is_reversed), values)]
        return rows[::-1] if self.is_reversed else rows

    def __iter__(self) -> Iterator[ShownOffer]:
        """Yield all of the offers, for a file. Each statement reads the offers of the next products."""
        rows = self.filter(after=0)[0:FILE_STEP]
        while len(rows) == FILE_STEP:
            after = rows[-1].product_id  # some of its offers may be missing
            yield from (row for row in rows if row.product_id != after)
            rows = self.filter(after=after - 1)[0:FILE_STEP]
        yield from rows
