"""The errors of the lines of a request, collected so that a refusal names all of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

from core.errors import DomainError
from stock.errors import InvalidLines

AnyLine = TypeVar("AnyLine")


class LineErrors:
    """Errors by the index of their line in the request.

    A service that has refused some lines books the others with these errors. So each line keeps its index.
    """

    def __init__(self) -> None:
        self.by_index: dict[int, DomainError] = {}

    def each(self, lines: Iterable[AnyLine]) -> Iterator[tuple[int, AnyLine]]:
        """Yield the lines that are not refused, each with its index in the request."""
        refused = set(self.by_index)
        return zip((index for index in count() if index not in refused), lines, strict=False)

    @contextmanager
    def of(self, index: int) -> Iterator[None]:
        """Collect a DomainError that the block raises as the error of this line."""
        try:
            yield
        except DomainError as error:
            self.by_index[index] = error

    def raise_if_any(self, refusal: type[InvalidLines] = InvalidLines) -> None:
        """Raise InvalidLines with all errors, if there are any."""
        if self.by_index:
            raise refusal(self.by_index)
