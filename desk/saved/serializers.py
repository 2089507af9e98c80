"""The bodies of saved views, and the filters of their list."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.fields import MAX_QUOTED_LENGTH, ChoiceField, WholeNumberField
from core.lists import filters
from core.pages.links import API
from core.sentences import fill
from core.serializers import CachedFieldsSerializer, OwnedSerializer, example
from desk.saved.models import (
    HOURS,
    MAIL_FIELDS,
    MAX_COLUMN_LENGTH,
    MAX_COLUMNS,
    MAX_DAY_LENGTH,
    MAX_ROUTE_LENGTH,
    MailFormat,
    SavedView,
)
from desk.saved.routes import NEVER_SAVED, list_columns, run_route
from desk.saved.services import MONTH_DAYS, WEEKDAYS, plan_mail
from web.list_routes import list_routes, read_query


@extend_schema_field({"type": "string", "maxLength": MAX_DAY_LENGTH})
class WordField(ChoiceField):
    """A choice that the schema has as text: generated clients name constants by values, which other fields have."""


class MailSerializer(CachedFieldsSerializer):
    """When a view is mailed to its user, and as which file. Null without mail."""

    days = serializers.ListField(
        source="mail_days",
        child=WordField(choices=[*WEEKDAYS, *MONTH_DAYS]),
        help_text="Days of the week, mon to sun, and of the month, 1 to 28 and last: one mail on each. None: no mail.",
    )
    hour = WholeNumberField(
        source="mail_hour",
        min_value=HOURS[0],
        max_value=HOURS[1],
        default=7,
        help_text="In the time zone of the shop.",
    )
    format = WordField(
        source="mail_format",
        choices=MailFormat.choices,
        default=MailFormat.XLSX,
        help_text="The attached file: xlsx, csv, or text, which is none. The text of each mail has the first 20 rows.",
    )
    when_empty = serializers.BooleanField(
        source="mail_when_empty", default=False, help_text="Whether a mail without rows is sent, too."
    )

    def to_representation(self, view: SavedView) -> Any:
        return None if view.mail_days is None else super().to_representation(view)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the values of the view's fields, each None without mail. A PATCH keeps the parts that it omits."""
        if data is serializers.empty:
            return super().run_validation(data)
        view = self.parent.instance
        kept = view is not None and self.parent.partial and self.to_representation(view)
        whole = MailSerializer()  # without a parent, whose request may be partial
        if data is not None:
            data = super(MailSerializer, whole).run_validation({**(kept or {}), **data} if type(data) is dict else data)
        return data if data and data["mail_days"] else dict.fromkeys(MAIL_FIELDS)

    def validate_days(self, days: list[str]) -> list[str]:
        return list(dict.fromkeys(days))


@example(name="Low teas", route="products", query="low_stock=true&ordering=name", columns=["name", "quantity"])
class SavedViewSerializer(OwnedSerializer):
    route = serializers.CharField(
        max_length=MAX_ROUTE_LENGTH, help_text="The address of the list below `/api/`: `products`, `reports/reorder`."
    )
    columns = serializers.ListField(
        child=serializers.CharField(max_length=MAX_COLUMN_LENGTH),
        max_length=MAX_COLUMNS,
        allow_null=True,
        required=False,
        help_text="The columns that its page and its files show, in this order; by default all.",
    )
    mail = MailSerializer(source="*", required=False, allow_null=True, help_text="To its user; null without mail.")
    user = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = SavedView
        columns = {"mail": "mail"}
        fields = ("id", "name", "route", "query", "columns", "shared", "mail", "user", "created_at", "updated_at")

    def validate_route(self, route: str) -> str:
        address = f"{route.strip().strip('/')}/".removeprefix(API.lstrip("/")).rstrip("/")
        if address not in list_routes():
            said = gettext('There is no list at "{route}". Open a list, and save its view there.')
            raise serializers.ValidationError(said.format(route=route[:MAX_QUOTED_LENGTH]))
        return address

    def validate_query(self, query: str) -> str:
        refused = [name for name, _value in read_query(query) if name in NEVER_SAVED]
        if refused:
            raise serializers.ValidationError(fill("A view has no {names}.", names=", ".join(refused)))
        return query.removeprefix("?")

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        plan = plan_mail(instance.user, instance, validated_data)
        return super().update(instance, {**validated_data, **plan})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let the list itself check the filters, for the user of the request. Raise ViewQuery (400)."""
        request, row = self.context["request"]._request, self.instance
        values: dict[str, Any] = {
            name: attrs.get(name, getattr(row, name, None)) for name in ("route", "query", "columns")
        }
        file_format = attrs.get("mail_format", getattr(row, "mail_format", None))
        if file_format not in (None, MailFormat.TEXT) and not list_routes()[values["route"]].file_route:
            raise serializers.ValidationError({"mail": [gettext('This list has no file. Send the format "text".')]})
        if not {"route", "query", "columns"} & attrs.keys():
            return attrs
        run_route(request, values["route"], values["query"] or "")
        known = list_columns(request, values["route"]) if values["columns"] else []
        if unknown := [name for name in values["columns"] or () if name not in known]:
            quoted = {"names": ", ".join(unknown)[:MAX_QUOTED_LENGTH], "known": ", ".join(known)}
            said = fill("This list has no column {names}. Its columns are {known}.", **quoted)
            raise serializers.ValidationError({"columns": [said]})
        return attrs


class SavedViewFilter(filters.StrictFilterSet):
    search = filters.SearchFilter(fields=["name"])
    route = filters.TextFilter(label="The list that the view shows")
    shared = filters.BooleanFilter(label="Whether the whole shop may read it")
    ordering = filters.OrderingFilter(fields=["name", "created_at"])
