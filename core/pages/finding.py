"""What was asked of the search of each page, and the rows that the functions in `finds` of apps return for it."""

from typing import Any, NamedTuple

from django.db.models import BooleanField, DateTimeField, ExpressionWrapper, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

# The texts of older orders are not searched. Orders of any age are found by their numbers.
MAX_SEARCHED = 2_000
NO_TIME = Cast(Value(None), DateTimeField())
NOTHING = Value("")


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


def select(rows: Any, name: Any, about: Any = NOTHING, at: Any = NO_TIME, exact: Q | None = None) -> QuerySet:
    """Annotate the rows with an id, a name, a text and a time. Those with `is_exact` come first, then the newest."""
    is_exact = ExpressionWrapper(exact, BooleanField()) if exact else Value(False)
    columns = {"found_name": Cast(name, TextField()), "found_about": Cast(about, TextField()), "found_at": at}
    return rows.annotate(found_id=F("pk"), **columns, found_exact=is_exact).order_by("-found_exact", "-pk")  # type: ignore[no-any-return]
