"""The query parameters of the list of quotes."""

from typing import Any

from django.db.models import QuerySet

from core.lists.filters import ChoiceFilter, DateFilter
from trade.quotes.models import QuoteState, find_condition
from trade.reservations.filters import OrderedFilter


class StateFilter(ChoiceFilter):
    parent: Any

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(find_condition(value, self.parent.request.user.shop_today())) if value else qs


class QuoteFilter(OrderedFilter):
    state = StateFilter(choices=QuoteState.choices, label="Open, accepted, declined or expired")
    valid_before = DateFilter(field_name="valid_until", lookup_expr="lt", label="Valid until a day before this date")
