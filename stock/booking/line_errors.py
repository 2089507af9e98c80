"""The errors of the lines of a request, collected so that a refusal names all of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

from core.errors import DomainError
from stock.errors import InvalidLines

AnyLine = TypeVar("AnyLine")


class LineErrors:
    """Errors by the index of their line in the request.

    Some lines may have been refused already, for instance by the validation. Services get only the other lines. They
    also get these errors, so that they can tell each line's index in the request.
    """

    def __init__(self, refused: Mapping[int, DomainError] | None = None) -> None:
        self.by_index = dict(refused or {})

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
