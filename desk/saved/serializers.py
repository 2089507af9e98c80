"""The bodies of saved views."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import MAX_QUOTED_LENGTH
from core.pages.links import API
from core.sentences import fill
from core.serializers import OwnedSerializer, example
from desk.saved.mail.fields import MailSerializer
from desk.saved.mail.services import plan_mail
from desk.saved.models import MAX_COLUMN_LENGTH, MAX_COLUMNS, MAX_ROUTE_LENGTH, MailFormat, SavedView
from desk.saved.routes import NEVER_SAVED, list_columns, list_routes, read_query, run_route


@example(name="Low teas", route="products", query="low_stock=true&ordering=name", columns=["name", "quantity"])
class SavedViewSerializer(OwnedSerializer):
    route = serializers.CharField(
        max_length=MAX_ROUTE_LENGTH, help_text="The address of the list below `/api/`: `products`, `reports/reorder`."
    )  # fmt: skip
    columns = serializers.ListField(
        child=serializers.CharField(max_length=MAX_COLUMN_LENGTH), max_length=MAX_COLUMNS, allow_null=True,
        required=False, help_text="The columns that its page and its files show, in this order; by default all.",
    )  # fmt: skip
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
